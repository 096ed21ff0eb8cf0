//! Built-in middleware: each a tower layer that can be used alone, with its own settings.

pub mod cors;
pub mod security_headers;
