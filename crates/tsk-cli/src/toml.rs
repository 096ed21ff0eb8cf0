//! Configuration files that are written to: what a value looks like there, where it goes, and how the file is replaced.

pub(crate) mod edit;
pub(crate) mod file;
pub(crate) mod template;
pub(crate) mod value;
