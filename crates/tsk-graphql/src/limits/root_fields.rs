//! The fields that are in nothing else: each is a request of its own, and a subscription has one.

use juniper::OperationType;

use super::exceeds;
use crate::{
    document::{Index, Measure, Operation, Selection},
    told::{Code, Told},
};

struct RootFields;

impl Measure for RootFields {
    fn selection(selection: &Selection<'_>, inner: u64) -> u64 {
        match selection {
            Selection::Field(_) => 1,
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => inner,
        }
    }
}

/// How many there are.
pub(crate) fn count<'d>(index: &Index<'d>, operation: &Operation<'d>) -> u64 {
    index.measure::<RootFields>(operation.selections)
}

pub(super) fn check<'d>(index: &Index<'d>, operation: &Operation<'d>, most: usize) -> Result<(), Told> {
    let count = count(index, operation);
    // GraphQL §5.2.3.1, which juniper does not check.
    if operation.kind == OperationType::Subscription && count != 1 {
        return Err(
            Told::new(Code::Invalid, "A subscription has exactly one field at its root.").at(&operation.at)
        );
    }
    if !exceeds(count, most) {
        return Ok(());
    }
    Err(Told::limit("root_fields", format!("The operation has more than {most} fields at its root."))
        .at(&operation.at))
}
