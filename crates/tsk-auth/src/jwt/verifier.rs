//! Verifying tokens.

use std::{fmt, future::Future, sync::Arc, time::SystemTime};

use serde::de::{DeserializeOwned, IgnoredAny};
use tsk_core::{Drain, Principal};

use super::{
    Algorithm, Claims, Issuer, Jwks, Refusal,
    algorithm::Family,
    cache::{self, Cache},
    claims::Registered,
    compact::Compact,
    header::Header,
    jwks::Want,
    keys::{Held, Source, fitting},
};
use crate::{Error, Identity, access::Grants};

mod builder;

pub use builder::Builder;

/// Verifies tokens, and remembers those that it has verified.
///
/// A clone shares everything. The engine is [`check`](Self::check), which never waits; [`verify`](Self::verify) waits for keys
/// that an issuer may have published meanwhile. Keys that come by URL are fetched by [`run`](Self::run), which has to be
/// awaited somewhere.
///
/// ```
/// use std::time::SystemTime;
/// use tsk_auth::jwt::{Algorithm, Issuer, Key, Keys, Refusal, Verifier};
///
/// let keys = Keys::fixed([Key::secret(&[7; 32], Algorithm::Hs256)?])?;
/// let verifier: Verifier = Verifier::new(Issuer::new("https://id.example.com", keys).audience("shop"))?;
/// let unsigned = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIn0.AA";
/// assert_eq!(verifier.check(unsigned, SystemTime::now()).unwrap_err(), Refusal::Algorithm);
/// # Ok::<(), tsk_auth::Error>(())
/// ```
pub struct Verifier<C = IgnoredAny>(Arc<Inner<C>>);

struct Inner<C> {
    issuers: Box<[Issuer]>,
    identify: Identify<C>,
    grants: Grant<C>,
    max_length: usize,
    cache: Cache<C>,
}

type Identify<C> = Box<dyn Fn(&Claims<C>) -> Principal + Send + Sync>;
type Grant<C> = Box<dyn Fn(&Claims<C>) -> Grants + Send + Sync>;

/// A token that is believed.
pub struct Verified<C = IgnoredAny> {
    identity: Arc<Identity>,
    claims: Arc<Claims<C>>,
    /// In seconds since 1970.
    until: u64,
    key: Arc<Held>,
    /// By our reckoning, in bytes.
    size: usize,
}

/// A refusal, and whom to ask for keys before it is given, with the keys that there were.
struct Denied<'a> {
    refusal: Refusal,
    ask: Option<(&'a Jwks, Arc<[Arc<Held>]>)>,
}

impl From<Refusal> for Denied<'_> {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, ask: None }
    }
}

impl<C: 'static> Verifier<C> {
    /// How to verify tokens of several issuers, or with other settings.
    pub fn builder() -> Builder<C> {
        Builder::new()
    }

    /// Fetches the keys that come by URL, now and again, until the service drains. To be awaited once, as a task of the
    /// application.
    pub fn run(&self, drain: Drain) -> impl Future<Output = ()> + Send + 'static {
        let jwks = self.0.issuers.iter().filter_map(|issuer| match &issuer.keys.0 {
            Source::Jwks(jwks) => Some(jwks),
            Source::Fixed(_) => None,
        });
        let mut running: Vec<_> = jwks.map(|jwks| Box::pin(jwks.run(drain.clone()))).collect();
        std::future::poll_fn(move |cx| {
            running.retain_mut(|run| run.as_mut().poll(cx).is_pending());
            if running.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
    }

    pub(crate) fn issuers(&self) -> &[Issuer] {
        &self.0.issuers
    }

    /// How many verified tokens are remembered, and in how many bytes, by a reckoning that is rather too high.
    pub fn remembered(&self) -> (usize, u64) {
        (self.0.cache.len(), self.0.cache.bytes())
    }

    /// Lets go of what is remembered and holds no longer: its time is over, or its key has gone. That happens by itself when
    /// it is looked for or room is needed; this is for those who want the memory back sooner.
    pub fn sweep(&self, now: SystemTime) {
        self.0.cache.sweep(crate::time::seconds(now));
    }
}

