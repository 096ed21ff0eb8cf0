//! Why somebody may or may not use a route.

use std::fmt;

use super::{Access, Grants, Roles, rule::Rule};

/// Why somebody may or may not use a route: the rule, and for each of its parts whether it is met, and by what.
///
/// ```
/// use tsk_auth::access::{Access, Grants, Permission, Roles};
///
/// const POSTS_WRITE: Permission = Permission::new("posts:write");
/// let roles = Roles::builder().role("editor", ["posts:*"]).build()?;
/// let access = Access::all([POSTS_WRITE.into(), Access::role("staff")]);
/// let caller = Grants::default().role("editor");
/// assert_eq!(
///     access.explain(Some(&caller), &roles).to_string(),
///     "no: posts:write and role staff\n  yes: posts:write, as role editor permits posts:*\n  no: role staff"
/// );
/// # Ok::<(), tsk_auth::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Explanation {
    /// Whether it is met.
    pub met: bool,
    /// The rule.
    pub rule: String,
    /// By what it is met, where that is a role or something that the caller was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The same of each of its parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Self>,
}

impl Access {
    /// Why somebody with these grants may or may not; of `None`, why somebody may or may not who is not known.
    pub fn explain(&self, grants: Option<&Grants>, roles: &Roles) -> Explanation {
        let (met, by) = match (&self.0, grants) {
            (_, None) => (self.is_public(), None),
            (Rule::Permission(permission), Some(grants)) => {
                let how = roles.permits(grants, permission);
                (how.is_some(), how.map(|how| how.to_string()))
            }
            (Rule::Role(name), Some(grants)) => {
                let by = grants.roles().find(|own| roles.is(&Grants::default().role(*own), name));
                (by.is_some(), by.filter(|own| **own != **name).map(|own| format!("role {own} inherits it")))
            }
            (_, Some(grants)) => (self.decide(grants, roles).is_ok(), None),
        };
        let parts = match &self.0 {
            Rule::All(rules) | Rule::Any(rules) => {
                rules.iter().map(|rule| rule.explain(grants, roles)).collect()
            }
            _ => Vec::new(),
        };
        Explanation { met, rule: self.to_string(), by, parts }
    }
}

impl Explanation {
    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let Self { met, rule, by, parts } = self;
        write!(f, "{:indent$}{}: {rule}", "", if *met { "yes" } else { "no" }, indent = 2 * depth)?;
        if let Some(by) = by {
            write!(f, ", as {by}")?;
        }
        parts.iter().try_for_each(|part| {
            f.write_str("\n")?;
            part.write(f, depth + 1)
        })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_said_is_what_is_decided() {
        let roles = Roles::builder().role("reader", ["read"]).inherits("boss", ["reader"]).build().unwrap();
        let rules = [
            Access::public(),
            Access::authenticated(),
            Access::role("reader"),
            Access::all([Access::role("boss"), Access::public()]),
            Access::any([Access::role("boss"), Access::role("none")]),
            Access::any([]),
        ];
        for grants in [Grants::default(), Grants::default().role("boss"), Grants::default().role("reader")] {
            for rule in &rules {
                let decided = rule.decide(&grants, &roles).is_ok();
                assert_eq!(rule.explain(Some(&grants), &roles).met, decided, "{rule}");
                assert_eq!(rule.explain(None, &roles).met, rule.is_public(), "{rule}");
            }
        }
        let boss = Grants::default().role("boss");
        assert_eq!(
            rules[2].explain(Some(&boss), &roles).to_string(),
            "yes: role reader, as role boss inherits it"
        );
        assert_eq!(
            rules[3].explain(None, &roles).to_string(),
            "no: role boss and public\n  no: role boss\n  yes: public"
        );
    }
}
