//! The three decoders, behind one operation.

use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, enc::StandardAlloc};
use flate2::{Decompress, FlushDecompress, Status};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use crate::accept::Coding;

/// What a zstd decoder for HTTP must be able to do, and need not exceed (RFC 9659 §3): 8 MiB, as a power of two.
const ZSTD_WINDOW_BITS: u32 = 23;

pub(super) struct Decoder {
    state: State,
    /// Whether what was read so far is complete.
    is_complete: bool,
}

enum State {
    Gzip(Decompress),
    Brotli(Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>),
    Zstd(DCtx<'static>),
}

/// What a step of a decoder came to, in bytes.
pub(super) struct Step {
    pub(super) read: usize,
    pub(super) written: usize,
}

/// The content is not what its coding demands. Why, is of no use to anybody but who made it.
#[derive(Debug)]
pub(super) struct Malformed;

impl Decoder {
    pub(super) fn new(coding: Coding) -> Self {
        let state = match coding {
            Coding::Gzip => State::Gzip(Decompress::new_gzip(15)),
            Coding::Brotli => {
                let alloc = StandardAlloc::default;
                // Strict: without the large windows that only files have.
                State::Brotli(Box::new(BrotliState::new_strict(alloc(), alloc(), alloc())))
            }
            Coding::Zstd => {
                let mut context = DCtx::create();
                context
                    .set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_BITS))
                    .expect("a new decoder takes a window of this size");
                State::Zstd(context)
            }
        };
        Self { state, is_complete: true }
    }

    /// Whether the content may end here.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Decodes some of `input` into `output`. There is more to come without input only if all of `output` was written.
    pub(super) fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Malformed> {
        if self.is_complete && input.is_empty() {
            return Ok(Step { read: 0, written: 0 });
        }
        let was_complete = std::mem::replace(&mut self.is_complete, false);
        match &mut self.state {
            State::Gzip(state) => {
                // Members follow one another (RFC 1952 §2.2).
                if was_complete && state.total_in() > 0 {
                    state.reset(true);
                }
                let (read, written) = (state.total_in(), state.total_out());
                let status = state.decompress(input, output, FlushDecompress::None).map_err(|_| Malformed)?;
                self.is_complete = status == Status::StreamEnd;
                Ok(Step {
                    read: (state.total_in() - read) as usize,
                    written: (state.total_out() - written) as usize,
                })
            }
            State::Brotli(state) => {
                let (mut left, mut read) = (input.len(), 0);
                let (mut space, mut written) = (output.len(), 0);
                let result = BrotliDecompressStream(
                    &mut left,
                    &mut read,
                    input,
                    &mut space,
                    &mut written,
                    output,
                    &mut 0,
                    state,
                );
                self.is_complete = match result {
                    BrotliResult::ResultSuccess if left > 0 => return Err(Malformed),
                    BrotliResult::ResultSuccess => true,
                    BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => false,
                    BrotliResult::ResultFailure => return Err(Malformed),
                };
                Ok(Step { read, written })
            }
            State::Zstd(context) => {
                let (mut input, mut output) = (InBuffer::around(input), OutBuffer::around(output));
                let left = context.decompress_stream(&mut output, &mut input).map_err(|_| Malformed)?;
                self.is_complete = left == 0;
                Ok(Step { read: input.pos(), written: output.pos() })
            }
        }
    }
}
