//! What is done to answer a request, from its target to the first bytes: all of it, in one go.

use std::{
    fs::{File, Metadata},
    io,
    ops::Range,
    path::Path,
    sync::Arc,
    time::SystemTime,
};

use bytes::Bytes;
use http::HeaderValue;
use rustix::io::Errno;

use super::{
    body::Reader,
    conditions::{Conditions, Verdict},
    listing, media_type, multipart,
    open::{self, Entry, Wait},
    ranges::Selection,
    settings::Settings,
    target::Target,
    validators,
    variants::Variants,
};
use crate::{
    accept::{AcceptEncoding, Coding},
    conditional::Validators,
};

/// A file to be looked for.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) settings: Arc<Settings>,
    pub(super) target: Target,
    pub(super) conditions: Conditions,
    pub(super) accepted: AcceptEncoding,
    /// Whether a browser is on its way to a page.
    pub(super) is_navigation: bool,
    pub(super) is_head: bool,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Found {
    Content(Content),
    NotModified(Representation),
    PreconditionFailed,
    /// The length of the file, of which no such range can be sent.
    Unsatisfiable(u64),
    /// The file is a directory; where it is, with the slash.
    Elsewhere(String),
    /// What a directory has, as a page.
    Listing(String),
    /// Nothing, where a navigation would have got the page.
    NoPage,
}

/// What the head of an answer says of a file, whether it is sent or not.
#[derive(Debug)]
pub(super) struct Representation {
    pub(super) media_type: HeaderValue,
    pub(super) coding: Option<Coding>,
    pub(super) validators: Validators,
    pub(super) cache: HeaderValue,
    /// Whether there is one in another coding.
    pub(super) varies_by_coding: bool,
    /// Whether it is sent in the place of what is not there.
    pub(super) is_fallback: bool,
}

/// A file, or parts of one.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) representation: Representation,
    pub(super) extent: Extent,
    /// The length of the body.
    pub(super) sent: u64,
    /// The beginning, read already; empty for a HEAD.
    pub(super) first: Bytes,
    /// The rest.
    pub(super) reader: Reader,
}

/// How much of the file is sent.
#[derive(Debug)]
pub(super) enum Extent {
    Whole,
    Part {
        range: Range<u64>,
        /// Of the whole file.
        len: u64,
    },
    /// Several parts, in a body of this type.
    Parts(HeaderValue),
}

const INDEX: &str = "index.html";

impl Lookup {
    /// Answers the request. With [`Wait::No`] it fails where something has to be waited for
    /// ([`open::would_wait`]), and is to be run again by somebody who may.
    pub(super) fn run(&self, wait: Wait) -> io::Result<Found> {
        match self.find(wait) {
            Err(error) if self.settings.is_single_page && open::is_missing(&error) => {
                if !self.is_navigation {
                    return Ok(Found::NoPage);
                }
                match self.open(Path::new(INDEX), wait)? {
                    Entry::File(file, metadata) => self.content(file, metadata, Path::new(INDEX), true, wait),
                    Entry::Directory(_) => Err(io::ErrorKind::NotFound.into()),
                }
            }
            found => found,
        }
    }

    fn find(&self, wait: Wait) -> io::Result<Found> {
        let relative = &self.target.relative;
        if self.target.is_directory {
            return self.index(relative, wait);
        }
        let directory = match self.open(relative, wait)? {
            Entry::File(file, metadata) => return self.content(file, metadata, relative, false, wait),
            Entry::Directory(directory) => directory,
        };
        drop(directory);
        // One that has nothing to show is not there at all, with the slash or without.
        match self.open(&relative.join(INDEX), wait) {
            Ok(Entry::File(..)) => Ok(Found::Elsewhere(self.target.with_slash())),
            Ok(Entry::Directory(_)) if !self.settings.is_listed => Err(io::ErrorKind::NotFound.into()),
            Err(error) if !(self.settings.is_listed && open::is_missing(&error)) => Err(error),
            Ok(Entry::Directory(_)) | Err(_) => Ok(Found::Elsewhere(self.target.with_slash())),
        }
    }

    fn index(&self, directory: &Path, wait: Wait) -> io::Result<Found> {
        let index = directory.join(INDEX);
        match self.open(&index, wait) {
            Ok(Entry::File(file, metadata)) => return self.content(file, metadata, &index, false, wait),
            Err(error) if !open::is_missing(&error) => return Err(error),
            Ok(Entry::Directory(_)) | Err(_) => {}
        }
        if !self.settings.is_listed {
            return Err(io::ErrorKind::NotFound.into());
        }
        if wait == Wait::No {
            return Err(Errno::AGAIN.into());
        }
        match self.open(directory, wait)? {
            Entry::Directory(entries) => {
                listing::page(&self.settings.root, directory, &entries).map(Found::Listing)
            }
            Entry::File(..) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn open(&self, relative: &Path, wait: Wait) -> io::Result<Entry> {
        open::below(&self.settings.root, relative, wait)
    }

    fn content(
        &self,
        mut file: File,
        mut metadata: Metadata,
        relative: &Path,
        is_fallback: bool,
        wait: Wait,
    ) -> io::Result<Found> {
        let (mut coding, mut varies_by_coding) = (None, false);
        if self.settings.is_precompressed {
            let variants = Variants::of(&self.settings.root, relative, &metadata, wait)?;
            varies_by_coding = !variants.is_empty();
            if let Some(variant) = variants.choose(&self.accepted) {
                (coding, file, metadata) = (Some(variant.coding), variant.file, variant.metadata);
            }
        }
        let media_type = media_type::of(relative);
        let representation = Representation {
            cache: self.settings.cache.of(relative, &media_type),
            validators: validators::of(&metadata, coding, SystemTime::now()),
            media_type,
            coding,
            varies_by_coding,
            is_fallback,
        };
        let len = metadata.len();
        let (extent, mut reader) = match self.conditions.judge(&representation.validators, len, self.is_head)
        {
            Verdict::NotModified => return Ok(Found::NotModified(representation)),
            Verdict::PreconditionFailed => return Ok(Found::PreconditionFailed),
            Verdict::Proceed(Selection::Nothing) => return Ok(Found::Unsatisfiable(len)),
            Verdict::Proceed(Selection::Whole) => (Extent::Whole, Reader::new(file, 0..len)),
            Verdict::Proceed(Selection::One(range)) => {
                (Extent::Part { range: range.clone(), len }, Reader::new(file, range))
            }
            Verdict::Proceed(Selection::Several(ranges)) => {
                let parts = multipart::of(ranges, &representation.media_type, len);
                (Extent::Parts(parts.media_type), Reader::of(file, parts.segments))
            }
        };
        let sent = reader.left();
        let first = if self.is_head { Bytes::new() } else { reader.next(wait)? };
        Ok(Found::Content(Content { representation, extent, sent, first, reader }))
    }
}
