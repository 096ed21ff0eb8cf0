//! From what a token says to who is calling.

use serde_json::{Map, Value};
use tsk_core::{Principal, principal::Kind};

use super::Claims;
use crate::access::Grants;

/// What it is good for: each scope is a permission.
pub(crate) fn scopes<C>(claims: &Claims<C>) -> Grants {
    claims.scopes().fold(Grants::default(), Grants::permission)
}

/// The same with the roles that are at a place such as `realm_access.roles`: a text, or a list of texts; anything else is no
/// role.
pub(crate) fn with_roles_at(
    place: &str,
) -> impl Fn(&Claims<Map<String, Value>>) -> Grants + Send + Sync + 'static {
    let path: Vec<_> = place.split('.').map(str::to_owned).collect();
    move |claims| {
        let (first, rest) = path.split_first().expect("a text has a part, be it empty");
        let found = claims.own().get(first);
        match rest.iter().fold(found, |value, name| value?.get(name)) {
            Some(Value::String(role)) => scopes(claims).role(role.as_str()),
            Some(Value::Array(roles)) => {
                roles.iter().filter_map(Value::as_str).fold(scopes(claims), Grants::role)
            }
            _ => scopes(claims),
        }
    }
}

/// The subject, or else the client; with the name of its issuer where there are several: only together they are unique
/// (RFC 7519 §4.1.2).
pub(crate) fn identify<C>(claims: &Claims<C>, with_issuer: bool) -> Principal {
    let subject = claims.subject().or(claims.client()).unwrap_or_default();
    let id = match claims.issuer() {
        Some(issuer) if with_issuer => format!("{issuer} {subject}").into_boxed_str(),
        _ => subject.into(),
    };
    // A client that acts for itself (RFC 9068 §2.2).
    let kind = if claims.client() == Some(subject) { Kind::Service } else { Kind::User };
    let principal = Principal::new(id, kind);
    match claims.expires() {
        Some(expires) => principal.expires(expires),
        None => principal,
    }
}
