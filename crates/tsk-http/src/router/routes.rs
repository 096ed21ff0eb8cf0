//! Routes that were checked, and can serve.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tsk_core::{BindError, Params, Policy, Problem, RouteTable};

use super::{by_version::ByVersion, literals::Literals};
use crate::{
    Config, Connection, Dispatch, Entry, Error, Exit,
    handler::Erased,
    version::{Refused, Stamp},
};

/// Routes that were checked together. A clone shares them.
#[derive(Debug, Clone)]
pub struct Routes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    literals: Literals,
    tree: Tree,
    tables: Vec<MethodTable>,
    by_version: Option<ByVersion>,
    targets: Vec<Target>,
    fallback: Option<Erased>,
    table: Arc<RouteTable>,
}

/// Gives the index of a method table for a path.
struct Tree(matchit::Router<usize>);

/// The routes of one path.
#[derive(Debug)]
pub(super) struct MethodTable {
    /// The routes by their method; `None` is any method, and comes last.
    pub(super) methods: Vec<(Option<Method>, usize)>,
    pub(super) allow: HeaderValue,
}

/// What is called for a route.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) handler: Erased,
    pub(crate) body_limit: Option<u64>,
}

impl Routes {
    pub(super) fn new(
        literals: Literals,
        tree: matchit::Router<usize>,
        tables: Vec<MethodTable>,
        by_version: Option<ByVersion>,
        targets: Vec<Target>,
        fallback: Option<Erased>,
        table: Arc<RouteTable>,
    ) -> Self {
        Self(Arc::new(Inner { literals, tree: Tree(tree), tables, by_version, targets, fallback, table }))
    }

    /// Tells a policy of all routes and has it complete their documentation: at start, before the routes are
    /// shared.
    ///
    /// # Errors
    ///
    /// What the policy finds wrong with the routes; or that the routes are shared already, so that their
    /// documentation can no longer be completed.
    pub fn bind<P: Policy>(&mut self, policy: &mut P) -> Result<(), Error> {
        let table = Arc::get_mut(&mut self.0).and_then(|inner| Arc::get_mut(&mut inner.table));
        let table =
            table.ok_or_else(|| BindError::new("routes were shared before a policy was bound to them"))?;
        table.describe(policy);
        policy.bind(table).map_err(Error::from)
    }

    /// What is known of the routes, in the order of their declaration.
    pub fn table(&self) -> &RouteTable {
        &self.0.table
    }

    /// The table, to be held by connections.
    pub fn shared_table(&self) -> &Arc<RouteTable> {
        &self.0.table
    }

    /// The index of the route for a request, and where in the path its parameters are. Of a request that no
    /// route matches, the index is that of the unmatched endpoint.
    ///
    /// Of the headers it reads the one that names the version of the API, where there is one.
    pub fn at(&self, method: &Method, path: &str, headers: &HeaderMap) -> (usize, Params) {
        if self.are_by_header() { self.at_version(method, path, headers) } else { self.at_path(method, path) }
    }

    /// Whether a header names the version, so that [`at_path`](Self::at_path) does not find all routes.
    pub(crate) fn are_by_header(&self) -> bool {
        self.version_header().is_some()
    }

    /// As [`at`](Self::at), of routes whose version is told by their path, if it is told.
    #[inline]
    pub(crate) fn at_path(&self, method: &Method, path: &str) -> (usize, Params) {
        let mut params = Params::default();
        let table = self.table_of(path, &mut params);
        match table.and_then(|table| self.0.tables[table].find(method)) {
            Some(index) => (index, params),
            None => (self.0.targets.len(), Params::default()),
        }
    }

    /// The method table of a path, and where its parameters are.
    #[inline]
    fn table_of(&self, path: &str, params: &mut Params) -> Option<usize> {
        match self.0.literals.find(path) {
            Some((table, parameter)) => {
                if let Some(parameter) = parameter {
                    params.push(parameter);
                }
                Some(table)
            }
            None => self.0.tree.find(path, params),
        }
    }

    /// As [`at`](Self::at), of routes some of which a header tells apart.
    #[inline(never)]
    pub(crate) fn at_version(&self, method: &Method, path: &str, headers: &HeaderMap) -> (usize, Params) {
        let mut params = Params::default();
        let table = self.table_of(path, &mut params);
        let found = table.and_then(|table| match &self.0.by_version {
            Some(routes) if routes.tables(table).is_some() => routes.find(table, method, headers),
            _ => self.0.tables[table].find(method),
        });
        found.map_or((self.0.targets.len(), Params::default()), |index| (index, params))
    }

    /// A service of these routes alone, for a connection, by the defaults of [`Config`].
    ///
    /// It is what a plain hyper or tower server needs; the facade puts its stack in between.
    pub fn service(&self, connection: impl Into<Connection>) -> RouteService {
        let limit = Config::default().body_limit.as_u64();
        Entry::new(Exit::new(Dispatch::new(self.clone(), limit), None), self.clone(), connection)
    }

    #[inline]
    pub(crate) fn target(&self, index: usize) -> Option<&Target> {
        self.0.targets.get(index)
    }

    pub(crate) fn fallback(&self) -> Option<&Erased> {
        self.0.fallback.as_ref()
    }

    /// The header that names the version, if one does.
    pub(crate) fn version_header(&self) -> Option<&HeaderName> {
        self.0.by_version.as_ref()?.versions.header()
    }

