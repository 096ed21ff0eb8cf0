//! Whether somebody may use a route, or why not.

use std::fmt;

use serde::{Deserialize, Serialize};
use tsk_core::{Endpoint, RouteTable};

use crate::{
    Auth,
    access::{Access, Explanation, Grants, Roles},
    problem,
};

/// Who asks for which route.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subject {
    /// The route, as it was declared, such as `POST /posts`.
    pub route: String,
    /// Who is calling. Nobody is known to be where there are neither roles nor scopes either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The roles that it has, with spaces between them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub roles: String,
    /// The permissions that it has besides, such as the scopes of a token, with spaces between them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scopes: String,
}

/// Whether somebody may use a route, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The route.
    pub route: String,
    /// Whether it would be let in.
    pub allowed: bool,
    /// The status that it would be refused with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The part of the rule that refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<String>,
    /// The rule, and for each of its parts whether it is met, and by what.
    pub because: Explanation,
}

/// What was asked about is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRoute(String);

impl Subject {
    fn grants(&self) -> Option<Grants> {
        let (roles, scopes) = (self.roles.split_whitespace(), self.scopes.split_whitespace());
        let grants = roles.fold(Grants::default(), Grants::role);
        let grants = scopes.fold(grants, Grants::permission);
        (self.principal.is_some() || grants != Grants::default()).then_some(grants)
    }

    /// Whether it may use that route, where `access` is demanded; `None` for a service that asks nobody who it is.
    ///
    /// # Errors
    ///
    /// There is no such route.
    pub fn explain(&self, auth: Option<&Auth>, routes: &RouteTable) -> Result<Verdict, NoRoute> {
        let asked = self.route.trim();
        let is_it = |endpoint: &&Endpoint| endpoint.to_string() == asked;
        let endpoint = routes.iter().find(is_it).ok_or_else(|| NoRoute(asked.to_owned()))?;
        let (public, no_roles) = (Access::public(), Roles::default());
        let (access, roles) = auth.map_or((&public, &no_roles), |auth| (auth.access(endpoint), auth.roles()));
        let grants = self.grants();
        let because = access.explain(grants.as_ref(), roles);
        let (status, refused_by) = match &grants {
            _ if because.met => (None, None),
            None => (Some(problem::UNAUTHENTICATED), Some(access.to_string())),
            Some(grants) => {
                let unmet = access.decide(grants, roles).err().map(ToString::to_string);
                (Some(problem::FORBIDDEN), unmet)
            }
        };
        let status = status.map(|kind| kind.status.as_u16());
        Ok(Verdict { route: endpoint.to_string(), allowed: because.met, status, refused_by, because })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status, &self.refused_by) {
            (Some(status), Some(rule)) => writeln!(f, "{}: {status}, by {rule}", self.route)?,
            _ => writeln!(f, "{}: may be used", self.route)?,
        }
        self.because.fmt(f)
    }
}

impl fmt::Display for NoRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no route `{}`; write it as it was declared, such as `GET /users/{{id}}`", self.0)
    }
}

impl std::error::Error for NoRoute {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::Method;
    use tsk_core::{Meta, Operation, Policy as _};

    use super::*;

    fn route(template: &str, access: Access) -> Endpoint {
        let mut meta = Meta::default();
        meta.insert(access);
        Endpoint::new(Some(Method::POST), template).declared(Operation::default(), meta)
    }

    #[test]
    fn the_rule_that_refuses_is_named() {
        let posts = Access::all([
            Access::role("staff"),
            "posts:write".parse::<crate::access::Permission>().unwrap().into(),
        ]);
        let routes = RouteTable::new([route("/", Access::public()), route("/posts", posts)]);
        let roles = Roles::builder().role("editor", ["posts:*"]).build().unwrap();
        let mut auth = Auth::builder().roles(roles).build();
        auth.bind(&routes).unwrap();
        let ask = |route: &str, principal: Option<&str>, roles: &str, scopes: &str| {
            let principal = principal.map(str::to_owned);
            let subject =
                Subject { route: route.into(), principal, roles: roles.into(), scopes: scopes.into() };
            subject
                .explain(Some(&auth), &routes)
                .map(|verdict| (verdict.status, verdict.refused_by.clone(), verdict.to_string()))
        };
        assert_eq!(
            ask("POST /", None, "", "").unwrap(),
            (None, None, "POST /: may be used\nyes: public".into())
        );
        let nobody = ask("POST /posts", None, "", "").unwrap();
        assert_eq!((nobody.0, nobody.1.unwrap()), (Some(401), "role staff and posts:write".into()));
        let staff = ask("POST /posts", Some("ada"), "staff", "").unwrap();
        assert_eq!((staff.0, staff.1.as_deref()), (Some(403), Some("posts:write")));
        assert_eq!(
            staff.2,
            "POST /posts: 403, by posts:write\nno: role staff and posts:write\n  yes: role staff\n  no: posts:write"
        );
        assert_eq!(ask("POST /posts", None, "staff editor", "").unwrap().0, None);
        assert_eq!(ask("POST /posts", None, "staff", "x posts:write").unwrap().0, None);
        let none = ask("GET /posts", None, "", "").unwrap_err().to_string();
        assert!(none.starts_with("there is no route `GET /posts`"), "{none}");
    }
}
