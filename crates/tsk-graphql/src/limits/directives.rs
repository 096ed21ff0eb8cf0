//! The directives of an operation.

use super::exceeds;
use crate::{
    document::{Index, Measure, Operation, Selection, directives},
    told::Told,
};

struct Directives;

impl Measure for Directives {
    fn selection(selection: &Selection<'_>, inner: u64) -> u64 {
        inner.saturating_add(directives(selection) as u64)
    }
}

pub(super) fn check<'d>(index: &Index<'d>, operation: &Operation<'d>, most: usize) -> Result<(), Told> {
    let inner = index.measure::<Directives>(operation.selections);
    if !exceeds(inner.saturating_add(operation.directives as u64), most) {
        return Ok(());
    }
    Err(Told::limit("directives", format!("The operation has more than {most} directives."))
        .at(&operation.at))
}
