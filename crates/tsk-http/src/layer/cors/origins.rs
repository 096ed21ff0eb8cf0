//! Origins, and whether one is among them.

use http::HeaderValue;

const ANY: &str = "*";
const NULL: &str = "null";

/// The origins that are allowed to ask.
#[derive(Debug)]
pub(super) enum Origins {
    /// All of them.
    Any,
    Listed {
        /// Sorted, for the search.
        exact: Vec<HeaderValue>,
        patterns: Vec<Pattern>,
    },
}

/// `https://*.example.com`, and its port.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What follows the star: `.example.com`.
    suffix: Box<str>,
}

/// Leave that was given to a request. It holds nothing of the request's buffer.
#[derive(Debug, PartialEq)]
pub enum Grant {
    /// To everybody.
    Any,
    /// To an origin of the list.
    Listed(usize),
    /// To an origin that a pattern matches.
    Matched(Box<HeaderValue>),
}

impl Origins {
    /// `None` where the list is empty.
    pub(super) fn new(list: &[String]) -> Result<Option<Self>, String> {
        if list.iter().any(|text| text == ANY) {
            return match list {
                [_] => Ok(Some(Self::Any)),
                _ => Err(format!("{ANY:?} is every origin; leave out the others, or it")),
            };
        }
        let (mut exact, mut patterns) = (Vec::new(), Vec::new());
        for text in list {
            let fault = |reason| format!("{text:?} is no origin that a browser sends: {reason}");
            match text.strip_prefix("https://*") {
                Some(suffix) => patterns.push(Pattern::new(suffix).map_err(fault)?),
                None => {
                    check(text).map_err(fault)?;
                    exact.push(HeaderValue::from_str(text).map_err(|_| fault("it is not ASCII"))?);
                }
            }
        }
        exact.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
        Ok((!list.is_empty()).then_some(Self::Listed { exact, patterns }))
    }

    /// Whether pages that are nobody's may ask: those of any origin, or of none.
    pub(super) fn include_strangers(&self) -> bool {
        match self {
            Self::Any => true,
            Self::Listed { exact, .. } => exact.iter().any(|origin| origin == NULL),
        }
    }

    /// The leave of a request with that `Origin`.
    ///
    /// What everybody gets does not depend on who asks, so that a shared cache may give it to anybody.
    #[inline]
    pub(super) fn grant(&self, origin: Option<&HeaderValue>) -> Option<Grant> {
        let Self::Listed { exact, patterns } = self else { return Some(Grant::Any) };
        let origin = origin?;
        if let Ok(index) = exact.binary_search_by(|listed| listed.as_bytes().cmp(origin.as_bytes())) {
            return Some(Grant::Listed(index));
        }
        if !patterns.iter().any(|pattern| pattern.matches(origin.as_bytes())) {
            return None;
        }
        // A copy: a clone would keep the connection's buffer from being used again.
        HeaderValue::from_bytes(origin.as_bytes()).ok().map(|origin| Grant::Matched(Box::new(origin)))
    }

    /// What `access-control-allow-origin` says.
    #[inline]
    pub(super) fn value(&self, grant: &Grant) -> Option<HeaderValue> {
        match (grant, self) {
            (Grant::Matched(origin), _) => Some((**origin).clone()),
            (Grant::Listed(index), Self::Listed { exact, .. }) => exact.get(*index).cloned(),
            _ => Some(HeaderValue::from_static(ANY)),
        }
    }
}

impl Pattern {
    fn new(suffix: &str) -> Result<Self, &'static str> {
        let Some(parent) = suffix.strip_prefix('.') else {
            return Err("the star stands for whole names, as in `https://*.example.com`");
        };
        check(&format!("https://{parent}"))?;
        if !parent.contains('.') {
            return Err("that is every site of a top-level domain");
        }
        Ok(Self { suffix: suffix.into() })
    }

    fn matches(&self, origin: &[u8]) -> bool {
        let name =
            origin.strip_prefix(b"https://").and_then(|host| host.strip_suffix(self.suffix.as_bytes()));
        // Nothing but names may stand there: no port, path or user that would make it another's host.
        name.is_some_and(|name| {
            name.split(|&byte| byte == b'.').all(|label| {
                let named = |&byte: &u8| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
                };
                !label.is_empty() && label.iter().all(named)
            })
        })
    }
}

/// Whether a browser would ever send it: scheme, host, and port if it is not the scheme's own (HTML §7.1.1).
fn check(text: &str) -> Result<(), &'static str> {
    if text == NULL {
        return Ok(());
    }
    let (scheme, rest) = text.split_once("://").ok_or("it has no scheme, such as `https://`")?;
    if text.contains('*') {
        return Err("a star can only stand for names, as in `https://*.example.com`");
    }
    if !text.is_ascii() || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("browsers write it in lower case, and other letters than a to z in Punycode");
    }
    let schematic = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) || !scheme.bytes().all(schematic) {
        return Err("the scheme cannot be read");
    }
    if rest.contains(['/', '?', '#', '@']) {
        return Err("it ends with the host or the port, without a slash");
    }
    let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
    };
    let hostly = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if host.is_empty() || host.starts_with('.') || !host.bytes().all(hostly) {
        return Err("the host cannot be read");
    }
    match port.map(|port| (port, port.parse::<u16>())) {
        None => Ok(()),
        Some(("80", _)) if scheme == "http" => Err("browsers leave out port 80"),
        Some(("443", _)) if scheme == "https" => Err("browsers leave out port 443"),
        Some((text, Ok(1..))) if !text.starts_with(['0', '+']) => Ok(()),
        Some(_) => Err("the port is not a number from 1 to 65535"),
    }
}

#[cfg(test)]
mod tests;
