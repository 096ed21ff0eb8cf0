//! The memory of requests that have ended, for the next ones on the same thread.

use std::{cell::RefCell, sync::Arc};

use http::Extensions;

use super::Inner;

/// Enough for the requests that one thread handles at a time; what is beyond is freed.
const SIZE: usize = 256;

/// A context costs four allocations: itself, its box, and the map and the table of the extensions around it.
///
/// What is in here belongs to no request: contexts have forgotten theirs, extensions hold an empty one.
struct Pool {
    contexts: Vec<Arc<Inner>>,
    extensions: Vec<Extensions>,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { contexts: Vec::new(), extensions: Vec::new() }) };
}

/// A context, and extensions if they are wanted.
#[inline]
pub(super) fn take(extensions: bool) -> (Option<Arc<Inner>>, Option<Extensions>) {
    with(|pool| (pool.contexts.pop(), if extensions { pool.extensions.pop() } else { None }))
        .unwrap_or_default()
}

#[inline]
pub(super) fn put_context(context: Arc<Inner>) {
    with(|pool| {
        if pool.contexts.len() < SIZE {
            pool.contexts.push(context);
        }
    });
}

#[inline]
pub(super) fn put_extensions(extensions: Extensions) {
    with(|pool| {
        if pool.extensions.len() < SIZE {
            pool.extensions.push(extensions);
        }
    });
}

/// `None` while the thread exits and its pool is gone.
#[inline]
fn with<T>(run: impl FnOnce(&mut Pool) -> T) -> Option<T> {
    // Nothing of anybody else's runs in here, not even a destructor, so the pool is never borrowed twice.
    POOL.try_with(|pool| run(&mut pool.borrow_mut())).ok()
}
