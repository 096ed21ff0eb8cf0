//! Where a document goes.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::error::Error;
use crate::output::Output;
use crate::toml::file;
use crate::{Exit, terminal};

/// Prints a document, or puts it in a file and says so.
pub(super) fn give(text: &str, output: Option<&Path>, report: Output) -> Result<Exit, Error> {
    let text = format!("{}\n", text.trim_end());
    let Some(path) = output else {
        terminal::print(text);
        return Ok(Exit::Success);
    };
    file::replace(path, None, &text)
        .map_err(|error| Error::failure(format_args!("cannot write {}: {error}", path.display())))?;
    report.report(&Written { file: path.display().to_string(), bytes: text.len() });
    Ok(Exit::Success)
}

#[derive(Serialize)]
struct Written {
    file: String,
    bytes: usize,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrote {}: {} bytes", self.file, self.bytes)
    }
}
