//! When the provider is asked what it is.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tsk_core::Drain;

use super::{
    Inner, Oidc, OidcError,
    provider::{Metadata, Provider},
};

/// How often the provider is asked again.
const REFRESH: Duration = Duration::from_secs(3600);

/// How long somebody who wants to log in waits for the first answer.
const WAIT: Duration = Duration::from_secs(5);

/// The longest pause after a failure, in seconds; the first is of one.
const LONGEST: u64 = 60;

/// What is known of the provider.
pub(super) struct Discovery {
    known: watch::Sender<Known>,
    is_running: AtomicBool,
}

#[derive(Clone)]
enum Known {
    /// It is being asked for the first time.
    Nothing,
    /// Why it is not known.
    Failed(Arc<str>),
    Provider(Arc<Provider>),
}

impl Default for Discovery {
    fn default() -> Self {
        Self { known: watch::Sender::new(Known::Nothing), is_running: AtomicBool::new(false) }
    }
}

impl Oidc {
    /// Fetches what the provider says of itself, and its keys, now and again, until the service drains. To be awaited once, as a
    /// task of the application, where no [`Auth`](crate::Auth) does; what is returned while an earlier one is there ends at once.
    pub fn run(&self, drain: Drain) -> impl Future<Output = ()> + Send + 'static {
        // From the call on, so that a request that comes before the first poll waits.
        let running = (!self.0.discovery.is_running.swap(true, SeqCst)).then(|| Running(Arc::clone(&self.0)));
        async move {
            if let Some(Running(inner)) = &running {
                tokio::select! {
                    () = drain.started() => {}
                    () = inner.keep(&drain) => {}
                }
            }
        }
    }
}

impl Inner {
    /// The provider, as soon as it is known.
    pub(super) async fn provider(&self) -> Result<Arc<Provider>, OidcError> {
        let mut known = self.discovery.known.subscribe();
        let is_known = || matches!(*self.discovery.known.borrow(), Known::Provider(_));
        if !is_known() && !self.discovery.is_running.load(SeqCst) {
            return Err(OidcError::unavailable(
                "nobody asks the provider: `Auth::run` or `Oidc::run` is not awaited",
            ));
        }
        let settled = known.wait_for(|known| !matches!(known, Known::Nothing));
        match timeout(WAIT, settled).await.map(|settled| settled.map(|known| known.clone())) {
            Ok(Ok(Known::Provider(provider))) => Ok(provider),
            Ok(Ok(Known::Failed(reason))) => Err(OidcError::unavailable(reason.to_string())),
            Ok(Ok(Known::Nothing) | Err(_)) | Err(_) => {
                Err(OidcError::unavailable("the provider has not said in time what it is"))
            }
        }
    }

    /// Asks again and again.
    async fn keep(&self, drain: &Drain) {
        let mut pause = 1;
        loop {
            match self.discover().await {
                Ok(provider) => {
                    pause = 1;
                    let keys = provider.id_tokens.run(drain.clone());
                    self.discovery.known.send_replace(Known::Provider(Arc::clone(&provider)));
                    self.keep_same(&provider.metadata, keys).await;
                }
                Err(reason) => {
                    tracing::warn!(issuer = %self.settings.issuer, reason, "the provider does not say what it is");
                    self.discovery.failed(&reason);
                    sleep(Duration::from_secs(pause)).await;
                    pause = (pause * 2).min(LONGEST);
                }
            }
        }
    }

    /// Has the keys of the provider be there for as long as it says the same of itself. What it has said holds while it does not
    /// answer: without its keys nobody is let in anyway.
    async fn keep_same(&self, said: &Metadata, keys: impl Future<Output = ()>) {
        let is_other = async {
            loop {
                sleep(REFRESH).await;
                match self.metadata().await {
                    Ok(metadata) if metadata != *said => return,
                    Ok(_) => {}
                    Err(reason) => {
                        tracing::warn!(issuer = %self.settings.issuer, reason, "the provider does not say whether it is the same");
                    }
                }
            }
        };
        tokio::select! {
            () = keys => {}
            () = is_other => {}
        }
    }

    async fn discover(&self) -> Result<Arc<Provider>, String> {
        let metadata = self.metadata().await?;
        Provider::new(&self.settings, metadata, self.fetch.client()).map(Arc::new)
    }

    async fn metadata(&self) -> Result<Metadata, String> {
        let url = self.settings.discovery_url();
        let text = self.fetch.json(&url, None).await.map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|error| format!("{url}: {error}"))
    }
}

impl Discovery {
    /// Whoever waits need not wait for nothing. What is known already stays.
    fn failed(&self, reason: &str) {
        self.known.send_if_modified(|known| {
            let is_new = !matches!(known, Known::Provider(_));
            if is_new {
                *known = Known::Failed(reason.into());
            }
            is_new
        });
    }
}

/// Whoever asks.
struct Running(Arc<Inner>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.discovery.is_running.store(false, SeqCst);
        self.0.discovery.failed("the service is about to stop");
    }
}
