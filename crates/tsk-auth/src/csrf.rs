//! Requests that a page of another site has a browser send (cross-site request forgery).
//!
//! A browser sends what it has for a site, a cookie or a password, whoever made the page that asks. It also says whose page
//! that is: in `Sec-Fetch-Site` ([Fetch Metadata]), or in `Origin`. What changes something has to come from a page of the
//! service itself, or of an origin that is trusted; a browser that says neither has to bring a token, which a page of another
//! site cannot know.
//!
//! There is no gate for it that could be left out: where a cookie is believed, it is looked at, by the scheme of
//! [sessions](crate::session) and by their extractor. Requests to read are let through, and have to change nothing.
//!
//! [Fetch Metadata]: https://www.w3.org/TR/fetch-metadata/

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, HeaderName, Method, Uri, header};
use ring::hmac;
use tsk_core::Problem;

use crate::{Error, problem, random, session::Id};

/// Where a token stands.
pub(crate) const TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whose pages may have a browser change something.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    trusted: Vec<Box<str>>,
    is_plain: bool,
}

/// Why a request is taken for one that a page of another site has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forgery {
    /// The browser says that the page is of another site, or of another origin of the site.
    OtherSite,
    /// The page is of another origin.
    OtherOrigin,
    /// What is said of the page cannot be read.
    Malformed,
    /// Nothing is said of the page, and there is no token.
    NoToken,
    /// The token is not that of the session.
    WrongToken,
}

impl Guard {
    /// Has pages of another origin change something as well, such as `https://admin.example.com`.
    ///
    /// # Errors
    ///
    /// What is no origin, as a browser writes it.
    pub fn trust(mut self, origin: &str) -> Result<Self, Error> {
        let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let is_one = rest.is_some_and(|host| {
            let is_plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]".contains(&byte);
            !host.is_empty() && host.bytes().all(is_plain)
        });
        if !is_one {
            return Err(Error::new(format!(
                "{origin:?} is no origin: write it as browsers do, such as \"https://admin.example.com\""
            )));
        }
        self.trusted.push(origin.into());
        Ok(self)
    }

    /// Takes `http` for the scheme of the service as well, as where it is tried out.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.is_plain = true;
        self
    }

    #[cfg(feature = "oidc")]
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Looks at where a request comes from. `id` is that of its session, if it has one.
    ///
    /// # Errors
    ///
    /// Why it is taken for a forgery.
    pub fn check(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        id: Option<&Id>,
    ) -> Result<(), Forgery> {
        match self.origin(method, uri, headers) {
            Origin::Ours => Ok(()),
            Origin::Others(forgery) => Err(forgery),
            Origin::Unsaid => match (one(headers, &TOKEN)?, id) {
                (Some(token), Some(id)) if is_token(id, token) => Ok(()),
                (Some(_), _) => Err(Forgery::WrongToken),
                (None, _) => Err(Forgery::NoToken),
            },
        }
    }

    /// The same for what browsers send by themselves and programs send as well, such as a password: where nothing is said of a
    /// page, it is no page.
    ///
    /// # Errors
    ///
    /// Why it is taken for a forgery.
    pub fn check_pages(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Forgery> {
        match self.origin(method, uri, headers) {
            Origin::Ours | Origin::Unsaid => Ok(()),
            Origin::Others(forgery) => Err(forgery),
        }
    }

    fn origin(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Origin {
        if !may_change(method, headers) {
            return Origin::Ours;
        }
        let (site, origin) = match (one(headers, &SEC_FETCH_SITE), one(headers, &header::ORIGIN)) {
            (Ok(site), Ok(origin)) => (site, origin),
            (Err(forgery), _) | (_, Err(forgery)) => return Origin::Others(forgery),
        };
        if origin.is_some_and(|origin| self.trusted.iter().any(|trusted| **trusted == *origin)) {
            return Origin::Ours;
        }
        match (site, origin) {
            // `none` is what the user has done without a page.
            (Some("same-origin" | "none"), _) => Origin::Ours,
            (Some("same-site" | "cross-site"), _) => Origin::Others(Forgery::OtherSite),
            (Some(_), _) => Origin::Others(Forgery::Malformed),
            (None, Some(origin)) if self.is_own(origin, uri, headers) => Origin::Ours,
            (None, Some(_)) => Origin::Others(Forgery::OtherOrigin),
            (None, None) => Origin::Unsaid,
        }
    }

    /// Whether an origin is that of the request's own host. Over TLS it is that of `https` alone: a page over plain HTTP can be
    /// anybody's.
    fn is_own(&self, origin: &str, uri: &Uri, headers: &HeaderMap) -> bool {
        let host = match uri.authority() {
            Some(authority) => Some(authority.as_str()),
            None => one(headers, &header::HOST).ok().flatten(),
        };
        let Some(host) = host.filter(|host| !host.is_empty()) else { return false };
        match origin.split_once("://") {
            Some(("https", there)) => there.eq_ignore_ascii_case(host.strip_suffix(":443").unwrap_or(host)),
            Some(("http", there)) if self.is_plain => {
                there.eq_ignore_ascii_case(host.strip_suffix(":80").unwrap_or(host))
            }
            _ => false,
        }
    }
}

/// Where a request comes from.
enum Origin {
    /// A page of the service, or one that is trusted, or it changes nothing.
    Ours,
    /// A page of others.
    Others(Forgery),
    /// Nothing is said.
    Unsaid,
}

/// Whether a request may change something: its method is none of the safe ones (RFC 9110 §9.2.1), or it opens a socket.
fn may_change(method: &Method, headers: &HeaderMap) -> bool {
    let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    !is_safe || headers.contains_key(header::UPGRADE)
}

/// The only value of a field.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Forgery> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Forgery::Malformed),
        (Some(_), Some(_)) => Err(Forgery::Malformed),
    }
}

