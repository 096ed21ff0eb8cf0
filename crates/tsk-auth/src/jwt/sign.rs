//! Tokens of our own.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderValue, Response, header};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tsk_core::{Body, respond};

use super::keys::KeySet;
use crate::{Error, random};

mod key;

pub use key::SigningKey;

/// Keys that sign no more and are still believed, at most.
const MAX_RETIRED: usize = 8;
/// How much longer than its tokens a retired key is believed and published: for clocks that differ.
const MARGIN: u64 = 300;

/// Signs tokens, with keys that can be rotated, and publishes the keys that verify them. A clone shares everything.
///
/// A key is rotated in two steps, so that nobody meets a token whose key they could not have fetched:
/// [`announce`](Self::announce) the next one, wait for as long as others keep your keys, [`rotate`](Self::rotate). The key
/// before it is believed until its last token has expired.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tsk_auth::jwt::{Algorithm, Grant, Issuer, Keys, Signer, SigningKey, Verifier};
///
/// let signer = Signer::new("https://id.example.com", SigningKey::generate(Algorithm::Es256)?, Duration::from_secs(600))?;
/// let now = SystemTime::now();
/// let token = signer.issue(&Grant::new("ada", "shop").scope("orders:read"), &(), now)?;
///
/// let verifier: Verifier = Verifier::new(Issuer::new("https://id.example.com", Keys::from(&signer)).audience("shop"))?;
/// assert!(verifier.check(&token, now).unwrap().claims().has_scope("orders:read"));
/// # Ok::<(), tsk_auth::Error>(())
/// ```
#[derive(Clone)]
pub struct Signer(Arc<Inner>);

struct Inner {
    issuer: Box<str>,
    lifetime: Duration,
    ring: RwLock<Ring>,
    set: Arc<KeySet>,
}

struct Ring {
    active: SigningKey,
    next: Option<SigningKey>,
    /// With the time until which each is believed, in seconds since 1970.
    retired: Vec<(SigningKey, u64)>,
}

/// What a token is to say.
#[derive(Debug, Clone)]
#[must_use]
pub struct Grant {
    subject: Box<str>,
    audience: Box<str>,
    scope: Option<Box<str>>,
    client: Option<Box<str>>,
    lifetime: Option<Duration>,
}

impl Grant {
    /// A token about `subject` for `audience`.
    pub fn new(subject: impl Into<Box<str>>, audience: impl Into<Box<str>>) -> Self {
        let (subject, audience) = (subject.into(), audience.into());
        Self { subject, audience, scope: None, client: None, lifetime: None }
    }

