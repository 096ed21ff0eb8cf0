//! The problems that refuse a request.

use http::StatusCode;
use tsk_core::problem::Kind;

/// There is no proof of who is calling.
pub const UNAUTHENTICATED: Kind =
    kind("urn:tsk:problems/unauthenticated", "Authentication required", StatusCode::UNAUTHORIZED);

/// The token is not believed.
pub const INVALID_TOKEN: Kind =
    kind("urn:tsk:problems/invalid-token", "Invalid token", StatusCode::UNAUTHORIZED);

/// The key is not believed.
pub const INVALID_API_KEY: Kind =
    kind("urn:tsk:problems/invalid-api-key", "Invalid API key", StatusCode::UNAUTHORIZED);

/// The token is good, but not for this.
pub const INSUFFICIENT_SCOPE: Kind =
    kind("urn:tsk:problems/insufficient-scope", "Insufficient scope", StatusCode::FORBIDDEN);

/// Whoever is calling may not do that.
pub const FORBIDDEN: Kind = kind("urn:tsk:problems/forbidden", "Forbidden", StatusCode::FORBIDDEN);

/// The proof is not in a form, or not once, so that it could be looked at.
pub const INVALID_AUTHORIZATION: Kind =
    kind("urn:tsk:problems/invalid-authorization", "Invalid authorization", StatusCode::BAD_REQUEST);

/// Whether the token is good cannot be found out at the moment.
pub const KEYS_UNAVAILABLE: Kind =
    kind("urn:tsk:problems/keys-unavailable", "Keys unavailable", StatusCode::SERVICE_UNAVAILABLE);

/// Whether the token is good cannot be asked at the moment.
pub const TOKENS_UNAVAILABLE: Kind =
    kind("urn:tsk:problems/tokens-unavailable", "Tokens unavailable", StatusCode::SERVICE_UNAVAILABLE);

/// A page of another site has had the browser send it, or may have.
pub const FORGED_REQUEST: Kind =
    kind("urn:tsk:problems/forged-request", "Request from another site", StatusCode::FORBIDDEN);

/// Sessions cannot be looked up, or kept, at the moment.
pub const SESSIONS_UNAVAILABLE: Kind =
    kind("urn:tsk:problems/sessions-unavailable", "Sessions unavailable", StatusCode::SERVICE_UNAVAILABLE);

/// The password is wrong, or there is no such account.
pub const INVALID_CREDENTIALS: Kind =
    kind("urn:tsk:problems/invalid-credentials", "Invalid credentials", StatusCode::UNAUTHORIZED);

/// There were too many wrong passwords.
pub const TOO_MANY_LOGINS: Kind =
    kind("urn:tsk:problems/too-many-logins", "Too many logins", StatusCode::TOO_MANY_REQUESTS);

/// Too many passwords are being looked at.
pub const LOGINS_BUSY: Kind =
    kind("urn:tsk:problems/logins-busy", "Logins are busy", StatusCode::SERVICE_UNAVAILABLE);

const fn kind(uri: &'static str, title: &'static str, status: StatusCode) -> Kind {
    Kind { uri, title, status }
}
