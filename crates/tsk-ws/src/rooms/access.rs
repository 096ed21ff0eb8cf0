//! Who may come into a room, and who may speak there.

use std::{fmt, sync::Arc};

use tsk_core::{Authority, authority::Caller};

/// Who may do something in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Whoever is connected.
    Everyone,
    /// Whoever is known.
    Authenticated,
    /// Whoever has a permission, as the service's [`Authority`] says. Where there is none, nobody has.
    Permission(Box<str>),
    /// Nobody but the service itself.
    Nobody,
}

impl Access {
    /// Reads it as it is written in `tsk.toml`: `everyone`, `authenticated`, `nobody`, or else a permission.
    pub fn read(text: &str) -> Self {
        match text {
            "everyone" => Self::Everyone,
            "authenticated" => Self::Authenticated,
            "nobody" | "" => Self::Nobody,
            permission => Self::Permission(permission.into()),
        }
    }

    /// Whether somebody may.
    pub fn admits(&self, caller: Option<&Caller>, authority: Option<&Arc<dyn Authority>>) -> bool {
        match self {
            Self::Everyone => true,
            Self::Authenticated => caller.is_some(),
            Self::Permission(permission) => {
                caller.zip(authority).is_some_and(|(caller, authority)| authority.permits(caller, permission))
            }
            Self::Nobody => false,
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everyone => "everyone",
            Self::Authenticated => "authenticated",
            Self::Permission(permission) => permission,
            Self::Nobody => "nobody",
        })
    }
}

#[cfg(test)]
mod tests {
    use tsk_core::{Principal, principal::Kind};

    use super::*;

    #[test]
    fn nobody_has_a_permission_where_nobody_is_asked() {
        let caller = Caller::new(Arc::new(Principal::new("ada", Kind::User)), None);
        assert!(Access::read("everyone").admits(None, None));
        assert!(!Access::read("authenticated").admits(None, None));
        assert!(Access::read("authenticated").admits(Some(&caller), None));
        assert!(!Access::read("chat:join").admits(Some(&caller), None));
        assert!(!Access::read("nobody").admits(Some(&caller), None));
        assert_eq!(Access::read(""), Access::Nobody);
    }
}
