//! Files that are compressed already, beside the ones they were made from.

use std::{
    fs::{File, Metadata},
    io,
    path::Path,
};

use super::open::{self, Entry, Wait};
use crate::accept::{AcceptEncoding, Coding};

/// `app.js.br`, for `app.js`.
#[derive(Debug)]
pub(super) struct Variant {
    pub(super) coding: Coding,
    pub(super) file: File,
    pub(super) metadata: Metadata,
}

/// What there is beside a file.
#[derive(Debug)]
pub(super) struct Variants(Vec<Variant>);

impl Variants {
    /// Those of `relative` that are of use: smaller than the file, and not from before it was changed. They are opened
    /// as the file was, and so contained as it is.
    pub(super) fn of(root: &Path, relative: &Path, original: &Metadata, wait: Wait) -> io::Result<Self> {
        let open = |coding: Coding| {
            let mut name = relative.as_os_str().to_owned();
            name.push(extension(coding));
            match open::below(root, Path::new(&name), wait) {
                Ok(Entry::File(file, metadata)) => Ok(Some(Variant { coding, file, metadata })),
                Err(error) if open::would_wait(&error) => Err(error),
                // Whatever the reason: the file itself is there, and can be sent.
                _ => Ok(None),
            }
        };
        let is_current = |variant: &Metadata| match (variant.modified(), original.modified()) {
            (Ok(variant), Ok(original)) => variant >= original,
            _ => false,
        };
        let mut variants: Vec<Variant> = Coding::ALL
            .into_iter()
            .filter_map(|coding| open(coding).transpose())
            .collect::<Result<_, _>>()?;
        variants.retain(|it| it.metadata.len() < original.len() && is_current(&it.metadata));
        variants.sort_by_key(|it| it.metadata.len());
        Ok(Self(variants))
    }

    /// Whether the answer depends on what the client accepts.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one that the client likes best; of those it likes alike, the smallest.
    pub(super) fn choose(self, accepted: &AcceptEncoding) -> Option<Variant> {
        let chosen = accepted.choose(self.0.iter().map(|variant| variant.coding))?;
        self.0.into_iter().find(|variant| variant.coding == chosen)
    }
}

fn extension(coding: Coding) -> &'static str {
    match coding {
        Coding::Brotli => ".br",
        Coding::Zstd => ".zst",
        Coding::Gzip => ".gz",
    }
}
