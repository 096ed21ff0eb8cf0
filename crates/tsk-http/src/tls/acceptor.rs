//! What the handshakes of a listener are made with.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
};

use super::{
    Config,
    build::{Fault, build},
    stamp::Stamp,
};
use crate::{Error, config::Protocol};

/// What the handshakes of a listener are made with: what its files held when they were last read, and right.
#[derive(Debug)]
pub(crate) struct Acceptor {
    config: Config,
    /// The setting, as errors name it.
    name: String,
    protocols: Vec<Protocol>,
    provider: Arc<CryptoProvider>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    current: Arc<ServerConfig>,
    /// Those of the files that `current` was made of.
    stamps: Vec<Stamp>,
    /// Why the files of late cannot be used.
    failure: Option<String>,
}

impl Acceptor {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// Files that cannot be read, are no PEM, or do not belong together.
    pub(crate) fn new(config: Config, name: String, protocols: Vec<Protocol>) -> Result<Self, Error> {
        if config.client_auth.is_some() && config.client_ca.is_none() {
            let what = "names no authority to check them by";
            return Err(Error::config(format!(
                "`{name}.client_auth`: clients are asked for certificates, and `client_ca` {what}; name it"
            )));
        }
        if config.handshake_timeout.is_zero() {
            let what = "is zero, so that no handshake could be in time";
            return Err(Error::config(format!("`{name}.handshake_timeout` {what}; the default is 10s")));
        }
        let provider = Arc::new(ring::default_provider());
        let stamps = stamps(&config);
        let current =
            build(&config, &protocols, &provider).map_err(|fault| Error::config(said(&name, &fault)))?;
        let state = Mutex::new(State { current: Arc::new(current), stamps, failure: None });
        Ok(Self { config, name, protocols, provider, state })
    }

    /// What the next handshake is to be made with.
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.state().current)
    }

    pub(super) fn reload_interval(&self) -> Duration {
        self.config.reload_interval
    }

    /// Reads the files again where they have changed since, or it is `forced`. It may block.
    ///
    /// Files that are wrong are tried again each time: of two that belong together one may not have been
    /// written yet.
    pub(super) fn refresh(&self, forced: bool) {
        // Taken before the files are read, so that what changes meanwhile is seen the next time.
        let stamps = stamps(&self.config);
        {
            let state = self.state();
            if !forced && state.failure.is_none() && state.stamps == stamps {
                return;
            }
        }
        let built = build(&self.config, &self.protocols, &self.provider);
        let mut state = self.state();
        match built {
            Ok(config) => {
                let current = Arc::new(config);
                *state = State { current, stamps, failure: None };
                tracing::info!(setting = self.name, "new certificates are in use");
            }
            Err(fault) => {
                let reason = said(&self.name, &fault);
                if forced || state.failure.as_ref() != Some(&reason) {
                    tracing::error!(reason, "new certificates cannot be used, and the old ones stay");
                }
                state.failure = Some(reason);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn said(name: &str, (setting, wrong): &Fault) -> String {
    format!("`{name}.{setting}`: {wrong}")
}

fn stamps(config: &Config) -> Vec<Stamp> {
    let others = config.others.iter().flat_map(|other| [&other.certificate, &other.key]);
    [&config.certificate, &config.key]
        .into_iter()
        .chain(others)
        .chain(&config.client_ca)
        .map(|path| Stamp::of(path))
        .collect()
}
