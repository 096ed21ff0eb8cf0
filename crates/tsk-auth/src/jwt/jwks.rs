//! Keys that an issuer publishes by URL (RFC 7517 §5).

use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use tokio::{
    sync::{Notify, watch},
    time::{sleep_until, timeout},
};
use tsk_core::{Drain, HttpClient};

use super::{
    key::{Origin, Set},
    keys::KeySet,
};
use crate::Error;

mod pace;

use pace::{Asked, Pace};

/// When keys are fetched, and how long they are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How often at least. An issuer that says so in `Cache-Control` is asked sooner. A key that it withdraws is believed so
    /// long. Default: 10 min.
    pub refresh: Duration,
    /// How long after a fetch a token with an unknown key can cause another. Default: 30 s.
    pub min_interval: Duration,
    /// How long keys are believed if no fetch succeeds. Default: 6 h.
    pub max_stale: Duration,
    /// How long a request waits for a fetch. Default: 5 s.
    pub wait: Duration,
    /// How long a fetch may take. Default: 10 s.
    pub timeout: Duration,
    /// Bytes of an answer at most. Default: 256 KiB.
    pub max_body: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            refresh: Duration::from_secs(600),
            min_interval: Duration::from_secs(30),
            max_stale: Duration::from_secs(6 * 3600),
            wait: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            max_body: 256 * 1024,
        }
    }
}

/// The keys that an issuer publishes at a URL, fetched in the background. A clone shares them.
///
/// Only public keys are taken, each by itself: one of an unknown kind is passed over. As long as there are none, or they are
/// too old, no token is believed. Of keys without a name, the first 4 of an algorithm are tried.
#[derive(Clone)]
pub struct Jwks(Arc<Inner>);

struct Inner {
    url: Uri,
    client: Arc<dyn HttpClient>,
    settings: Settings,
    set: KeySet,
    pace: Mutex<Pace>,
    /// Rung when a fetch is wanted.
    bell: Notify,
    /// The number of fetches that have ended.
    ended: watch::Sender<u64>,
    is_running: AtomicBool,
}

/// What becomes of a token without a key.
pub(crate) enum Want<F> {
    /// There may be one after a fetch; the future says whether that told which keys there are.
    Wait(F),
    /// The issuer has just said which keys there are.
    Known,
    /// It could not be asked.
    Unknown,
}

impl Jwks {
    /// The keys at a URL, fetched with that client. Nothing is fetched before [`Verifier::run`](super::Verifier::run) or
    /// [`run`](Self::run) is awaited.
    ///
    /// # Errors
    ///
    /// A URL that is not `https`, unless it is of this machine: whoever is in between could put other keys there. Settings
    /// that contradict each other.
    pub fn new(url: &str, client: Arc<dyn HttpClient>, settings: Settings) -> Result<Self, Error> {
        let wrong = |reason: &str| Error::new(format!("the keys at {url}: {reason}"));
        let url = crate::url::guarded(url).map_err(wrong)?;
        let Settings { refresh, min_interval, max_stale, wait, timeout, max_body } = settings;
        if [refresh, min_interval, wait, timeout].contains(&Duration::ZERO) || max_body == 0 {
            return Err(wrong("a time or a size is zero"));
        }
        if max_stale < refresh + timeout {
            return Err(wrong(
                "`max_stale` is shorter than `refresh` and `timeout`: keys would be given up in between",
            ));
        }
        Ok(Self(Arc::new(Inner {
            url,
            client,
            pace: Mutex::new(Pace::new(refresh, min_interval)),
            settings,
            set: KeySet::default(),
            bell: Notify::new(),
            ended: watch::Sender::new(0),
            is_running: AtomicBool::new(false),
        })))
    }

    /// The same with the client of `tsk-core` and the default settings.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    #[cfg(feature = "client")]
    pub fn fetch(url: &str) -> Result<Self, Error> {
        let settings =
            tsk_core::client::Settings { max_body: Settings::default().max_body, ..Default::default() };
        let client = tsk_core::client::Client::new(&settings)
            .map_err(|error| Error::new(format!("the keys at {url}: {error}")))?;
        Self::new(url, Arc::new(client), Settings::default())
    }

    /// How many keys there are.
    pub fn count(&self) -> usize {
        self.0.set.all().len()
    }

    pub(crate) fn set(&self) -> &KeySet {
        &self.0.set
    }

