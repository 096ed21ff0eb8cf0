//! How a directory is served.

use std::{path::Path, sync::Arc};

use super::cache::CachePolicy;

/// What the methods of [`Files`](super::Files) set.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) root: Arc<Path>,
    pub(super) cache: CachePolicy,
    pub(super) is_precompressed: bool,
    pub(super) is_single_page: bool,
    pub(super) is_listed: bool,
}

impl Settings {
    pub(super) fn new(root: Arc<Path>) -> Self {
        let cache = CachePolicy::default();
        Self { root, cache, is_precompressed: false, is_single_page: false, is_listed: false }
    }
}
