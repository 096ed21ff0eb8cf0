//! The settings of sockets, checked.

use std::sync::{Arc, OnceLock};

use crate::{Config, Error, config::Limits, origin::Origins};

/// The settings that sockets are opened with, checked: made once, cloned at no cost.
///
/// Where a router of ours has it as a state, a [`Handshake`](crate::Handshake) that a handler takes follows it; else the
/// defaults.
#[derive(Debug, Clone)]
pub struct Sockets(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limits: Arc<Limits>,
    origins: Origins,
}

impl Sockets {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// One that makes no sense, by its key.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let limits = Arc::new(Limits::new(config)?);
        Ok(Self(Arc::new(Inner { limits, origins: Origins::new(&config.origins)? })))
    }

    pub(crate) fn limits(&self) -> &Arc<Limits> {
        &self.0.limits
    }

    pub(crate) fn origins(&self) -> &Origins {
        &self.0.origins
    }
}

/// The defaults.
impl Default for Sockets {
    fn default() -> Self {
        static DEFAULT: OnceLock<Sockets> = OnceLock::new();
        DEFAULT.get_or_init(|| Self::new(&Config::default()).expect("the defaults make sense")).clone()
    }
}
