//! What is asked of the schema.

use crate::{
    document::{Index, Measure, Selection},
    told::{Code, Told},
};

/// How deep lists of the schema may be in each other. Types have fields, which have types: the answer grows by a factor with
/// each round. Tools need 2; graphql-js has the same limit.
const MOST: u64 = 3;

/// The fields of the schema that are lists of what leads to types again.
const LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// Whether the schema is asked for.
struct Asks;

impl Measure for Asks {
    fn selection(selection: &Selection<'_>, inner: u64) -> u64 {
        match selection {
            Selection::Field(field) => inner.saturating_add(u64::from(is_schema(field.item.name.item))),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => inner,
        }
    }
}

/// How deep its lists are in each other. Only what is in the schema can have fields of these names there; in data they are
/// counted as well, where the schema is asked for in the same operation.
struct Lists;

impl Measure for Lists {
    fn selection(selection: &Selection<'_>, inner: u64) -> u64 {
        match selection {
            Selection::Field(field) => inner.saturating_add(u64::from(LISTS.contains(&field.item.name.item))),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => inner,
        }
    }

    fn beside(left: u64, right: u64) -> u64 {
        left.max(right)
    }
}

pub(crate) fn is_schema(name: &str) -> bool {
    name == "__schema" || name == "__type"
}

pub(super) fn check(index: &Index<'_>, is_allowed: bool) -> Result<(), Told> {
    for operation in &index.operations {
        if index.measure::<Asks>(operation.selections) == 0 {
            continue;
        }
        if !is_allowed {
            let told = Told::new(Code::IntrospectionDisabled, "The schema may not be asked for here.");
            return Err(told.at(&operation.at));
        }
        if index.measure::<Lists>(operation.selections) > MOST {
            let told = Told::limit(
                "introspection",
                format!("Lists of the schema are more than {MOST} deep in each other."),
            );
            return Err(told.at(&operation.at));
        }
    }
    Ok(())
}
