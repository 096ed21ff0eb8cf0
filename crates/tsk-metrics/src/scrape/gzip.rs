//! Compressed pages.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

/// Compresses a page. Most of it is the same again and again, so that the fastest way makes it a twentieth.
pub(super) fn compress(page: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(page.len() / 16), Compression::fast());
    encoder.write_all(page).and_then(|()| encoder.finish()).expect("memory takes what is written to it")
}