impl<C: DeserializeOwned + Send + Sync + 'static> Verifier<C> {
    /// Verifies tokens of one issuer.
    ///
    /// # Errors
    ///
    /// Settings that cannot be; see [`Builder::build`].
    pub fn new(issuer: Issuer) -> Result<Self, Error> {
        Self::builder().issuer(issuer).build()
    }

    /// What a token says, if it is believed at that time.
    ///
    /// # Errors
    ///
    /// Why it is not.
    #[inline]
    pub fn check(&self, token: &str, now: SystemTime) -> Result<Arc<Verified<C>>, Refusal> {
        self.look(token.as_bytes(), now).map_err(|denied| denied.refusal)
    }

    /// The same now, and after a wait for keys that its issuer may have published meanwhile, if there is no key that fits.
    /// On a tokio runtime.
    ///
    /// # Errors
    ///
    /// Why it is not believed.
    pub async fn verify(&self, token: &str) -> Result<Arc<Verified<C>>, Refusal> {
        let token = token.as_bytes();
        match self.begin(token, SystemTime::now()) {
            Ok(verified) => Ok(verified),
            Err(Begun::Refused(refusal)) => Err(refusal),
            Err(Begun::Asked(asked)) => self.finish(token, asked.await),
        }
    }

    /// Verifies, or says whose keys are to be waited for.
    #[inline]
    pub(crate) fn begin(&self, token: &[u8], now: SystemTime) -> Result<Arc<Verified<C>>, Begun> {
        self.look(token, now).or_else(|denied| self.ask(token, now, denied))
    }

    #[inline(never)]
    fn ask(&self, token: &[u8], now: SystemTime, denied: Denied<'_>) -> Result<Arc<Verified<C>>, Begun> {
        let Denied { refusal, ask } = denied;
        let Some((jwks, before)) = ask else { return Err(Begun::Refused(refusal)) };
        match jwks.want(tokio::time::Instant::now().into_std()) {
            Want::Wait(settled) => Err(Begun::Asked(Box::pin(settled))),
            // They came between the look and the question.
            Want::Known if !Arc::ptr_eq(&before, &jwks.set().all()) => {
                self.look(token, now).map_err(|denied| Begun::Refused(denied.refusal))
            }
            Want::Unknown if refusal == Refusal::UnknownKey => Err(Begun::Refused(Refusal::NoKeys)),
            Want::Known | Want::Unknown => Err(Begun::Refused(refusal)),
        }
    }

    /// Verifies after a wait. `is_known` says whether the issuer has told which keys there are.
    pub(crate) fn finish(&self, token: &[u8], is_known: bool) -> Result<Arc<Verified<C>>, Refusal> {
        self.look(token, SystemTime::now()).map_err(|denied| match denied.refusal {
            Refusal::UnknownKey if !is_known => Refusal::NoKeys,
            refusal => refusal,
        })
    }

    /// Whether it is a token that names one of the issuers, be it good or not.
    pub(crate) fn is_named_by(&self, token: &[u8]) -> bool {
        Compact::read(token, self.0.max_length)
            .and_then(|parts| Ok(self.issuer(&Registered::read(&parts.payload)?).is_some()))
            .unwrap_or(false)
    }

    /// The issuer that a token names.
    fn issuer(&self, claims: &Registered<'_>) -> Option<&Issuer> {
        self.0.issuers.iter().find(|issuer| match issuer.name() {
            Some(name) => claims.issuer.as_deref() == Some(name),
            None => true,
        })
    }

    #[inline]
    fn look(&self, token: &[u8], now: SystemTime) -> Result<Arc<Verified<C>>, Denied<'_>> {
        let now = crate::time::seconds(now);
        match self.0.cache.get(token, now) {
            Some(verified) => Ok(verified),
            None => self.look_closely(token, now),
        }
    }

    #[inline(never)]
    fn look_closely(&self, token: &[u8], now: u64) -> Result<Arc<Verified<C>>, Denied<'_>> {
        let parts = Compact::read(token, self.0.max_length)?;
        let header = Header::read(&parts.header)?;
        let algorithm = Algorithm::named(&header.algorithm).ok_or(Refusal::Algorithm)?;
        let claims = Registered::read(&parts.payload)?;
        let issuer = self.issuer(&claims).ok_or(Refusal::Issuer)?;
        issuer.check_kind(&header)?;
        let key = issuer.key(&parts, &header, algorithm, now)?;
        let until = issuer.check(&claims, now)?;
        let claims = Arc::new(claims.with_own(&parts.payload)?);
        let identity = Identity::new((self.0.identify)(&claims)).grants((self.0.grants)(&claims));
        let identity = Arc::new(identity.claims(Arc::clone(&claims) as _));
        let size = cache::size(token, &parts.payload);
        let verified = Arc::new(Verified { identity, claims, until, key, size });
        self.0.cache.insert(token, &verified);
        Ok(verified)
    }
}

