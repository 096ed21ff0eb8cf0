//! The operations and fragments of a document.
//!
//! Validation compares fragments with each other, and follows them from each operation: its work grows with the square of how
//! many there are.

use crate::{document::Document, told::Told};

pub(super) fn check(document: &Document<'_>, most: usize) -> Result<(), Told> {
    if document.definitions() <= most {
        return Ok(());
    }
    Err(Told::limit("definitions", format!("The document has more than {most} operations and fragments.")))
}
