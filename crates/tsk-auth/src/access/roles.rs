//! What roles permit, and which inherit which.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    Grants, Permission,
    permission::{Pattern, is_name},
};
use crate::Error;

/// What each role permits, with what it inherits of others.
///
/// ```
/// use tsk_auth::access::{Grants, Permission, Roles};
///
/// const POSTS_WRITE: Permission = Permission::new("posts:write");
/// let roles = Roles::builder()
///     .role("editor", ["posts:write"])
///     .role("admin", ["users:*"])
///     .inherits("admin", ["editor"])
///     .build()?;
/// let caller = Grants::default().role("admin");
/// let how = roles.permits(&caller, &POSTS_WRITE).unwrap();
/// assert_eq!(how.to_string(), "role admin, which inherits editor, permits posts:write");
/// # Ok::<(), tsk_auth::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Roles {
    /// By name, so that few are looked at; who inherits has all there is to it, the own first.
    roles: BTreeMap<Box<str>, Role>,
}

#[derive(Debug, Clone)]
struct Role {
    permits: Vec<Granted>,
    /// Itself among them.
    is: BTreeSet<Box<str>>,
}

#[derive(Debug, Clone)]
struct Granted {
    pattern: Pattern,
    /// The role whose own it is.
    of: Box<str>,
}

/// How [`Roles`] are said.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Builder {
    roles: BTreeMap<String, Declared>,
}

#[derive(Debug, Clone, Default)]
struct Declared {
    permits: Vec<String>,
    inherits: Vec<String>,
}

/// By what a caller may do something: as those read it who ask why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct How<'a>(Way<'a>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way<'a> {
    Given(&'a str),
    Role { role: &'a str, of: &'a str, pattern: &'a Pattern },
}

impl Roles {
    /// No roles yet.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The names of the roles, in the order of the alphabet.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.roles.keys().map(|name| &**name)
    }

    /// By what of its grants a caller may do that; `None` where it may not.
    pub fn permits<'a>(&'a self, grants: &'a Grants, permission: &Permission) -> Option<How<'a>> {
        let name = permission.name();
        if let Some(given) = grants.permissions().find(|given| holds(given, name)) {
            return Some(How(Way::Given(given)));
        }
        grants.roles().find_map(|role| {
            let permits = &self.roles.get(role)?.permits;
            let Granted { pattern, of } = permits.iter().find(|granted| granted.pattern.matches(name))?;
            Some(How(Way::Role { role, of, pattern }))
        })
    }

    /// Whether a caller has the role, or one that inherits it.
    pub fn is(&self, grants: &Grants, role: &str) -> bool {
        grants.roles().any(|own| own == role || self.roles.get(own).is_some_and(|own| own.is.contains(role)))
    }
}

/// Whether what a caller was given, such as a scope, is that permission or stands for it. What has no meaning gives nothing.
fn holds(given: &str, name: &str) -> bool {
    given == name
        || (given.ends_with('*') && given.parse::<Pattern>().is_ok_and(|pattern| pattern.matches(name)))
}

impl Builder {
    /// Adds a role, or to one: what it permits, as names of permissions; `users:*` is all that begin so, and `*` every one.
    pub fn role<S: Into<String>>(
        mut self,
        name: impl Into<String>,
        permits: impl IntoIterator<Item = S>,
    ) -> Self {
        self.roles.entry(name.into()).or_default().permits.extend(permits.into_iter().map(Into::into));
        self
    }

    /// Has a role permit all that others do, and be what they are.
    pub fn inherits<S: Into<String>>(
        mut self,
        name: impl Into<String>,
        others: impl IntoIterator<Item = S>,
    ) -> Self {
        self.roles.entry(name.into()).or_default().inherits.extend(others.into_iter().map(Into::into));
        self
    }

    /// The roles.
    ///
    /// # Errors
    ///
    /// A name that cannot be one, a role that inherits one that there is not, and one that inherits itself, by whichever way.
    pub fn build(self) -> Result<Roles, Error> {
        let mut roles = BTreeMap::new();
        for name in self.roles.keys() {
            if !is_name(name) {
                return Err(Error::new(format!(
                    "{name:?} names no role: up to 128 visible ASCII characters but \", \\ and * do"
                )));
            }
            let mut role = Role { permits: Vec::new(), is: BTreeSet::new() };
            self.gather(name, &mut Vec::new(), &mut role)?;
            roles.insert(name.as_str().into(), role);
        }
        Ok(Roles { roles })
    }

