//! What the servers with everything on have in common: who calls, from where, and with what token.

use serde::{Deserialize, Serialize};

/// Of the page that asks.
pub const ORIGIN: &str = "https://app.example.com";

pub const ISSUER: &str = "https://id.example.com";
pub const AUDIENCE: &str = "https://api.example.com";

/// What a caller needs for every route.
pub const SCOPE: &str = "users:read";

/// The key of the tokens, by HS256.
pub const SECRET: &[u8] = b"thirty-two bytes that are secret";

/// What a token says.
#[derive(Clone, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: String,
    pub sub: String,
    pub exp: u64,
    pub iat: u64,
    pub jti: String,
    pub scope: String,
}
