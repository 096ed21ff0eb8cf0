//! Compressing messages.

use std::cell::Cell;

use flate2::{Compress, Compression, FlushCompress};

use super::offer::{Agreement, MAX_BITS};

/// What compresses the messages of a socket that may refer to earlier ones. It is made when it is first used.
#[derive(Debug, Default)]
pub(crate) struct Compressor(Option<Box<Compress>>);

/// The smallest window that the library has. A server may name one of 256 bytes: a client then sends what it has as it is.
const MIN_BITS: u8 = 9;

/// How a flushed block ends; both ends know it (RFC 7692 §7.2.1).
pub(super) const END: [u8; 4] = [0, 0, 0xff, 0xff];

impl Compressor {
    /// Compresses a message. `None` where that does not make it shorter: it is then to be sent as it is, and what follows does not
    /// refer to it.
    pub(crate) fn compress(&mut self, payload: &[u8], agreement: Agreement, level: u32) -> Option<Vec<u8>> {
        if agreement.bits < MIN_BITS {
            return None;
        }
        if !agreement.ours {
            return compressed(payload, agreement.bits, level);
        }
        let compress = self.0.get_or_insert_with(|| Box::new(new(agreement.bits, level)));
        let out = run(compress, payload);
        if out.is_none() {
            self.forget();
        }
        out
    }

    /// Has what follows refer to nothing before it.
    pub(crate) fn forget(&mut self) {
        if let Some(compress) = &mut self.0 {
            compress.reset();
        }
    }
}

/// Compresses a message that refers to none. `None` where that does not make it shorter.
pub(crate) fn compressed(payload: &[u8], bits: u8, level: u32) -> Option<Vec<u8>> {
    if bits != MAX_BITS {
        return run(&mut new(bits, level), payload);
    }
    let mut compress = match POOL.take() {
        Some((at, compress)) if at == level => compress,
        _ => Box::new(new(bits, level)),
    };
    let out = run(&mut compress, payload);
    compress.reset();
    POOL.set(Some((level, compress)));
    out
}

thread_local! {
    /// With the level that it has.
    static POOL: Cell<Option<(u32, Box<Compress>)>> = const { Cell::new(None) };
}

fn new(bits: u8, level: u32) -> Compress {
    Compress::new_with_window_bits(Compression::new(level), false, bits)
}

fn run(compress: &mut Compress, payload: &[u8]) -> Option<Vec<u8>> {
    // What does not fit is no shorter.
    let mut out = Vec::with_capacity(payload.len() + END.len());
    let before = compress.total_in();
    compress.compress_vec(payload, &mut out, FlushCompress::Sync).ok()?;
    // A flush is done once it leaves room.
    let is_done = (compress.total_in() - before) as usize == payload.len() && out.len() < out.capacity();
    if !is_done {
        return None;
    }
    let length = out.strip_suffix(&END)?.len();
    out.truncate(length);
    out.shrink_to_fit();
    (out.len() < payload.len()).then_some(out)
}
