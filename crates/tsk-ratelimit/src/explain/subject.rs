//! About whom it is.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

/// About whom an explanation is.
///
/// ```
/// use tsk_ratelimit::explain::Subject;
///
/// assert_eq!(Subject::new("2001:db8::7").address, Some("2001:db8::7".parse().unwrap()));
/// assert_eq!(Subject::new("ada").key.as_deref(), Some("ada"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The address that a request comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// What stands for it elsewhere: who is calling, or the value of the header or of the cookie by which a rule tells accounts
    /// apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What kind of principal that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// The tier of the principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// The route that it asks for, such as `POST /login`; all of them, if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
}

/// What kind of principal somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Caller {
    /// A person.
    #[default]
    User,
    /// Another service.
    Service,
    /// The holder of an API key.
    ApiKey,
}

impl Subject {
    /// Whoever has that address, if it is one, or else that key.
    pub fn new(key_or_address: &str) -> Self {
        match key_or_address.parse() {
            Ok(address) => Self { address: Some(address), ..Self::default() },
            Err(_) => Self { key: Some(key_or_address.to_owned()), ..Self::default() },
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, self.address) {
            (Some(key), Some(address)) => write!(f, "{key} from {address}")?,
            (Some(key), None) => f.write_str(key)?,
            (None, Some(address)) => write!(f, "{address}")?,
            (None, None) => f.write_str("anybody without an address")?,
        }
        match &self.route {
            Some(route) => write!(f, " at {route}"),
            None => Ok(()),
        }
    }
}

/// Why nothing can be said of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unclear {
    /// There is no such route.
    Route(String),
    /// The key cannot be in a request.
    Key,
    /// Nothing was said of whom it is about.
    Nobody,
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route(route) => {
                write!(
                    f,
                    "there is no route `{route}`; name one as it was declared, such as `GET /users/{{id}}`"
                )
            }
            Self::Key => f.write_str("the key has characters that no request can have"),
            Self::Nobody => f.write_str("say whom it is about: an address or a key"),
        }
    }
}

impl std::error::Error for Unclear {}
