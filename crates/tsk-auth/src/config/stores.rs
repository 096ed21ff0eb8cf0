//! Where what outlives a configuration is kept.

use std::sync::Arc;

use super::Config;
use crate::session::{MemoryStore, Store};

/// Where sessions are kept, for as long as a process runs: nobody has to log in again because the settings are others.
///
/// Clones are the same.
#[derive(Debug, Clone)]
pub struct Stores {
    sessions: Arc<MemoryStore>,
}

impl Stores {
    /// Those that a configuration tells of.
    pub fn new(config: &Config) -> Self {
        // What begins later has its place already, which is empty and costs nothing.
        let session = config.session.clone().unwrap_or_default();
        let memory = usize::try_from(session.memory.as_u64()).unwrap_or(usize::MAX);
        Self { sessions: Arc::new(MemoryStore::new(session.sessions, memory)) }
    }

    pub(super) fn sessions(&self) -> Arc<dyn Store> {
        Arc::clone(&self.sessions) as _
    }

    /// What is different in another configuration, and cannot change while the process runs, by the keys of `tsk.toml`.
    pub fn fixed(before: &Config, after: &Config) -> Vec<&'static str> {
        let (Some(before), Some(after)) = (&before.session, &after.session) else { return Vec::new() };
        let sessions = (before.sessions != after.sessions).then_some("auth.session.sessions");
        sessions.into_iter().chain((before.memory != after.memory).then_some("auth.session.memory")).collect()
    }
}
