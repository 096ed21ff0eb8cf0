//! What can be told in `tsk.toml`.

mod introspection;
mod make;
mod redis;
#[cfg(feature = "schema")]
mod schema;
mod secret;
mod session;
mod stores;
mod text;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

pub use self::{
    introspection::{ClientAuth, IntrospectionConfig},
    redis::RedisConfig,
    secret::Secret,
    session::{SessionConfig, SessionStore},
    stores::Stores,
};

/// The section `[auth]` of `tsk.toml`. It is off as long as it says nothing.
///
/// ```
/// let config: tsk_auth::Config = serde_json::from_str(r#"{
///     "role": { "editor": { "permits": ["posts:write"] } },
///     "access": [{ "routes": "/posts/*", "methods": ["POST"], "permissions": ["posts:write"] }]
/// }"#)?;
/// assert!(config.is_on());
/// let auth = config.builder()?.build();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The name under which clients keep their tokens (RFC 9110 §11.5). Default: none.
    pub realm: Option<String>,

    /// The path to which browsers are sent to log in; others are answered with 401. Default: none.
    pub login: Option<String>,

    /// Who is answered that there is no such route: `authenticated`, or `public` for everybody. Default: `authenticated`.
    pub unmatched: Whom,

    /// The issuers whose tokens are taken. Default: none.
    pub jwt: Vec<JwtConfig>,

    /// The server that is asked about tokens which say nothing themselves. Default: none.
    pub introspection: Option<IntrospectionConfig>,

    /// A file of API keys, as `tsk auth keys` writes it, or `redis` for those in `[auth.redis]`. Default: none.
    pub api_keys: Option<PathBuf>,

    /// A file of names and passwords, with a line for each account: `name:hash:roles`, the hash by argon2id. Default: none.
    pub basic: Option<PathBuf>,

    /// Sessions by a cookie. Default: there are none.
    pub session: Option<SessionConfig>,

    /// The Redis in which instances share sessions and API keys. Default: none.
    pub redis: Option<RedisConfig>,

    /// Who is told of logins, of who was refused, and of keys and sessions that end. Default: nobody.
    pub audit: Option<AuditConfig>,

    /// Where tokens say which roles their caller has: `roles`, say, or `realm_access.roles`. Default: nowhere.
    pub roles_at: Option<String>,

    /// What each role permits, by its name. Default: none.
    pub role: BTreeMap<String, RoleConfig>,

    /// Who may use which routes, in addition to what these declare themselves. Default: nothing in addition.
    pub access: Vec<AccessConfig>,
}

/// An issuer whose tokens are taken, `[[auth.jwt]]`. Its keys are at a URL or in files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct JwtConfig {
    /// What it is called, as in `iss`. It has to be said.
    pub issuer: String,

    /// For whom its tokens are, as in `aud`: for one of these. At least one has to be said.
    pub audience: Vec<String>,

    /// Where it publishes its keys: a URL that begins with `https://`. Default: nowhere.
    pub jwks: Option<String>,

    /// Files with its keys: JWK, a set of them, PEM, or a secret. Default: none.
    pub keys: Vec<PathBuf>,

    /// The algorithm that keys in PEM and secrets are for, such as `ES256`. Default: none; a JWK brings its own.
    pub algorithm: Option<String>,
}

/// The audit log, `[auth.audit]`: a line of JSON for each event. There is none where there is no such section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// Where lines go: `stdout`, `stderr`, or the path of a file, which is opened again when it has been moved away. Default:
    /// `stdout`.
    pub to: String,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { to: "stdout".into() }
    }
}

/// What a role permits, `[auth.role.NAME]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RoleConfig {
    /// Names of permissions; `users:*` is all that begin so, and `*` every one. Default: none.
    pub permits: Vec<String>,

    /// Roles all of whose permissions it has as well. Default: none.
    pub inherits: Vec<String>,
}

/// Who may use some routes, `[[auth.access]]`. Who may is who meets all that is said here, and all that the route declares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AccessConfig {
    /// The routes: a template such as `/users/{id}`, or `/users/*` for `/users` and all below it. It has to be said.
    pub routes: String,

    /// The methods. Default: all.
    pub methods: Vec<String>,

    /// `public` for everybody; `authenticated` for those of whom it is known who they are. Default: `authenticated`.
    pub whom: Whom,

    /// Roles of which a caller has one. Default: none is needed.
    pub roles: Vec<String>,

    /// Permissions of which a caller has each. Default: none is needed.
    pub permissions: Vec<String>,
}

/// Everybody, or those who are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Whom {
    /// Those of whom it is known who they are.
    #[default]
    Authenticated,
    /// Everybody.
    Public,
}

impl Config {
    /// Whether the API keys are those in Redis, and not in a file.
    pub fn has_keys_in_redis(&self) -> bool {
        self.api_keys.as_deref() == Some(Path::new("redis"))
    }

    /// Whether it says anything, so that there is authentication: who is told of it is nothing by itself.
    pub fn is_on(&self) -> bool {
        *self != Self { audit: self.audit.clone(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
