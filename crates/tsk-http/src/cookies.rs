//! Cookies (RFC 6265bis).

use std::{borrow::Cow, convert::Infallible, fmt};

use ::cookie::CookieBuilder;
pub use ::cookie::{Cookie, SameSite, time};
use http::{HeaderValue, header, request::Parts};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use tsk_core::{FromParts, Problem, RequestContext};

/// The cookies that the client sent, and those that it is given.
///
/// ```
/// use tsk_http::{Problem, cookies::{Cookie, Cookies, host}, get, post};
///
/// async fn greet(cookies: Cookies) -> String {
///     format!("hello, {}", cookies.get("name").as_deref().unwrap_or("stranger"))
/// }
///
/// async fn settings(cookies: Cookies) -> Result<(), Problem> {
///     // HttpOnly, Secure, SameSite=Lax, Path=/: but for what is said here.
///     cookies.set(Cookie::build(("theme", "dark")).http_only(false).permanent())?;
///     cookies.set(host("session", "5f3a"))?;
///     cookies.remove("name")?;
///     Ok(())
/// }
/// # let _ = (get("/", greet), post("/settings", settings));
/// ```
///
/// What was set is written to the answer by [`Exit`](crate::Exit), whatever the answer will be, a problem too.
#[derive(Clone)]
pub struct Cookies {
    /// All that the client sent, as one list.
    received: String,
    context: RequestContext,
}

/// More than a browser keeps for a site; what comes after is passed over.
const MAX_RECEIVED: usize = 256;

impl Cookies {
    /// The value of a cookie that the client sent; of the first, where there are several of that name. Percent-encoding
    /// is undone.
    ///
    /// It is what the client says: a neighbour on another subdomain may have set it, unless the name begins with
    /// `__Host-`.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.iter().find_map(|(other, value)| (other == name).then_some(value))
    }

    /// All that the client sent, in the order in which it did, at most 256.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let pairs = self.received.split(';').map(str::trim_ascii).filter(|pair| !pair.is_empty());
        pairs.take(MAX_RECEIVED).map(|pair| {
            // One without a name is sent as its value alone (RFC 6265bis §5.8.3).
            let (name, value) = pair.split_once('=').unwrap_or(("", pair));
            let decoded = percent_decode_str(value.trim_ascii_start()).decode_utf8();
            (name.trim_ascii_end(), decoded.unwrap_or_else(|_| value.trim_ascii_start().into()))
        })
    }

    /// Gives the client a cookie. It is `HttpOnly`, `Secure` and `SameSite=Lax` and its path is `/`, unless it says
    /// otherwise; it lasts until the browser is closed, unless it has an age.
    ///
    /// What a value may not have is percent-encoded, so that any text comes back as it was.
    ///
    /// # Errors
    ///
    /// A cookie that browsers would pass over without a word. In a handler, `?` makes it a 500.
    pub fn set(&self, cookie: impl Into<Cookie<'static>>) -> Result<(), InvalidCookie> {
        let mut cookie = with_defaults(cookie.into());
        cookie.set_value(utf8_percent_encode(cookie.value(), NOT_IN_A_VALUE).to_string());
        check(&cookie).map_err(|reason| InvalidCookie { name: cookie.name().to_owned(), reason })?;
        let value = HeaderValue::try_from(cookie.to_string()).expect("every part of it was checked");
        self.context.push_cookie(value);
        Ok(())
    }

    /// Has the client forget a cookie: one of this name, path and domain.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn remove(&self, cookie: impl Into<Cookie<'static>>) -> Result<(), InvalidCookie> {
        let mut cookie = cookie.into();
        cookie.make_removal();
        self.set(cookie)
    }
}

/// A cookie whose name begins with `__Host-`: browsers take it from this very host over TLS alone, so that no other
/// subdomain can set or replace it.
pub fn host(name: &str, value: impl Into<Cow<'static, str>>) -> CookieBuilder<'static> {
    Cookie::build((format!("__Host-{name}"), value)).secure(true).path("/")
}

impl FromParts for Cookies {
    type Rejection = Infallible;

    fn from_parts(parts: &mut Parts) -> Result<Self, Infallible> {
        let mut received = String::new();
        // HTTP/2 may send each in a field of its own (RFC 9113 §8.2.3).
        for field in parts.headers.get_all(header::COOKIE) {
            received.push_str(&String::from_utf8_lossy(field.as_bytes()));
            received.push(';');
        }
        Ok(Self { received, context: RequestContext::ensure(&mut parts.extensions) })
    }
}

/// The names alone: values are secrets.
impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

fn with_defaults(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.set_http_only(cookie.http_only().unwrap_or(true));
    cookie.set_secure(cookie.secure().unwrap_or(true));
    cookie.set_same_site(cookie.same_site().unwrap_or(SameSite::Lax));
    if cookie.path().is_none() {
        cookie.set_path("/");
    }
    cookie
}

/// All but `cookie-octet` (RFC 6265bis §4.1.1), and what tells that something was encoded.
const NOT_IN_A_VALUE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

/// What browsers pass a cookie over for (RFC 6265bis §5.7).
fn check(cookie: &Cookie<'_>) -> Result<(), &'static str> {
    let (name, path, domain) = (cookie.name(), cookie.path().unwrap_or_default(), cookie.domain());
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_plain = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b';');
    let begins = |prefix: &str| name.get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix));
    let is_secure = cookie.secure() == Some(true);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("its name has characters that a name may not have");
    }
    if name.len() + cookie.value().len() > 4096 {
        return Err("name and value have more than 4,096 bytes");
    }
    if !path.starts_with('/') || !is_plain(path) || !is_plain(domain.unwrap_or_default()) {
        return Err("its path or domain is none");
    }
    if !is_secure && cookie.same_site() == Some(SameSite::None) {
        return Err("`SameSite=None` needs `Secure`");
    }
    if !is_secure && (begins("__Host-") || begins("__Secure-")) {
        return Err("a name that begins so needs `Secure`");
    }
    if begins("__Host-") && (path != "/" || domain.is_some()) {
        return Err("a name that begins with `__Host-` needs the path `/` and no domain");
    }
    Ok(())
}

/// Why a cookie cannot be set. Its message has the name, and not the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCookie {
    name: String,
    reason: &'static str,
}

impl fmt::Display for InvalidCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the cookie {:?} cannot be set: {}", self.name, self.reason)
    }
}

impl std::error::Error for InvalidCookie {}

impl From<InvalidCookie> for Problem {
    fn from(error: InvalidCookie) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests;
