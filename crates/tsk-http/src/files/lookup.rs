//! What is done on a blocking thread to answer a request: all of it, in one job.

use std::{io, path::Path, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::HeaderValue;

use super::{
    body::Reader,
    conditions::{Conditions, Verdict},
    media_type,
    open::{self, Entry},
    target::Target,
    validators,
};
use crate::conditional::Validators;

/// A file to be looked for.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) root: Arc<Path>,
    pub(super) target: Target,
    pub(super) conditions: Conditions,
    pub(super) is_head: bool,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Found {
    Content(Content),
    NotModified(Validators),
    PreconditionFailed,
    /// The length of the file, of which no such range can be sent.
    Unsatisfiable(u64),
    /// The file is a directory; where it is, with the slash.
    Elsewhere(String),
}

/// A file, or a part of one.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) media_type: HeaderValue,
    pub(super) validators: Validators,
    /// The length of the whole file.
    pub(super) len: u64,
    pub(super) is_part: bool,
    /// The bytes to be sent, as offsets in the file.
    pub(super) range: std::ops::Range<u64>,
    /// The beginning, read already; empty for a HEAD.
    pub(super) first: Bytes,
    /// The rest.
    pub(super) reader: Reader,
}

const INDEX: &str = "index.html";

impl Lookup {
    pub(super) fn run(mut self) -> io::Result<Found> {
        if self.target.is_directory {
            self.target.relative.push(INDEX);
        }
        let relative = &self.target.relative;
        let (file, metadata) = match open::below(&self.root, relative)? {
            Entry::File(file, metadata) => (file, metadata),
            Entry::Directory if self.target.is_directory => return Err(io::ErrorKind::NotFound.into()),
            // One that has no index is not there at all, with the slash or without.
            Entry::Directory => match open::below(&self.root, &relative.join(INDEX))? {
                Entry::File(..) => return Ok(Found::Elsewhere(self.target.with_slash())),
                Entry::Directory => return Err(io::ErrorKind::NotFound.into()),
            },
        };
        let len = metadata.len();
        let validators = validators::of(&metadata, SystemTime::now());
        let (range, is_part) = match self.conditions.judge(&validators, len, self.is_head) {
            Verdict::Whole => (0..len, false),
            Verdict::Part(range) => (range, true),
            Verdict::NotModified => return Ok(Found::NotModified(validators)),
            Verdict::PreconditionFailed => return Ok(Found::PreconditionFailed),
            Verdict::Unsatisfiable => return Ok(Found::Unsatisfiable(len)),
        };
        let mut reader = Reader::new(file, range.clone());
        let first = if self.is_head { Bytes::new() } else { reader.next()? };
        let media_type = media_type::of(relative);
        Ok(Found::Content(Content { media_type, validators, len, is_part, range, first, reader }))
    }
}
