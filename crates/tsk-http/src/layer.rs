//! Built-in middleware: each a tower layer that can be used alone, with its own settings.

#[cfg(feature = "compression")]
pub mod compress;
pub mod conditional;
mod content;
pub mod cors;
#[cfg(feature = "compression")]
pub mod decompress;
pub mod filter;
pub mod gate;
pub mod security_headers;
pub mod timeout;