    /// Fetches the keys, now and again, until the service drains. There is one fetch at a time: what is returned while an
    /// earlier one is there ends at once.
    pub fn run(&self, drain: Drain) -> impl Future<Output = ()> + Send + 'static {
        // From the call on, so that a request that comes before the first poll waits.
        let running = (!self.0.is_running.swap(true, SeqCst)).then(|| Running(Arc::clone(&self.0)));
        async move {
            if let Some(Running(inner)) = &running {
                tokio::select! {
                    () = drain.started() => {}
                    () = inner.fetch_when_due() => {}
                }
            }
        }
    }

    /// What becomes of a token whose key is not there.
    pub(crate) fn want(&self, now: Instant) -> Want<impl Future<Output = bool> + Send + 'static> {
        let inner = &*self.0;
        // Nobody would answer.
        if !inner.is_running.load(SeqCst) {
            tracing::warn!(url = %inner.url, "keys are not fetched: `Verifier::run` is not awaited");
            return Want::Unknown;
        }
        let mut ended = inner.ended.subscribe();
        match inner.pace().ask(now) {
            Asked::TooSoon { is_known: true } => Want::Known,
            Asked::TooSoon { is_known: false } => Want::Unknown,
            Asked::Granted => {
                inner.bell.notify_one();
                let (jwks, wait) = (self.clone(), inner.settings.wait);
                Want::Wait(async move {
                    let is_in_time =
                        timeout(wait, ended.changed()).await.is_ok_and(|changed| changed.is_ok());
                    is_in_time && jwks.0.pace().is_known()
                })
            }
        }
    }
}

/// An answer: the keys, and for how long it may be kept.
type Fetched = Result<(Set, Option<Duration>), String>;

impl Inner {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch_when_due(&self) {
        loop {
            let due = self.pace().due();
            let is_due = tokio::select! {
                () = async { if let Some(due) = due { sleep_until(due.into()).await } } => true,
                () = self.bell.notified() => false,
            };
            if is_due {
                self.pace().begin();
                let fetched = self.fetch().await;
                self.take(fetched);
                self.ended.send_modify(|count| *count += 1);
            }
        }
    }

    async fn fetch(&self) -> Fetched {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = self.url.clone();
        request.headers_mut().insert(
            header::ACCEPT,
            header::HeaderValue::from_static("application/jwk-set+json, application/json"),
        );
        let answer = timeout(self.settings.timeout, self.client.send(request)).await;
        let answer = answer
            .map_err(|_| "there was no answer in time".to_owned())?
            .map_err(|error| error.to_string())?;
        // A redirect is no answer: it could lead anywhere.
        if answer.status() != StatusCode::OK {
            return Err(format!("the answer is {}", answer.status()));
        }
        if answer.body().len() > self.settings.max_body {
            return Err("the answer is too large".to_owned());
        }
        let set = Set::read(answer.body(), Origin::Public)?;
        Ok((set, max_age(answer.headers())))
    }

    fn take(&self, fetched: Fetched) {
        // At the end of the fetch, however long it took.
        let now = tokio::time::Instant::now().into_std();
        match fetched {
            Ok((set, max_age)) => {
                let until = crate::time::seconds(SystemTime::now() + self.settings.max_stale);
                let count = set.keys.len();
                for reason in &set.skipped {
                    tracing::debug!(url = %self.url, reason, "a key is not used");
                }
                if self.set.replace(set.keys, until) {
                    tracing::info!(url = %self.url, count, skipped = set.skipped.len(), "there are other keys");
                }
                if count == 0 {
                    tracing::warn!(url = %self.url, "there is no key that can be used: no token is believed");
                }
                self.pace().succeeded(now, max_age);
            }
            Err(reason) => {
                tracing::warn!(url = %self.url, reason, "keys could not be fetched");
                self.pace().failed(now);
            }
        }
    }
}

/// `max-age` of `Cache-Control` (RFC 9111 §5.2.2.1).
fn max_age(headers: &http::HeaderMap) -> Option<Duration> {
    let texts = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives = texts.flat_map(|text| text.split(','));
    let seconds = directives.find_map(|directive| directive.trim().strip_prefix("max-age="))?;
    seconds.parse().ok().map(Duration::from_secs)
}

/// Whoever fetches.
struct Running(Arc<Inner>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.pace().abandoned();
        self.0.is_running.store(false, SeqCst);
        // Whoever waits need not wait for nothing.
        self.0.ended.send_modify(|count| *count += 1);
    }
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwks").field("url", &self.0.url).field("keys", &self.0.set).finish_non_exhaustive()
    }
}
