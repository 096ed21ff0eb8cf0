//! The fields of an operation, with its fragments where they are spread: what a bomb of nested fragments explodes into.

use super::exceeds;
use crate::{
    document::{Index, Measure, Operation, Selection},
    told::Told,
};

struct Fields;

impl Measure for Fields {
    fn selection(selection: &Selection<'_>, inner: u64) -> u64 {
        match selection {
            Selection::Field(_) => inner.saturating_add(1),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => inner,
        }
    }
}

pub(super) fn check<'d>(index: &Index<'d>, operation: &Operation<'d>, most: usize) -> Result<(), Told> {
    if !exceeds(index.measure::<Fields>(operation.selections), most) {
        return Ok(());
    }
    Err(Told::limit("fields", format!("The operation asks for more than {most} fields.")).at(&operation.at))
}
