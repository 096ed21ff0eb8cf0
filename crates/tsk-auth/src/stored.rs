//! What a store says, at once or later.

use std::{future::Future, io, pin::Pin};

/// What a store says.
#[expect(missing_debug_implementations, reason = "a future shows nothing of itself")]
pub enum Stored<'a, T> {
    /// It says it at once.
    Done(io::Result<T>),
    /// It has to be waited for.
    Wait(Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>),
}

impl<T> Stored<'_, T> {
    /// What it says, be it later.
    ///
    /// # Errors
    ///
    /// The store could not be asked.
    pub async fn get(self) -> io::Result<T> {
        match self {
            Self::Done(result) => result,
            Self::Wait(result) => result.await,
        }
    }
}