    /// What it is good for: words with a space in between (RFC 8693 §4.2).
    pub fn scope(mut self, scope: impl Into<Box<str>>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// The client that gets it. It is an access token of RFC 9068 then, of the type `at+jwt`.
    pub fn client(mut self, client: impl Into<Box<str>>) -> Self {
        self.client = Some(client.into());
        self
    }

    /// How long it holds. Default, and the longest: that of the signer.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

impl Signer {
    /// A signer of tokens from `issuer`, with a first key. They hold for `lifetime`, the shorter the better, as nobody can
    /// take one back.
    ///
    /// # Errors
    ///
    /// A lifetime of less than a second, or an issuer without a name.
    pub fn new(issuer: impl Into<Box<str>>, key: SigningKey, lifetime: Duration) -> Result<Self, Error> {
        let issuer = issuer.into();
        if issuer.is_empty() || lifetime.as_secs() == 0 {
            return Err(Error::new("a signer has a name, and its tokens hold for a second or more"));
        }
        let ring = RwLock::new(Ring { active: key, next: None, retired: Vec::new() });
        let signer = Self(Arc::new(Inner { issuer, lifetime, ring, set: Arc::default() }));
        signer.publish(&signer.ring());
        Ok(signer)
    }

    /// A signed token, with further claims: an object, or `()` for none.
    ///
    /// # Errors
    ///
    /// Further claims that are no object, or have the name of one that is set already; a lifetime of zero, or beyond the
    /// signer's.
    pub fn issue(&self, grant: &Grant, further: &impl Serialize, now: SystemTime) -> Result<String, Error> {
        let lifetime = grant.lifetime.unwrap_or(self.0.lifetime);
        if lifetime.as_secs() == 0 || lifetime > self.0.lifetime {
            return Err(Error::new("the lifetime of a token is zero, or longer than that of its signer"));
        }
        let now = crate::time::seconds(now);
        let mut claims = Map::new();
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        set("iss", json!(&*self.0.issuer));
        set("sub", json!(&*grant.subject));
        set("aud", json!(&*grant.audience));
        set("iat", json!(now));
        set("exp", json!(now.saturating_add(lifetime.as_secs())));
        set("jti", json!(BASE64URL_NOPAD.encode(&random::bytes::<16>()?)));
        if let Some(client) = &grant.client {
            set("client_id", json!(&**client));
        }
        if let Some(scope) = &grant.scope {
            set("scope", json!(&**scope));
        }
        let further = serde_json::to_value(further)
            .map_err(|error| Error::new(format!("the claims are no JSON: {error}")))?;
        match further {
            Value::Null => {}
            Value::Object(members) => {
                for (name, value) in members {
                    if matches!(&*name, "nbf" | "scp") || claims.contains_key(&name) {
                        return Err(Error::new(format!("the claim `{name}` is not to be set so")));
                    }
                    claims.insert(name, value);
                }
            }
            _ => return Err(Error::new("further claims are an object, or nothing")),
        }
        let kind = if grant.client.is_some() { "at+jwt" } else { "JWT" };
        self.ring().active.sign(kind, &claims)
    }

    /// Publishes a key that is to sign from the next [`rotate`](Self::rotate) on.
    ///
    /// # Errors
    ///
    /// A key that is there already, or has the identifier of one.
    pub fn announce(&self, key: SigningKey) -> Result<(), Error> {
        let mut ring = self.ring_mut();
        let is_there = ring
            .all()
            .any(|(other, _)| other.key() == key.key() || (other.id().is_some() && other.id() == key.id()));
        if is_there {
            return Err(Error::new("the key, or another of its identifier, is there already"));
        }
        ring.next = Some(key);
        self.publish(&ring);
        Ok(())
    }

    /// Signs with the key that was announced, from now on.
    ///
    /// # Errors
    ///
    /// None was announced.
    pub fn rotate(&self, now: SystemTime) -> Result<(), Error> {
        let mut ring = self.ring_mut();
        let next = ring
            .next
            .take()
            .ok_or_else(|| Error::new("no key was announced: nobody could verify with it"))?;
        let now = crate::time::seconds(now);
        let until = now.saturating_add(self.0.lifetime.as_secs()).saturating_add(MARGIN);
        let before = std::mem::replace(&mut ring.active, next);
        ring.retired.retain(|(_, until)| now < *until);
        ring.retired.insert(0, (before, until));
        ring.retired.truncate(MAX_RETIRED);
        self.publish(&ring);
        Ok(())
    }

    /// Believes a key no longer, at once, and so none of its tokens: for one that has become known. Says whether there was
    /// one of that identifier that does not sign; the one that does is to be rotated first.
    pub fn revoke(&self, id: &str) -> bool {
        let mut ring = self.ring_mut();
        let before = ring.all().count();
        ring.retired.retain(|(key, _)| key.id() != Some(id));
        if ring.next.as_ref().is_some_and(|key| key.id() == Some(id)) {
            ring.next = None;
        }
        self.publish(&ring);
        ring.all().count() != before
    }

    /// The identifier of the key that signs.
    pub fn active(&self) -> Option<Box<str>> {
        self.ring().active.id().map(Box::from)
    }

    /// The keys that verify, as a set of JWKs (RFC 7517 §5): the one that signs, the next one, and those before it whose
    /// tokens may still hold. Secrets are not among them.
    pub fn jwks(&self, now: SystemTime) -> Value {
        let now = crate::time::seconds(now);
        let ring = self.ring();
        let published = ring.all().filter(|(_, until)| now < *until).filter_map(|(key, _)| key.public());
        json!({ "keys": published.collect::<Vec<_>>() })
    }

    /// The same as the answer to whoever fetches them, to be kept for five minutes.
    pub fn answer(&self, now: SystemTime) -> Response<Body> {
        let body = Bytes::from(self.jwks(now).to_string());
        let mut response =
            respond::response(HeaderValue::from_static("application/jwk-set+json"), Body::from(body));
        let kept = HeaderValue::from_static("public, max-age=300");
        response.headers_mut().insert(header::CACHE_CONTROL, kept);
        response
    }

    pub(crate) fn verifying(&self) -> &Arc<KeySet> {
        &self.0.set
    }

    fn publish(&self, ring: &Ring) {
        self.0.set.replace_each(ring.all().map(|(key, until)| (key.key().clone(), until)).collect());
    }

    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.0.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring_mut(&self) -> RwLockWriteGuard<'_, Ring> {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// Every key, with the time until which it is believed.
    fn all(&self) -> impl Iterator<Item = (&SigningKey, u64)> {
        let current = [Some(&self.active), self.next.as_ref()].into_iter().flatten();
        current.map(|key| (key, u64::MAX)).chain(self.retired.iter().map(|(key, until)| (key, *until)))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("issuer", &self.0.issuer)
            .field("keys", &self.0.set)
            .finish_non_exhaustive()
    }
}
