//! What an ID token has to say beside what every token has ([OpenID Connect Core 1.0] §3.1.3.7).
//!
//! [OpenID Connect Core 1.0]: https://openid.net/specs/openid-connect-core-1_0.html

use std::time::{Duration, SystemTime};

use data_encoding::BASE64URL_NOPAD;
use ring::digest;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::{OidcError, provider::Provider};
use crate::{
    jwt::{Refusal, Verified},
    time::seconds,
};

pub(super) type Claims = Map<String, Value>;

/// How far the clocks of the provider and of this service may differ.
const SKEW: u64 = 30;

/// What an ID token is compared with.
pub(super) struct Expected<'a> {
    pub(super) client_id: &'a str,
    /// What was sent with the browser; whether it has to be there.
    pub(super) nonce: (&'a str, bool),
    /// What came beside it.
    pub(super) access_token: &'a str,
    /// How long ago the user may have proved who they are.
    pub(super) max_age: Option<Duration>,
}

impl Provider {
    /// The claims of an ID token, if it is believed, is for this client, and belongs to this login.
    pub(super) async fn id_token(&self, token: &str, expected: &Expected<'_>) -> Result<Claims, OidcError> {
        let verified = self.id_tokens.verify(token).await.map_err(|refusal| refused("ID token", refusal))?;
        let claims = verified.claims().own();
        expected.check(&verified, SystemTime::now())?;
        if let Some(hash) = claims.get("at_hash")
            && hash.as_str() != half_hash(token, expected.access_token).as_deref()
        {
            return Err(OidcError::distrusted(
                "the `at_hash` of the ID token is that of another access token",
            ));
        }
        Ok(claims.clone())
    }
}

pub(super) fn refused(what: &str, refusal: Refusal) -> OidcError {
    if refusal.is_unavailable() {
        OidcError::unavailable("the keys of the provider could not be fetched")
    } else {
        OidcError::distrusted(format!("the {what}: {refusal}"))
    }
}

impl Expected<'_> {
    fn check(&self, verified: &Verified<Claims>, now: SystemTime) -> Result<(), OidcError> {
        let claims = verified.claims().own();
        let (nonce, has_to_be) = self.nonce;
        match claims.get("nonce").map(Value::as_str) {
            Some(Some(shown)) if bool::from(shown.as_bytes().ct_eq(nonce.as_bytes())) => {}
            None if !has_to_be => {}
            None => return Err(OidcError::distrusted("the ID token has no `nonce`")),
            Some(_) => {
                return Err(OidcError::distrusted("the `nonce` of the ID token is that of another login"));
            }
        }
        // Of several who may use it, one has asked for it.
        match claims.get("azp").map(Value::as_str) {
            Some(Some(party)) if party == self.client_id => {}
            None if verified.claims().audience().count() == 1 => {}
            None => return Err(OidcError::distrusted("the ID token is for several, and has no `azp`")),
            Some(_) => return Err(OidcError::distrusted("the `azp` of the ID token is another client")),
        }
        if let Some(age) = self.max_age {
            let proved = claims.get("auth_time").and_then(Value::as_u64);
            let latest = proved.map(|proved| proved.saturating_add(age.as_secs()).saturating_add(SKEW));
            if latest.is_none_or(|latest| seconds(now) > latest) {
                return Err(OidcError::distrusted(
                    "the `auth_time` of the ID token is missing, or longer ago than was asked for",
                ));
            }
        }
        Ok(())
    }
}

/// The left half of the hash of an access token, by the hash of the algorithm that the ID token is signed with (§3.1.3.6).
fn half_hash(id_token: &str, access_token: &str) -> Option<String> {
    let header = id_token.split('.').next()?;
    let header: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(header.as_bytes()).ok()?).ok()?;
    let algorithm = match header.get("alg")?.as_str()? {
        "EdDSA" | "Ed25519" => &digest::SHA512,
        name if name.ends_with("256") => &digest::SHA256,
        name if name.ends_with("384") => &digest::SHA384,
        name if name.ends_with("512") => &digest::SHA512,
        _ => return None,
    };
    let hash = digest::digest(algorithm, access_token.as_bytes());
    let (half, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    Some(BASE64URL_NOPAD.encode(half))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_access_token_is_bound_by_half_of_its_hash() {
        let token = |algorithm: &str| {
            format!("{}.e30.AA", BASE64URL_NOPAD.encode(format!(r#"{{"alg":"{algorithm}"}}"#).as_bytes()))
        };
        // The example of OpenID Connect Core 1.0, appendix A.3.
        let access = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(half_hash(&token("RS256"), access).unwrap(), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(half_hash(&token("ES384"), access).unwrap().len(), 32);
        assert_eq!(half_hash(&token("EdDSA"), access).unwrap().len(), 43);
        assert_eq!(half_hash(&token("none"), access), None);
    }
}
