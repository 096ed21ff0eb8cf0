//! What each route demands, found before the first request.

use std::sync::Arc;

use http::Method;
use tsk_core::{BindError, Declare, Endpoint, RouteTable};

use super::Access;

/// What routes demand, as a route or a group declares it.
///
/// ```
/// use tsk_auth::access::{Access, DeclareAccess, Permission};
/// # use tsk_core::{Declare, Meta, Operation};
/// # #[derive(Default)] struct Route { meta: Meta, operation: Operation }
/// # impl Declare for Route {
/// #     fn meta_mut(&mut self) -> &mut Meta { &mut self.meta }
/// #     fn operation_mut(&mut self) -> &mut Operation { &mut self.operation }
/// # }
/// # let get = |_: &str| Route::default();
///
/// const USERS_READ: Permission = Permission::new("users:read");
/// let user = get("/users/{id}").access(USERS_READ);
/// let staff = get("/staff").access(Access::role("staff"));
/// let start = get("/").public();
/// ```
pub trait DeclareAccess: Declare + Sized {
    /// Sets who may use it. What a route says stands in the place of what its group says.
    #[must_use]
    fn access(mut self, access: impl Into<Access>) -> Self {
        self.meta_mut().insert(access.into());
        self
    }

    /// Has everybody use it.
    #[must_use]
    fn public(self) -> Self {
        self.access(Access::public())
    }
}

impl<T: Declare> DeclareAccess for T {}

/// What the settings demand of routes, in addition to what those declare themselves: who may use a route has to meet both.
///
/// So the settings can close a route that the code leaves open, and cannot open one that the code closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    pub(crate) pattern: Box<str>,
    pub(crate) methods: Vec<Method>,
    pub(crate) access: Access,
}

impl Demand {
    /// A demand of the routes whose template is `pattern`; of `/admin` and all below it, where `pattern` is `/admin/*`.
    pub fn new(pattern: impl Into<Box<str>>, access: impl Into<Access>) -> Self {
        Self { pattern: pattern.into(), methods: Vec::new(), access: access.into() }
    }

    /// Demands it of a method, and not of those that are not named. Default: of all.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.methods.push(method);
        self
    }

    fn is_of(&self, endpoint: &Endpoint) -> bool {
        let template = endpoint.template();
        let has_method = match endpoint.method() {
            // A route for any method is one for this.
            None => true,
            Some(method) => self.methods.is_empty() || self.methods.contains(method),
        };
        has_method
            && match self.pattern.strip_suffix('*') {
                // `/admin/*` is of `/admin` too: whoever closes what is below closes the top.
                Some(beginning) => {
                    template.starts_with(beginning) || beginning.strip_suffix('/') == Some(template)
                }
                None => template == &*self.pattern,
            }
    }
}

/// What each route demands.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// By the index of the route, with its template: a request that comes by another table of routes, or by none, is then not
    /// taken for one of ours.
    Routes(Arc<[(Box<str>, Access)]>),
    /// The same for every request.
    Same(Arc<Access>),
}

/// Of nothing.
impl Default for Plan {
    fn default() -> Self {
        Self::Routes(Arc::default())
    }
}

impl Plan {
    /// Finds what each route demands. `unmatched` is of requests that no route is for.
    pub(crate) fn new(
        routes: &RouteTable,
        demands: &[Demand],
        unmatched: &Access,
    ) -> Result<Self, BindError> {
        let mut error = BindError::default();
        for demand in demands.iter().filter(|demand| !routes.iter().any(|endpoint| demand.is_of(endpoint))) {
            error.push(format!("access is set for {:?}, which is no route", demand.pattern));
        }
        let mut plan = Vec::with_capacity(routes.len());
        for endpoint in routes.iter() {
            match access(endpoint, demands) {
                Some(access) => plan.push((endpoint.template().into(), access)),
                None => {
                    let place = endpoint.place().map(|place| format!(" ({place})")).unwrap_or_default();
                    error.push(format!(
                        "{endpoint}{place} does not declare who may use it: .access(..) or .public()"
                    ));
                }
            }
        }
        plan.push((routes.unmatched().template().into(), unmatched.clone()));
        error.into_result().map(|()| Self::Routes(plan.into()))
    }

