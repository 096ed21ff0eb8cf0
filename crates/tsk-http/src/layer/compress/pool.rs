//! Encoders that wait for the next answer.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tsk_core::BoxError;

use super::{
    Settings,
    encoder::{Encoder, Levels, Operation},
};
use crate::accept::Coding;

/// Encoders at rest. To reset one is cheaper than to allocate and fault in its tables: by a tenth of what 16 KiB take
/// to compress by gzip, by a third with zstd.
pub(super) struct Pool {
    levels: Levels,
    /// By coding. No more than there can be at work at a time.
    idle: [Mutex<Vec<Encoder>>; Coding::ALL.len()],
    most_idle: usize,
}

impl Pool {
    pub(super) fn new(levels: Levels) -> Self {
        let most_idle = std::thread::available_parallelism().map_or(1, Into::into);
        Self { levels, idle: Default::default(), most_idle }
    }

    fn of(&self, coding: Coding) -> MutexGuard<'_, Vec<Encoder>> {
        self.idle[coding as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("levels", &self.levels).finish_non_exhaustive()
    }
}

/// An encoder for one answer, that goes back to the pool if it can be used again.
pub(super) struct Lease {
    encoder: Option<Encoder>,
    coding: Coding,
    home: Arc<Settings>,
}

impl Lease {
    /// `length` is that of the content, if it is known.
    pub(super) fn new(home: &Arc<Settings>, coding: Coding, length: Option<u64>) -> Result<Self, BoxError> {
        let idle = home.pool.of(coding).pop();
        let encoder = match idle {
            Some(mut encoder) => encoder.reset().map(|()| encoder)?,
            None => Encoder::new(coding, home.pool.levels, length)?,
        };
        Ok(Self { encoder: Some(encoder), coding, home: Arc::clone(home) })
    }

    /// Encodes all of `input` and appends to `output` what comes of it.
    pub(super) fn encode(
        &mut self,
        input: &[u8],
        operation: Operation,
        output: &mut Vec<u8>,
    ) -> Result<(), BoxError> {
        let encoder = self.encoder.as_mut().expect("an encoder goes back when its lease is dropped");
        encoder.encode(input, operation, output)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(encoder) = self.encoder.take().filter(Encoder::is_reusable) else { return };
        let mut idle = self.home.pool.of(self.coding);
        if idle.len() < self.home.pool.most_idle {
            idle.push(encoder);
        }
    }
}
