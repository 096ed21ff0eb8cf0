//! Who is let in to connect, before anything is said.

use std::net::IpAddr;

use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use tsk_core::{Budget, Drain, FromParts, Problem, RequestContext, authority::Caller};

use super::{registry::Crowded, session::Admitted};

/// The subprotocol that the official client asks for where it shows a token.
pub(crate) const PROTOCOL: &str = "phoenix";

/// How the official client shows a token in a place that browsers leave to pages: as another subprotocol.
const TOKEN: &str = "base64url.bearer.phx.";

/// The same where it polls.
const TOKEN_HEADER: &str = "x-phoenix-authtoken";

/// What is known of who asks to connect.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) admitted: Admitted,
    /// Whether nothing but the token says who it is.
    pub(crate) by_token: bool,
    pub(crate) client: Option<IpAddr>,
    pub(crate) drain: Option<Drain>,
}

/// Finds out who asks to connect: as the gates in front say, or else by the token that it shows.
pub(crate) async fn admit(parts: &mut Parts) -> Result<Asking, Problem> {
    let context = RequestContext::ensure(&mut parts.extensions);
    let client = context.client(&parts.headers);
    let drain = context.scope().drain().cloned();
    let authority = context.scope().authority().cloned();
    let Ok(budget) = Budget::from_parts(parts);
    let known = Caller::of(&context);
    let by_token = known.is_none();
    let caller = match known {
        Some(caller) => Some(caller),
        None => match (token(&parts.headers), &authority) {
            (Some(token), Some(authority)) => {
                budget.debit(1).await?;
                Some(authority.authenticate(&format!("Bearer {token}")).await?)
            }
            (Some(_), None) => {
                return Err(Problem::new(StatusCode::FORBIDDEN).detail("Nobody can tell whose token it is."));
            }
            (None, _) => None,
        },
    };
    let by_token = by_token && caller.is_some();
    Ok(Asking { admitted: Admitted { caller, authority, budget }, by_token, client, drain })
}

/// The token that the official client shows.
fn token(headers: &HeaderMap) -> Option<String> {
    let decode = |token: &str| {
        let bytes = BASE64URL_NOPAD
            .decode(token.trim_end_matches('=').replace('+', "-").replace('/', "_").as_bytes());
        String::from_utf8(bytes.ok()?).ok()
    };
    let protocols = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let protocols = protocols.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let shown = protocols.filter_map(|protocol| protocol.trim().strip_prefix(TOKEN)).find_map(decode);
    let header = || headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    // What is put behind `Bearer` is one token, whatever it is.
    shown
        .or_else(header)
        .filter(|token| HeaderValue::from_str(token).is_ok() && !token.contains(char::is_whitespace))
}

/// Refuses versions of the protocol that are not spoken here.
pub(crate) fn check_version(query: Option<&str>) -> Result<(), Problem> {
    match parameter(query, "vsn") {
        None => Ok(()),
        Some(version) if version.starts_with("2.") => Ok(()),
        Some(_) => Err(Problem::new(StatusCode::BAD_REQUEST)
            .detail("Only version 2 of the protocol is spoken: `vsn=2.0.0`.")),
    }
}

/// The value of a parameter of a query.
pub(crate) fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()?;
    let value = value.replace('+', " ");
    percent_encoding::percent_decode_str(&value).decode_utf8().ok().map(|value| value.into_owned())
}

/// The answer where there are as many connections as may be.
pub(crate) fn crowded(crowded: Crowded) -> Problem {
    metrics::counter!("ws_refused_total", "reason" => crowded.reason()).increment(1);
    match crowded {
        Crowded::All => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE).detail("There are as many connections as may be.")
        }
        Crowded::Address => Problem::new(StatusCode::TOO_MANY_REQUESTS)
            .detail("This address has as many connections as it may."),
        Crowded::User => {
            Problem::new(StatusCode::TOO_MANY_REQUESTS).detail("This user has as many connections as it may.")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_token_is_where_the_official_client_puts_it() {
        let mut headers = HeaderMap::new();
        assert_eq!(token(&headers), None);
        let protocols = HeaderValue::from_static("phoenix, base64url.bearer.phx.YS5iLmM");
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocols);
        assert_eq!(token(&headers).as_deref(), Some("a.b.c"));
        headers.clear();
        headers.insert(TOKEN_HEADER, HeaderValue::from_static("a.b.c"));
        assert_eq!(token(&headers).as_deref(), Some("a.b.c"));
        headers.insert(TOKEN_HEADER, HeaderValue::from_static("a, Basic b"));
        assert_eq!(token(&headers), None);
    }

    #[test]
    fn parameters_are_found_and_decoded() {
        assert_eq!(parameter(Some("a=1&topic=chat%3A1+2&topic=x"), "topic").as_deref(), Some("chat:1 2"));
        assert_eq!(parameter(Some("atopic=1"), "topic"), None);
        assert_eq!(parameter(Some("topic=%FF"), "topic"), None);
        assert!(check_version(Some("vsn=2.0.0")).is_ok() && check_version(None).is_ok());
        assert!(check_version(Some("vsn=1.0.0")).is_err());
    }
}