    /// What a route demands.
    #[inline]
    pub(crate) fn get(&self, endpoint: &Endpoint) -> &Access {
        // What was not planned for, nobody may use.
        static NOBODY: Access = Access::nobody();
        match self {
            Self::Routes(plan) => match plan.get(endpoint.index()) {
                Some((template, access)) if **template == *endpoint.template() => access,
                _ => &NOBODY,
            },
            Self::Same(access) => access,
        }
    }
}

fn access(endpoint: &Endpoint, demands: &[Demand]) -> Option<Access> {
    let own = endpoint.meta().get::<Access>().cloned();
    let demanded = demands.iter().filter(|demand| demand.is_of(endpoint)).map(|demand| demand.access.clone());
    // What is public demands nothing beside another.
    let mut all: Vec<_> = own.into_iter().chain(demanded).collect();
    let is_declared = !all.is_empty();
    all.retain(|access| !access.is_public());
    match all.len() {
        0 => is_declared.then(Access::public),
        1 => all.pop(),
        _ => Some(Access::all(all)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tsk_core::{Meta, Operation};

    use super::*;

    fn endpoint(method: Method, template: &str, access: Option<Access>) -> Endpoint {
        let mut meta = Meta::default();
        if let Some(access) = access {
            meta.insert(access);
        }
        Endpoint::new(Some(method), template).declared(Operation::default(), meta)
    }

    fn plan(endpoints: Vec<Endpoint>, demands: &[Demand]) -> Result<Vec<String>, String> {
        let routes = RouteTable::new(endpoints);
        let plan =
            Plan::new(&routes, demands, &Access::authenticated()).map_err(|error| error.to_string())?;
        Ok(routes.iter().chain([routes.unmatched()]).map(|endpoint| plan.get(endpoint).to_string()).collect())
    }

    #[test]
    fn every_route_that_declares_nothing_is_named() {
        let routes = vec![
            endpoint(Method::GET, "/a", None),
            endpoint(Method::GET, "/b", Some(Access::public())),
            endpoint(Method::POST, "/c", None),
        ];
        let error = plan(routes, &[]).unwrap_err();
        assert_eq!(
            error,
            "GET /a does not declare who may use it: .access(..) or .public(); \
             POST /c does not declare who may use it: .access(..) or .public()"
        );
    }

    #[test]
    fn settings_may_close_and_not_open() {
        let routes = || {
            vec![
                endpoint(Method::GET, "/open", Some(Access::public())),
                endpoint(Method::GET, "/closed", Some(Access::role("staff"))),
                endpoint(Method::GET, "/neither", None),
                endpoint(Method::POST, "/neither", Some(Access::role("staff"))),
            ]
        };
        let below = [Demand::new("/closed/*", Access::role("admin"))];
        assert!(
            plan(vec![endpoint(Method::GET, "/closed", Some(Access::public()))], &below).unwrap()[0]
                == "role admin"
        );
        let all = [Demand::new("/*", Access::role("admin"))];
        assert_eq!(
            plan(routes(), &all).unwrap(),
            [
                "role admin",
                "role staff and role admin",
                "role admin",
                "role staff and role admin",
                "authenticated"
            ]
        );
        let open = [
            Demand::new("/closed", Access::public()),
            Demand::new("/neither", Access::public()).method(Method::GET),
        ];
        assert_eq!(
            plan(routes(), &open).unwrap(),
            ["public", "role staff", "public", "role staff", "authenticated"]
        );
    }

    #[test]
    fn a_demand_of_no_route_is_a_mistake() {
        let routes = vec![endpoint(Method::GET, "/a", Some(Access::public()))];
        let error = plan(routes, &[Demand::new("/b", Access::public())]).unwrap_err();
        assert_eq!(error, r#"access is set for "/b", which is no route"#);
    }

    #[test]
    fn what_was_not_planned_for_nobody_may_use() {
        let routes = RouteTable::new([endpoint(Method::GET, "/a", None)]);
        assert_eq!(Plan::default().get(routes.get(0)).to_string(), "nobody");
        let other = RouteTable::new([endpoint(Method::GET, "/b", Some(Access::public()))]);
        let plan = Plan::new(&other, &[], &Access::public()).unwrap();
        assert_eq!(plan.get(routes.get(0)).to_string(), "nobody");
        assert_eq!(plan.get(RouteTable::default().unmatched()).to_string(), "nobody");
    }
}
