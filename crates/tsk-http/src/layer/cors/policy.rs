//! A configuration, checked and ready.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::{
    Config,
    origins::{Grant, Origins},
};
use crate::Error;

/// What is allowed, with the values that say so.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) origins: Origins,
    /// `None` for those that the path has.
    pub(super) methods: Option<HeaderValue>,
    pub(super) headers: Names,
    expose: Option<HeaderValue>,
    pub(super) credentials: bool,
    pub(super) max_age: HeaderValue,
    pub(super) private_network: bool,
}

/// The request headers that may be sent.
#[derive(Debug)]
pub(super) enum Names {
    Any,
    Listed { names: Vec<HeaderName>, value: Option<HeaderValue> },
}

impl Names {
    /// Allows one more.
    pub(super) fn add(&mut self, name: &HeaderName) {
        if let Self::Listed { names, value } = self
            && !names.contains(name)
        {
            names.push(name.clone());
            *value = joined(names.iter().map(HeaderName::as_str));
        }
    }
}

const ANY: HeaderValue = HeaderValue::from_static("*");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const ORIGIN: HeaderValue = HeaderValue::from_static("origin");

impl Policy {
    /// `None` where nobody is allowed anything.
    pub(super) fn new(config: &Config) -> Result<Option<Self>, Error> {
        let Some(origins) = Origins::new(&config.origins).map_err(|reason| fault("origins", reason))? else {
            return Ok(None);
        };
        if config.credentials && origins.include_strangers() {
            return Err(fault(
                "credentials",
                "with \"*\" or \"null\" in `origins` any site could act as the user; list the origins that may",
            ));
        }
        let headers = match names("headers", &config.headers)? {
            None => Names::Any,
            Some(names) => Names::Listed { value: joined(names.iter().map(HeaderName::as_str)), names },
        };
        let expose = match names("expose", &config.expose)? {
            None if config.credentials => {
                return Err(fault(
                    "expose",
                    "with `credentials` a browser takes \"*\" for a name; list the headers",
                ));
            }
            None => Some(ANY),
            Some(names) => joined(names.iter().map(HeaderName::as_str)),
        };
        Ok(Some(Self {
            origins,
            methods: methods(&config.methods)?,
            headers,
            expose,
            credentials: config.credentials,
            max_age: config.max_age.as_secs().into(),
            private_network: config.private_network,
        }))
    }

    /// Adds to an answer what its reader may do with it.
    #[inline]
    pub(super) fn allow(&self, answer: &mut HeaderMap, grant: Option<&Grant>) {
        if !matches!(self.origins, Origins::Any) {
            vary_by_origin(answer);
        }
        if let Some(grant) = grant {
            self.grant(answer, grant);
            if let Some(expose) = &self.expose {
                answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, expose.clone());
            }
        }
    }

    /// What says the same to a preflight and to the request after it.
    pub(super) fn grant(&self, answer: &mut HeaderMap, grant: &Grant) {
        if let Some(origin) = self.origins.value(grant) {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
        if self.credentials {
            answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
    }
}

/// Tells caches that the answer depends on who asks, even where it allows nothing: kept without it, it would
/// be given to the one who is allowed (Fetch §3.3.7).
#[inline]
fn vary_by_origin(answer: &mut HeaderMap) {
    let mut present = match answer.entry(header::VARY) {
        header::Entry::Vacant(vacant) => {
            vacant.insert(ORIGIN);
            return;
        }
        header::Entry::Occupied(present) => present,
    };
    let names_origin = |value: &HeaderValue| {
        value.as_bytes().split(|&byte| byte == b',').any(|name| {
            let name = name.trim_ascii();
            name == b"*" || name.eq_ignore_ascii_case(b"origin")
        })
    };
    if !present.iter().any(names_origin) {
        let merged = [present.get().as_bytes(), b", origin"].concat();
        if let Ok(merged) = HeaderValue::from_maybe_shared(merged) {
            *present.get_mut() = merged;
        }
    }
}

fn methods(list: &[String]) -> Result<Option<HeaderValue>, Error> {
    for text in list {
        let reason = match Method::from_bytes(text.as_bytes()) {
            Ok(Method::CONNECT | Method::TRACE) => "no page may use it",
            Ok(method) if method.as_str() != text.to_ascii_uppercase() => "methods are written in capitals",
            Ok(_) if text != "*" => continue,
            _ => "it is no method",
        };
        return Err(fault("methods", format!("{text:?}: {reason}")));
    }
    Ok(joined(list.iter().map(String::as_str)))
}

/// The names of headers; `None` for all.
fn names(key: &str, list: &[String]) -> Result<Option<Vec<HeaderName>>, Error> {
    if list.iter().any(|text| text == "*") {
        return match list {
            [_] => Ok(None),
            _ => Err(fault(key, "\"*\" is every header; leave out the others, or it")),
        };
    }
    let parsed =
        list.iter().map(|text| text.parse().map_err(|_| fault(key, format!("{text:?} is no header name"))));
    parsed.collect::<Result<_, _>>().map(Some)
}

/// `None` where there is nothing to join.
fn joined<'a>(names: impl Iterator<Item = &'a str>) -> Option<HeaderValue> {
    let names: Vec<_> = names.collect();
    let value = HeaderValue::from_str(&names.join(", ")).ok();
    value.filter(|value| !value.is_empty())
}

fn fault(key: &str, reason: impl std::fmt::Display) -> Error {
    Error::config(format!("`http.cors.{key}`: {reason}"))
}
