//! Whose tokens are taken, and which of them.

use std::time::Duration;

use super::{
    Keys, Refusal,
    claims::Registered,
    header::{Header, is_kind},
};
use crate::Error;

/// The longest difference of clocks that can be allowed for.
const MAX_SKEW: Duration = Duration::from_secs(300);

/// Somebody whose tokens are taken, with the keys that are theirs alone (RFC 8725 §3.8).
///
/// By default a token says who issued it (`iss`), for whom (`aud`), whom it is about (`sub`) and how long it holds (`exp`),
/// and is of the type `JWT`, `at+jwt` or none.
///
/// ```
/// use tsk_auth::jwt::{Algorithm, Issuer, Key, Keys, Verifier};
///
/// # fn example(pem: &[u8]) -> Result<(), tsk_auth::Error> {
/// let keys = Keys::fixed([Key::pem(pem, Algorithm::Es256)?])?;
/// let issuer = Issuer::new("https://id.example.com", keys).audience("https://shop.example.com").kind("at+jwt");
/// let verifier: Verifier = Verifier::new(issuer)?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Issuer {
    name: Option<Box<str>>,
    pub(crate) keys: Keys,
    audience: Vec<Box<str>>,
    is_any_audience: bool,
    kinds: Vec<Box<str>>,
    must_have_kind: bool,
    must_have_subject: bool,
    skew: Duration,
    must_expire: bool,
    max_age: Option<Duration>,
}

impl Issuer {
    /// An issuer whose name is to the letter the `iss` of its tokens.
    pub fn new(name: impl Into<Box<str>>, keys: Keys) -> Self {
        Self { name: Some(name.into()), ..Self::unnamed(keys) }
    }

    /// An issuer whose tokens do not say who issued them, or whose `iss` is of no interest, because nobody else has keys.
    /// It is the only one of its verifier.
    pub fn unnamed(keys: Keys) -> Self {
        Self {
            name: None,
            keys,
            audience: Vec::new(),
            is_any_audience: false,
            kinds: Vec::new(),
            must_have_kind: true,
            must_have_subject: true,
            skew: Duration::from_secs(30),
            must_expire: true,
            max_age: None,
        }
    }

    /// A name of this service, one of which has to be in `aud` to the letter. May be called several times.
    pub fn audience(mut self, audience: impl Into<Box<str>>) -> Self {
        self.audience.push(audience.into());
        self
    }

    /// Takes tokens that are for anybody. Whoever gets one for another service can then use it here (RFC 8725 §2.7).
    pub fn any_audience(mut self) -> Self {
        self.is_any_audience = true;
        self
    }

    /// A type, `typ`, of which tokens have to be, such as `at+jwt` (RFC 9068 §2.1). May be called several times. Default:
    /// `JWT`, `at+jwt`, or none.
    pub fn kind(mut self, kind: impl Into<Box<str>>) -> Self {
        self.kinds.push(kind.into());
        self
    }

    /// Takes tokens without a type beside those of the named ones, as ID tokens often are.
    #[cfg(feature = "oidc")]
    pub(crate) fn or_no_kind(mut self) -> Self {
        self.must_have_kind = false;
        self
    }

    /// Takes tokens that are about nobody, as one that tells of the end of a session may be.
    #[cfg(feature = "oidc")]
    pub(crate) fn without_subject(mut self) -> Self {
        self.must_have_subject = false;
        self
    }

    /// How far the clocks of the issuer and of this service may differ: tokens hold so much longer, and earlier. Default:
    /// 30 s; at most 5 min.
    pub fn skew(mut self, skew: Duration) -> Self {
        self.skew = skew;
        self
    }

    /// Takes tokens that never expire, as long as their key is there.
    pub fn without_expiry(mut self) -> Self {
        self.must_expire = false;
        self
    }

    /// Refuses tokens that were issued longer ago, or do not say when. Default: no limit but `exp`.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        let name = self.name().unwrap_or("the issuer");
        // A principal's identity is the name, a space, and the subject.
        if name.is_empty() || self.name().is_some_and(|name| name.contains(char::is_whitespace)) {
            return Err(Error::new(format!(
                "{name:?} is no name of an issuer: write the `iss` of its tokens"
            )));
        }
        if self.audience.is_empty() != self.is_any_audience {
            return Err(Error::new(format!(
                "{name}: name the `audience` of its tokens, or say `any_audience` and take those for other services too"
            )));
        }
        if self.audience.iter().chain(&self.kinds).any(|text| text.is_empty()) {
            return Err(Error::new(format!("{name}: an audience or a type is empty")));
        }
        if self.skew > MAX_SKEW {
            return Err(Error::new(format!("{name}: the skew is more than 5 min: set the clocks")));
        }
        Ok(())
    }

    /// Whether a token of that header is of a type that is taken.
    pub(crate) fn check_kind(&self, header: &Header<'_>) -> Result<(), Refusal> {
        let is_taken = match &header.kind {
            Some(kind) if self.kinds.is_empty() => is_kind(kind, "JWT") || is_kind(kind, "at+jwt"),
            Some(kind) => self.kinds.iter().any(|taken| is_kind(kind, taken)),
            None => self.kinds.is_empty() || !self.must_have_kind,
        };
        if is_taken { Ok(()) } else { Err(Refusal::Type) }
    }

    /// Whether a token with those claims is for this service and holds at that time; until when, if it does.
    pub(crate) fn check(&self, claims: &Registered<'_>, now: u64) -> Result<u64, Refusal> {
        let skew = self.skew.as_secs();
        let is_ours = |text: &str| self.audience.iter().any(|audience| &**audience == text);
        if !self.is_any_audience && !claims.audience.iter().any(|text| is_ours(text)) {
            return Err(Refusal::Audience);
        }
        let is_about_nobody =
            claims.subject.as_ref().map_or(self.must_have_subject, |subject| subject.is_empty());
        if is_about_nobody {
            return Err(Refusal::Subject);
        }
        let mut until = match claims.expires {
            Some(expires) => expires.saturating_add(skew),
            None if self.must_expire => return Err(Refusal::Endless),
            None => u64::MAX,
        };
        if claims.not_before.is_some_and(|from| from > now.saturating_add(skew)) {
            return Err(Refusal::Early);
        }
        if claims.issued.is_some_and(|issued| issued > now.saturating_add(skew)) {
            return Err(Refusal::Age);
        }
        if now >= until {
            return Err(Refusal::Expired);
        }
        if let Some(age) = self.max_age {
            let issued = claims.issued.ok_or(Refusal::Age)?;
            let oldest = issued.saturating_add(age.as_secs()).saturating_add(skew);
            if now >= oldest {
                return Err(Refusal::Age);
            }
            until = until.min(oldest);
        }
        Ok(until)
    }
}
