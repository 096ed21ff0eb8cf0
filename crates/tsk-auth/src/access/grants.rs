//! What a caller brings: roles, and permissions of its own.

/// What a caller brings: the roles that it has, and permissions that it was given by name, such as the scopes of its token.
///
/// What its roles permit, [`Roles`](super::Roles) says. A role or a permission that nobody knows grants nothing.
///
/// ```
/// use tsk_auth::access::Grants;
///
/// let grants = Grants::default().role("editor").permission("reports:read");
/// assert!(grants.has_role("editor"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    roles: Vec<Box<str>>,
    permissions: Vec<Box<str>>,
}

impl Grants {
    /// Adds a role.
    #[must_use]
    pub fn role(mut self, name: impl Into<Box<str>>) -> Self {
        self.roles.push(name.into());
        self
    }

    /// Adds a permission, or all whose names begin alike, as in `users:*`.
    #[must_use]
    pub fn permission(mut self, name: impl Into<Box<str>>) -> Self {
        self.permissions.push(name.into());
        self
    }

    /// The roles.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().map(|name| &**name)
    }

    /// The permissions that are not those of a role.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().map(|name| &**name)
    }

    /// Whether the role is one of them, and not only one that another inherits.
    pub fn has_role(&self, name: &str) -> bool {
        self.roles().any(|role| role == name)
    }
}
