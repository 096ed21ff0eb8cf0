//! Compressed pages.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use crate::exposition::STRETCH;

/// Compresses a page, with a pause after each stretch of it. Most of it is the same again and again, so that the fastest way makes
/// it a twentieth.
pub(super) fn compress(page: &[u8], pause: fn()) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(page.len() / 16), Compression::fast());
    let written = page.chunks(STRETCH).try_for_each(|stretch| {
        pause();
        encoder.write_all(stretch)
    });
    written.and_then(|()| encoder.finish()).expect("memory takes what is written to it")
}
