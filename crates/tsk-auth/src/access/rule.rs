//! Who may use a route.

use std::fmt;

use super::{Grants, Permission, Roles};

/// Who may use a route.
///
/// ```
/// use tsk_auth::access::{Access, Permission};
///
/// const ORDERS_READ: Permission = Permission::new("orders:read");
/// let access = Access::any([ORDERS_READ.into(), Access::role("support")]);
/// assert_eq!(access.to_string(), "orders:read or role support");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "it holds for a route that declares it"]
pub struct Access(pub(super) Rule);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    Public,
    Authenticated,
    Permission(Permission),
    Role(Box<str>),
    All(Vec<Access>),
    Any(Vec<Access>),
}

impl Access {
    /// Everybody may, whoever it is.
    pub const fn public() -> Self {
        Self(Rule::Public)
    }

    /// Nobody may.
    pub(crate) const fn nobody() -> Self {
        Self(Rule::Any(Vec::new()))
    }

    /// Everybody may of whom it is known who it is.
    pub const fn authenticated() -> Self {
        Self(Rule::Authenticated)
    }

    /// Those may who have the role, or one that inherits it.
    pub fn role(name: impl Into<Box<str>>) -> Self {
        Self(Rule::Role(name.into()))
    }

    /// Those may who may by each of these. None at all is everybody of whom it is known who it is.
    pub fn all(rules: impl IntoIterator<Item = Self>) -> Self {
        Self::one_or(rules, Rule::All)
    }

    /// Those may who may by one of these. None at all is nobody.
    pub fn any(rules: impl IntoIterator<Item = Self>) -> Self {
        Self::one_or(rules, Rule::Any)
    }

    fn one_or(rules: impl IntoIterator<Item = Self>, several: fn(Vec<Self>) -> Rule) -> Self {
        let mut rules: Vec<_> = rules.into_iter().collect();
        match rules.len() {
            1 => rules.remove(0),
            _ => Self(several(rules)),
        }
    }

    /// Whether everybody may.
    pub fn is_public(&self) -> bool {
        match &self.0 {
            Rule::Public => true,
            Rule::Any(rules) => rules.iter().any(Self::is_public),
            Rule::All(rules) => !rules.is_empty() && rules.iter().all(Self::is_public),
            Rule::Authenticated | Rule::Permission(_) | Rule::Role(_) => false,
        }
    }

    /// Whether a caller may of whom it is known who it is; if not, the part of the rule that it does not meet.
    ///
    /// # Errors
    ///
    /// That part.
    pub fn decide<'a>(&'a self, grants: &Grants, roles: &Roles) -> Result<(), &'a Self> {
        let is_met = match &self.0 {
            Rule::Public | Rule::Authenticated => true,
            Rule::Permission(permission) => roles.permits(grants, permission).is_some(),
            Rule::Role(name) => roles.is(grants, name),
            Rule::All(rules) => return rules.iter().try_for_each(|rule| rule.decide(grants, roles)),
            Rule::Any(rules) => rules.iter().any(|rule| rule.decide(grants, roles).is_ok()),
        };
        if is_met { Ok(()) } else { Err(self) }
    }

    /// The permissions that it speaks of: those that a token has to have as scopes, as documents say it.
    pub fn permissions(&self) -> Vec<&str> {
        match &self.0 {
            Rule::Permission(permission) => vec![permission.name()],
            Rule::All(rules) | Rule::Any(rules) => rules.iter().flat_map(Self::permissions).collect(),
            Rule::Public | Rule::Authenticated | Rule::Role(_) => Vec::new(),
        }
    }
}

impl From<Permission> for Access {
    fn from(permission: Permission) -> Self {
        Self(Rule::Permission(permission))
    }
}

/// As those read it who ask why they may not.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Rule::Public => f.write_str("public"),
            Rule::Authenticated => f.write_str("authenticated"),
            Rule::Permission(permission) => permission.fmt(f),
            Rule::Role(name) => write!(f, "role {name}"),
            Rule::All(rules) if rules.is_empty() => f.write_str("authenticated"),
            Rule::Any(rules) if rules.is_empty() => f.write_str("nobody"),
            Rule::All(rules) => join(f, rules, " and "),
            Rule::Any(rules) => join(f, rules, " or "),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, rules: &[Access], between: &str) -> fmt::Result {
    for (at, rule) in rules.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        match &rule.0 {
            Rule::All(inner) | Rule::Any(inner) if inner.len() > 1 => write!(f, "({rule})")?,
            _ => write!(f, "{rule}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const READ: Permission = Permission::new("read");
    const WRITE: Permission = Permission::new("write");

    fn decide(access: &Access, grants: &Grants) -> Result<(), String> {
        access.decide(grants, &Roles::default()).map_err(ToString::to_string)
    }

    #[test]
    fn the_part_that_is_not_met_is_named() {
        let access = Access::all([READ.into(), Access::any([WRITE.into(), Access::role("boss")])]);
        let reader = Grants::default().permission("read");
        assert_eq!(decide(&access, &reader), Err("write or role boss".into()));
        assert_eq!(decide(&access, &Grants::default().role("boss")), Err("read".into()));
        assert_eq!(decide(&access, &reader.clone().role("boss")), Ok(()));
        assert_eq!(decide(&access, &reader.permission("write")), Ok(()));
        assert_eq!(access.to_string(), "read and (write or role boss)");
        assert_eq!(access.permissions(), ["read", "write"]);
    }

    #[test]
    fn of_none_each_is_met_and_one_is_not() {
        assert_eq!(decide(&Access::all([]), &Grants::default()), Ok(()));
        assert_eq!(decide(&Access::any([]), &Grants::default()), Err("nobody".into()));
        assert!(!Access::all([]).is_public() && !Access::any([]).is_public());
    }

    #[test]
    fn what_everybody_may_is_public() {
        assert!(Access::public().is_public());
        assert!(Access::any([READ.into(), Access::public()]).is_public());
        assert!(!Access::all([READ.into(), Access::public()]).is_public());
        assert!(!Access::authenticated().is_public());
    }
}
