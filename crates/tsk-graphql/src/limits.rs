//! What a document may ask for, one limit a file.
//!
//! All of them are checked before the document is validated: what validation does for a document that is within them has a
//! bound.

mod aliases;
mod definitions;
mod depth;
mod directives;
mod fields;
mod introspection;
mod root_fields;
mod tokens;

use crate::{
    config::Config,
    document::{Document, Index},
    told::Told,
};

/// Checks the text, before it is parsed.
///
/// # Errors
///
/// What is beyond a limit.
pub(crate) fn before_parsing(source: &str, config: &Config) -> Result<(), Told> {
    tokens::check(source, config.limits.tokens)
}

/// Checks the document, before it is validated.
///
/// # Errors
///
/// What is beyond a limit.
pub(crate) fn before_validation(
    document: &Document<'_>,
    index: &Index<'_>,
    config: &Config,
) -> Result<(), Told> {
    let limits = &config.limits;
    definitions::check(document, limits.definitions)?;
    introspection::check(index, config.introspection)?;
    for operation in &index.operations {
        depth::check(index, operation, limits.depth)?;
        fields::check(index, operation, limits.fields)?;
        aliases::check(index, operation, limits.aliases)?;
        directives::check(index, operation, limits.directives)?;
        root_fields::check(index, operation, limits.root_fields)?;
    }
    Ok(())
}

pub(crate) use self::{introspection::is_schema, root_fields::count as root_fields};

/// More than so many.
fn exceeds(count: u64, most: usize) -> bool {
    count > most as u64
}
