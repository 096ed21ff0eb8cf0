//! The words and signs of a document.

use juniper::parser::Lexer;

use crate::told::Told;

/// Counts no further than the limit, so that what is too long is not read to its end.
pub(super) fn check(source: &str, most: usize) -> Result<(), Told> {
    // The end of the document is a token for the lexer.
    let tokens = Lexer::new(source).take(most + 2).take_while(Result::is_ok).count();
    if tokens <= most + 1 {
        return Ok(());
    }
    Err(Told::limit("tokens", format!("The document has more than {most} tokens.")))
}
