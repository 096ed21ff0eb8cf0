//! Routes that were checked, and can serve.

use std::sync::Arc;

use http::{HeaderValue, Method};
use tsk_core::{BindError, Params, Policy, RouteTable};

use super::literals::Literals;
use crate::{Config, Connection, Dispatch, Entry, Error, Exit, handler::Erased};

/// Routes that were checked together. A clone shares them.
#[derive(Debug, Clone)]
pub struct Routes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    literals: Literals,
    tree: Tree,
    tables: Vec<MethodTable>,
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
        mut tables: Vec<MethodTable>,
        targets: Vec<Target>,
        fallback: Option<Erased>,
        table: Arc<RouteTable>,
    ) -> Self {
        for table in &mut tables {
            table.methods.sort_by_key(|(method, _)| method.is_none());
        }
        Self(Arc::new(Inner { literals, tree: Tree(tree), tables, targets, fallback, table }))
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
    #[inline]
    pub fn at(&self, method: &Method, path: &str) -> (usize, Params) {
        let mut params = Params::default();
        let table = match self.0.literals.find(path) {
            Some((table, parameter)) => {
                if let Some(parameter) = parameter {
                    params.push(parameter);
                }
                Some(table)
            }
            None => self.0.tree.find(path, &mut params),
        };
        match table.and_then(|table| self.0.tables[table].find(method)) {
            Some(index) => (index, params),
            None => (self.0.targets.len(), Params::default()),
        }
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

    /// The methods that a path has, if there are routes at it, and none of them takes any method.
    pub(crate) fn declared(&self, path: &str) -> Option<&HeaderValue> {
        let MethodTable { methods, allow } = &self.0.tables[*self.0.tree.0.at(path).ok()?.value];
        methods.iter().all(|(method, _)| method.is_some()).then_some(allow)
    }

    /// The methods that a path has, if there is any route at it.
    pub(crate) fn allow(&self, path: &str) -> Option<HeaderValue> {
        let matched = self.0.tree.0.at(path).ok()?;
        Some(self.0.tables[*matched.value].allow.clone())
    }
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
    #[inline]
    fn find(&self, method: &Method) -> Option<usize> {
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

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tree")
    }
}
