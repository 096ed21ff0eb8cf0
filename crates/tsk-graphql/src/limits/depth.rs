//! How deep fields are in each other.

use super::exceeds;
use crate::{
    document::{Index, Measure, Operation, Selection},
    told::Told,
};

struct Depth;

impl Measure for Depth {
    fn selection(selection: &Selection<'_>, inner: u64) -> u64 {
        match selection {
            Selection::Field(_) => inner.saturating_add(1),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => inner,
        }
    }

    fn beside(left: u64, right: u64) -> u64 {
        left.max(right)
    }
}

pub(super) fn check<'d>(index: &Index<'d>, operation: &Operation<'d>, most: usize) -> Result<(), Told> {
    if !exceeds(index.measure::<Depth>(operation.selections), most) {
        return Ok(());
    }
    Err(Told::limit("depth", format!("The operation is more than {most} fields deep.")).at(&operation.at))
}