    /// Adds to `role` what `name` has; `path` are those through whom it came.
    fn gather<'a>(&'a self, name: &'a str, path: &mut Vec<&'a str>, role: &mut Role) -> Result<(), Error> {
        if path.contains(&name) {
            let path =
                path.iter().skip_while(|role| **role != name).chain([&name]).copied().collect::<Vec<_>>();
            return Err(Error::new(format!("a role inherits itself: {}", path.join(" → "))));
        }
        let Some(declared) = self.roles.get(name) else {
            let heir = path.last().copied().unwrap_or_default();
            return Err(Error::new(format!("role {heir:?} inherits {name:?}, which is not a role")));
        };
        if !role.is.insert(name.into()) {
            return Ok(());
        }
        for permission in &declared.permits {
            let pattern =
                permission.parse().map_err(|error| Error::new(format!("role {name:?}: {error}")))?;
            role.permits.push(Granted { pattern, of: name.into() });
        }
        path.push(name);
        for other in &declared.inherits {
            self.gather(other, path, role)?;
        }
        path.pop();
        Ok(())
    }
}

impl fmt::Display for How<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Way::Given(given) => write!(f, "the caller was given {given}"),
            Way::Role { role, of, pattern } if *role == *of => write!(f, "role {role} permits {pattern}"),
            Way::Role { role, of, pattern } => {
                write!(f, "role {role}, which inherits {of}, permits {pattern}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const READ: Permission = Permission::new("posts:read");
    const WRITE: Permission = Permission::new("posts:write");

    fn roles() -> Roles {
        let roles = Roles::builder()
            .role("reader", ["posts:read"])
            .role("editor", ["posts:write"])
            .inherits("editor", ["reader"])
            .role("admin", ["users:*"])
            .inherits("admin", ["editor", "reader"]);
        roles.build().unwrap()
    }

    #[test]
    fn a_role_permits_what_it_inherits() {
        let roles = roles();
        let of = |role: &str| Grants::default().role(role);
        assert!(roles.permits(&of("reader"), &READ).is_some());
        assert_eq!(roles.permits(&of("reader"), &WRITE), None);
        let admin = of("admin");
        let how = roles.permits(&admin, &READ).unwrap();
        assert_eq!(how.to_string(), "role admin, which inherits reader, permits posts:read");
        assert!(roles.permits(&admin, &Permission::new("users:delete")).is_some());
        assert_eq!(roles.permits(&of("nobody"), &READ), None);
        assert_eq!(roles.permits(&Grants::default(), &READ), None);
    }

    #[test]
    fn whoever_inherits_a_role_has_it() {
        let roles = roles();
        assert!(roles.is(&Grants::default().role("admin"), "reader"));
        assert!(!roles.is(&Grants::default().role("reader"), "admin"));
        // A role that nobody declared is what it is, and permits nothing.
        assert!(roles.is(&Grants::default().role("guest"), "guest"));
    }

    #[test]
    fn a_permission_may_come_without_a_role() {
        let roles = Roles::default();
        assert!(roles.permits(&Grants::default().permission("posts:read"), &READ).is_some());
        assert!(roles.permits(&Grants::default().permission("posts:*"), &READ).is_some());
        for other in ["posts", "posts:readx", "posts*", "*read", "p*", "POSTS:READ"] {
            assert_eq!(roles.permits(&Grants::default().permission(other), &READ), None, "{other}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let error = |builder: Builder| builder.build().unwrap_err().to_string();
        let circle = Roles::builder().inherits("a", ["b"]).inherits("b", ["c"]).inherits("c", ["b"]);
        assert_eq!(error(circle), "a role inherits itself: b → c → b");
        let unknown = Roles::builder().inherits("a", ["b"]);
        assert_eq!(error(unknown), r#"role "a" inherits "b", which is not a role"#);
        assert!(error(Roles::builder().role("a b", ["x"])).contains("names no role"));
        assert!(
            error(Roles::builder().role("a", ["x y"])).starts_with(r#"role "a": "x y" names no permission"#)
        );
    }

    #[test]
    fn a_role_that_comes_by_two_ways_is_no_circle() {
        let diamond = Roles::builder()
            .role("d", ["x"])
            .inherits("b", ["d"])
            .inherits("c", ["d"])
            .inherits("a", ["b", "c"]);
        assert!(diamond.build().unwrap().is(&Grants::default().role("a"), "d"));
    }
}