const MAC: usize = 32;

/// A token for a session, another each time.
///
/// It is the HMAC of a constant with the id for a key, so that every instance of a service knows it, and whoever reads it learns
/// nothing of the id. It is covered by random bytes beside it: a page that is compressed has nothing in it that stays the same,
/// to be guessed by the length (BREACH).
pub(crate) fn token(id: &Id) -> Result<String, Error> {
    let cover: [u8; MAC] = random::bytes()?;
    let mut covered = [0; 2 * MAC];
    covered[..MAC].copy_from_slice(&cover);
    let mac = mac(id);
    for (at, byte) in mac.as_ref().iter().enumerate() {
        covered[MAC + at] = byte ^ cover[at];
    }
    Ok(BASE64URL_NOPAD.encode(&covered))
}

/// Whether that is a token for a session.
pub(crate) fn is_token(id: &Id, token: &str) -> bool {
    // Nothing else is decoded: a stranger may send anything.
    if token.len() != 86 {
        return false;
    }
    let Ok(bytes) = BASE64URL_NOPAD.decode(token.as_bytes()) else { return false };
    let Some((cover, covered)) = bytes.split_at_checked(MAC) else { return false };
    let shown: Vec<u8> = cover.iter().zip(covered).map(|(cover, byte)| cover ^ byte).collect();
    hmac::verify(&key(id), CONTEXT, &shown).is_ok()
}

const CONTEXT: &[u8] = b"tsk csrf token";

fn key(id: &Id) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, id.bytes())
}

fn mac(id: &Id) -> hmac::Tag {
    hmac::sign(&key(id), CONTEXT)
}

impl From<Forgery> for Problem {
    fn from(forgery: Forgery) -> Self {
        tracing::debug!(reason = %forgery, "a request is taken for a forgery");
        Self::of(problem::FORGED_REQUEST).detail(forgery.told()).with_source(forgery)
    }
}

impl Forgery {
    fn told(self) -> &'static str {
        match self {
            Self::OtherSite | Self::OtherOrigin => "The request comes from a page of another origin.",
            Self::Malformed => "It cannot be read where the request comes from.",
            Self::NoToken => "Nothing says where the request comes from: send Origin, or X-CSRF-Token.",
            Self::WrongToken => "The X-CSRF-Token is not that of the session.",
        }
    }
}

impl fmt::Display for Forgery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherSite => "the browser says that the page is of another site",
            Self::OtherOrigin => "the page is of another origin",
            Self::Malformed => "what is said of the page cannot be read",
            Self::NoToken => "nothing is said of the page, and there is no token",
            Self::WrongToken => "the token is not that of the session",
        })
    }
}

impl std::error::Error for Forgery {}
