//! What a caller may be allowed to do, by name.

use std::{borrow::Cow, fmt, str::FromStr};

use crate::Error;

/// Something that a caller may be allowed to do, such as `users:read`.
///
/// An application has one constant for each, so that a name is written once and a misspelt one does not compile. A name has
/// the form of a scope of OAuth (RFC 6749 §3.3), because tokens and API keys carry permissions as such: up to 128 visible
/// ASCII characters but `"` and `\`. A `*` in it is refused: it stands for all names with the same beginning, in what is
/// [granted](super::Grants) and nowhere else.
///
/// ```
/// use tsk_auth::access::Permission;
///
/// const USERS_READ: Permission = Permission::new("users:read");
/// assert_eq!(USERS_READ.name(), "users:read");
/// assert!("users read".parse::<Permission>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Permission(Cow<'static, str>);

/// The longest name.
const MOST: usize = 128;

impl Permission {
    /// The permission with that name.
    ///
    /// # Panics
    ///
    /// Where the name cannot be one: in a constant, when it is compiled.
    pub const fn new(name: &'static str) -> Self {
        assert!(
            is_name(name),
            "a permission is named by up to 128 visible ASCII characters but \", \\ and *"
        );
        Self(Cow::Borrowed(name))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl FromStr for Permission {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        if is_name(name) {
            Ok(Self(Cow::Owned(name.to_owned())))
        } else {
            Err(Error::new(format!(
                "{name:?} names no permission: up to {MOST} visible ASCII characters but \", \\ and * do, such as \"users:read\""
            )))
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether it is a name, of a permission or of a role.
pub(super) const fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_graphic() || matches!(bytes[at], b'"' | b'\\' | b'*') {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes.len() <= MOST
}

/// A permission, or all whose names begin alike: `users:*`, or `*` for every one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    One(Box<str>),
    Beginning(Box<str>),
}

impl Pattern {
    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::One(one) => **one == *name,
            Self::Beginning(beginning) => name.starts_with(&**beginning),
        }
    }
}

impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.strip_suffix('*') {
            // `users*` would hold `users-of-others:read` as well, which nobody means.
            Some(beginning) if beginning.is_empty() || (beginning.ends_with(':') && is_name(beginning)) => {
                Ok(Self::Beginning(beginning.into()))
            }
            Some(_) => Err(Error::new(format!(
                "{text:?} grants nothing: a * is all of it, or stands after a colon, as in \"users:*\""
            ))),
            None => text.parse::<Permission>().map(|permission| Self::One(permission.name().into())),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(name) => f.write_str(name),
            Self::Beginning(beginning) => write!(f, "{beginning}*"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_name_is_a_scope() {
        for name in ["a", "users:read", "urn:x/y.z", &"a".repeat(128)] {
            assert!(name.parse::<Permission>().is_ok(), "{name}");
        }
        for name in ["", "a b", "a\"", "a\\", "ä", "a\n", "users:*", &"a".repeat(129)] {
            assert!(name.parse::<Permission>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_star_stands_for_a_whole_name_or_what_is_after_a_colon() {
        let matches = |pattern: &str, name: &str| pattern.parse::<Pattern>().unwrap().matches(name);
        assert!(matches("*", "users:read"));
        assert!(matches("users:*", "users:read") && matches("users:*", "users:read:own"));
        assert!(!matches("users:*", "users") && !matches("users:*", "orders:read"));
        assert!(matches("users:read", "users:read") && !matches("users:read", "users:read:own"));
        for pattern in ["users*", "*:read", "users:*:own", "**", "users:**", ""] {
            assert!(pattern.parse::<Pattern>().is_err(), "{pattern}");
        }
    }
}
