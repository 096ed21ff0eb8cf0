//! What a connection and the sweeper share: of the standard library, or of loom where that tries all orders.

#[cfg(tsk_model)]
pub(super) use loom::sync::{Mutex, MutexGuard, atomic};
#[cfg(not(tsk_model))]
pub(super) use std::sync::{Mutex, MutexGuard, atomic};
