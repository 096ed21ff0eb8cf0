//! The fields that are given another name: by them one field is asked for a thousand times.

use super::exceeds;
use crate::{
    document::{Index, Measure, Operation, Selection},
    told::Told,
};

struct Aliases;

impl Measure for Aliases {
    fn selection(selection: &Selection<'_>, inner: u64) -> u64 {
        match selection {
            Selection::Field(field) => inner.saturating_add(u64::from(field.item.alias.is_some())),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => inner,
        }
    }
}

pub(super) fn check<'d>(index: &Index<'d>, operation: &Operation<'d>, most: usize) -> Result<(), Told> {
    if !exceeds(index.measure::<Aliases>(operation.selections), most) {
        return Ok(());
    }
    Err(Told::limit("aliases", format!("The operation has more than {most} aliases.")).at(&operation.at))
}
