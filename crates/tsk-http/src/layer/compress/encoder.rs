//! The three encoders, behind one operation.

use brotli::enc::{
    StandardAlloc,
    encode::{BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct},
};
use flate2::{Compress, Compression, FlushCompress, Status};
use tsk_core::BoxError;
use zstd_safe::{
    CCtx, CParameter, InBuffer, OutBuffer, ResetDirective, zstd_sys::ZSTD_EndDirective as Directive,
};

use crate::accept::Coding;

/// The window of Brotli and zstd, as a power of two: 256 KiB. It bounds what a stream holds, where the codings' own
/// defaults of 4 and 2 MiB gain little on what services send.
const WINDOW_BITS: u32 = 18;

/// Space that an encoder is given at a time, in bytes.
const SPACE: usize = 8 * 1024;

#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    pub(super) gzip: u32,
    pub(super) brotli: u32,
    pub(super) zstd: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// Takes input; gives out what there is.
    Run,
    /// Gives out so much that the other end can decode all there was so far.
    Flush,
    /// Ends the coded stream.
    Finish,
}

pub(super) enum Encoder {
    Gzip(Compress),
    Brotli(Box<BrotliEncoderStateStruct<StandardAlloc>>),
    Zstd(CCtx<'static>),
}

impl Encoder {
    pub(super) fn new(coding: Coding, levels: Levels, length: Option<u64>) -> Result<Self, BoxError> {
        Ok(match coding {
            Coding::Gzip => Self::Gzip(Compress::new_gzip(Compression::new(levels.gzip), 15)),
            Coding::Brotli => {
                let mut state = Box::new(BrotliEncoderStateStruct::new(StandardAlloc::default()));
                state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_QUALITY, levels.brotli);
                state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_LGWIN, WINDOW_BITS);
                if let Some(length) = length {
                    let hint = u32::try_from(length).unwrap_or(u32::MAX);
                    state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_SIZE_HINT, hint);
                }
                Self::Brotli(state)
            }
            Coding::Zstd => {
                let mut context = CCtx::create();
                let level = i32::try_from(levels.zstd)?;
                for parameter in [CParameter::CompressionLevel(level), CParameter::WindowLog(WINDOW_BITS)] {
                    context.set_parameter(parameter).map_err(zstd_safe::get_error_name)?;
                }
                Self::Zstd(context)
            }
        })
    }

    /// Brotli's is made anew each time.
    pub(super) fn is_reusable(&self) -> bool {
        !matches!(self, Self::Brotli(_))
    }

    pub(super) fn reset(&mut self) -> Result<(), BoxError> {
        match self {
            Self::Gzip(state) => state.reset(),
            Self::Zstd(context) => {
                context.reset(ResetDirective::SessionOnly).map_err(zstd_safe::get_error_name)?;
            }
            Self::Brotli(_) => return Err("an encoder for Brotli cannot be reset".into()),
        }
        Ok(())
    }

    pub(super) fn encode(
        &mut self,
        input: &[u8],
        operation: Operation,
        output: &mut Vec<u8>,
    ) -> Result<(), BoxError> {
        match self {
            Self::Gzip(state) => gzip(state, input, operation, output),
            Self::Brotli(state) => brotli(state, input, operation, output),
            Self::Zstd(context) => zstd(context, input, operation, output),
        }
    }
}

fn gzip(
    state: &mut Compress,
    mut input: &[u8],
    operation: Operation,
    output: &mut Vec<u8>,
) -> Result<(), BoxError> {
    let flush = match operation {
        Operation::Run => FlushCompress::None,
        Operation::Flush => FlushCompress::Sync,
        Operation::Finish => FlushCompress::Finish,
    };
    loop {
        output.reserve(SPACE);
        let before = state.total_in();
        let status = state.compress_vec(input, output, flush)?;
        input = &input[(state.total_in() - before) as usize..];
        // Space that is left says that nothing is.
        let is_drained = input.is_empty() && output.len() < output.capacity();
        if status == Status::StreamEnd || is_drained && operation != Operation::Finish {
            return Ok(());
        }
    }
}

fn brotli(
    state: &mut BrotliEncoderStateStruct<StandardAlloc>,
    input: &[u8],
    operation: Operation,
    output: &mut Vec<u8>,
) -> Result<(), BoxError> {
    let command = match operation {
        Operation::Run => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
        Operation::Flush => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
        Operation::Finish => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
    };
    let (mut left, mut read) = (input.len(), 0);
    loop {
        let start = output.len();
        output.resize(start + SPACE, 0);
        let (mut space, mut written) = (SPACE, 0);
        let is_done = state.compress_stream(
            command,
            &mut left,
            input,
            &mut read,
            &mut space,
            &mut output[start..],
            &mut written,
            &mut None,
            &mut |_, _, _, _| (),
        );
        output.truncate(start + written);
        if !is_done {
            return Err("the encoder for Brotli failed".into());
        }
        let is_drained = left == 0 && !state.has_more_output();
        if is_drained && (operation != Operation::Finish || state.is_finished()) {
            return Ok(());
        }
    }
}

fn zstd(
    context: &mut CCtx<'static>,
    input: &[u8],
    operation: Operation,
    output: &mut Vec<u8>,
) -> Result<(), BoxError> {
    let directive = match operation {
        Operation::Run => Directive::ZSTD_e_continue,
        Operation::Flush => Directive::ZSTD_e_flush,
        Operation::Finish => Directive::ZSTD_e_end,
    };
    let mut input = InBuffer::around(input);
    loop {
        output.reserve(SPACE);
        let start = output.len();
        let mut space = OutBuffer::around_pos(output, start);
        let left = context.compress_stream2(&mut space, &mut input, directive);
        let left = left.map_err(zstd_safe::get_error_name)?;
        let is_read = input.pos() == input.src.len();
        if is_read && (left == 0 || operation == Operation::Run) {
            return Ok(());
        }
    }
}