impl Issuer {
    /// The key that has signed these parts.
    fn key(
        &self,
        parts: &Compact<'_>,
        header: &Header<'_>,
        algorithm: Algorithm,
        now: u64,
    ) -> Result<Arc<Held>, Denied<'_>> {
        let keys = self.keys.set().all();
        let id = header.key.as_deref();
        let fitting = || fitting(&keys, id, algorithm, now);
        if let Some(signer) = fitting().find(|held| held.key.has_signed(parts.signed, &parts.signature)) {
            return Ok(Arc::clone(signer));
        }
        if fitting().next().is_some() {
            // Where keys have no names, it may be one that has come since.
            let is_meant = id.is_some() && fitting().any(|held| held.key.id().is_some());
            let ask = match &self.keys.0 {
                Source::Jwks(jwks) if !is_meant => Some((jwks, keys)),
                _ => None,
            };
            return Err(Denied { refusal: Refusal::Signature, ask });
        }
        match &self.keys.0 {
            Source::Fixed(_) if keys.iter().any(|held| held.key.algorithm() == algorithm) => {
                Err(Refusal::UnknownKey.into())
            }
            // No secret is published.
            Source::Jwks(jwks) if algorithm.family() != Family::Secret => {
                let is_known = keys.iter().any(|held| held.is_believed(now));
                let refusal = if is_known { Refusal::UnknownKey } else { Refusal::NoKeys };
                Err(Denied { refusal, ask: Some((jwks, keys)) })
            }
            _ => Err(Refusal::Algorithm.into()),
        }
    }
}

/// How far a token came that is not verified at once.
pub(crate) enum Begun {
    Refused(Refusal),
    /// Whether the issuer has told which keys there are.
    Asked(std::pin::Pin<Box<dyn Future<Output = bool> + Send>>),
}

impl<C> Verified<C> {
    /// Who is calling.
    pub fn principal(&self) -> &Arc<Principal> {
        self.identity.principal()
    }

    /// Who is calling, with what it brings.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// What the token says.
    pub fn claims(&self) -> &Arc<Claims<C>> {
        &self.claims
    }

    /// Whether it still holds, at a time in seconds since 1970.
    #[inline]
    pub(crate) fn holds(&self, now: u64) -> bool {
        now < self.until && self.key.is_believed(now)
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

impl<C> Clone for Verifier<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> fmt::Debug for Verifier<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { issuers, cache, .. } = &*self.0;
        f.debug_struct("Verifier").field("issuers", issuers).field("cache", cache).finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for Verified<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("principal", self.principal()).finish_non_exhaustive()
    }
}