    /// The methods that a path has, in any version that a header may name, if there are routes at it.
    pub(crate) fn allow(&self, path: &str) -> Option<&HeaderValue> {
        let table = *self.0.tree.0.at(path).ok()?.value;
        Some(&self.0.tables[table].allow)
    }

    /// The methods that a path has, in any version, if there are routes at it, and none of them takes any method.
    pub(crate) fn declared(&self, path: &str) -> Option<&HeaderValue> {
        let table = *self.0.tree.0.at(path).ok()?.value;
        let versions = self.0.by_version.as_ref().and_then(|routes| routes.tables(table)).unwrap_or_default();
        let MethodTable { methods, allow } = &self.0.tables[table];
        let mut methods = methods.iter().chain(versions.iter().flat_map(|table| &table.methods));
        methods.all(|(method, _)| method.is_some()).then_some(allow)
    }

    /// Why a request has no route.
    pub(crate) fn missed(&self, path: &str, headers: &HeaderMap) -> Missed {
        let Some(table) = self.0.tree.0.at(path).ok().map(|matched| *matched.value) else {
            return self.missed_path(path);
        };
        let allow = &self.0.tables[table].allow;
        let Some((routes, tables)) =
            self.0.by_version.as_ref().and_then(|routes| Some((routes, routes.tables(table)?)))
        else {
            return Missed::Method { allow: allow.clone(), stamp: None };
        };
        let versions = &routes.versions;
        let version = match versions.select(headers) {
            Ok(version) => version,
            Err(refused) => {
                let allow = (refused == Refused::Unnamed).then(|| allow.clone());
                return Missed::Version { problem: versions.refuse(&refused), allow, stamp: None };
            }
        };
        let stamp = versions.stamp(version).cloned();
        let MethodTable { methods, allow } = &tables[version];
        if methods.is_empty() {
            let live = (0..tables.len()).filter(|version| !tables[*version].methods.is_empty());
            return Missed::Version { problem: versions.absent(version, live), allow: None, stamp };
        }
        Missed::Method { allow: allow.clone(), stamp }
    }

    /// Why a request has no route to whose path there is none.
    fn missed_path(&self, path: &str) -> Missed {
        let Some((routes, (version, live))) =
            self.0.by_version.as_ref().and_then(|routes| Some((routes, routes.wrong(path)?)))
        else {
            return Missed::Path;
        };
        let (problem, stamp) = match version {
            Ok(version) => {
                let stamp = routes.versions.stamp(version).cloned();
                (routes.versions.absent(version, live.into_iter()), stamp)
            }
            Err(refused) => (routes.versions.refuse(&refused), None),
        };
        Missed::Version { problem, allow: None, stamp }
    }
}

/// Why a request has no route.
pub(crate) enum Missed {
    /// There is nothing at its path.
    Path,
    /// There is, but not for its method: what is allowed, and what is said in the answer.
    Method { allow: HeaderValue, stamp: Option<Arc<Stamp>> },
    /// Its version is none, or has nothing there. Where it names none, this is what is allowed in any.
    Version { problem: Problem, allow: Option<HeaderValue>, stamp: Option<Arc<Stamp>> },
}

/// What [`Routes::service`] gives.
pub type RouteService = Entry<Exit<Dispatch>>;

impl Tree {
    #[inline(never)]
    fn find(&self, path: &str, params: &mut Params) -> Option<usize> {
        let matched = self.0.at(path).ok()?;
        let start = path.as_ptr() as usize;
        for (_, value) in matched.params.iter() {
            let offset = value.as_ptr() as usize - start;
            params.push(offset..offset + value.len());
        }
        Some(*matched.value)
    }
}

impl MethodTable {
    pub(super) fn new(methods: impl Iterator<Item = (Option<Method>, usize)>) -> Self {
        let mut methods: Vec<_> = methods.collect();
        methods.sort_by_key(|(method, _)| method.is_none());
        let allow = allow_of(methods.iter().map(|(method, _)| method.as_ref()));
        Self { methods, allow }
    }

    /// Its methods for those who ask which there are, and no route.
    pub(super) fn only_allowed(self) -> Self {
        Self { methods: Vec::new(), ..self }
    }

    #[inline]
    pub(super) fn find(&self, method: &Method) -> Option<usize> {
        let exact = |wanted: &Method| {
            self.methods.iter().find(|(method, _)| method.as_ref().is_none_or(|method| method == wanted))
        };
        match exact(method) {
            Some((Some(_), index)) => Some(*index),
            // HEAD is answered by GET before a route for any method.
            found if *method == Method::HEAD => exact(&Method::GET).or(found).map(|(_, index)| *index),
            found => found.map(|(_, index)| *index),
        }
    }
}

/// What a route takes that takes any method, of those that have a name in RFC 9110 and RFC 5789: the server refuses the
/// others.
const ANY: [&str; 6] = ["DELETE", "GET", "PATCH", "POST", "PUT", "OPTIONS"];

/// The values of `Allow` for a path; a method that is `None` is any.
fn allow_of<'a>(methods: impl Iterator<Item = Option<&'a Method>>) -> HeaderValue {
    let mut names = Vec::new();
    for method in methods {
        match method {
            Some(method) => names.push(method.as_str()),
            None => names.extend(ANY),
        }
    }
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.push("OPTIONS");
    names.sort_unstable();
    names.dedup();
    HeaderValue::from_str(&names.join(", ")).unwrap_or_else(|_| HeaderValue::from_static(""))
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tree")
    }
}
