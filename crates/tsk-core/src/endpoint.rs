//! What registration knows of a route.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    panic::Location,
    sync::Arc,
};

use http::Method;

use crate::{Operation, Policy};

/// A route as it was declared: everything about it but its handler.
#[derive(Debug, Clone)]
pub struct Endpoint {
    index: usize,
    method: Option<Method>,
    template: Box<str>,
    params: Box<[Box<str>]>,
    operation: Operation,
    meta: Meta,
    place: Option<&'static Location<'static>>,
    version: Option<Box<str>>,
}

impl Endpoint {
    /// A route for one method, or for any where `method` is `None`.
    ///
    /// `template` is the path with its parameters as `{name}` and `{*rest}`; it is what metrics and spans
    /// are labelled with. The index is set when the route enters a [`RouteTable`].
    pub fn new(method: Option<Method>, template: impl Into<Box<str>>) -> Self {
        let template = template.into();
        let params = param_names(&template).map(Into::into).collect();
        let (operation, meta) = (Operation::default(), Meta::default());
        Self { index: 0, method, template, params, operation, meta, place: None, version: None }
    }

    /// Sets documentation and declarations.
    #[must_use]
    pub fn declared(mut self, operation: Operation, meta: Meta) -> Self {
        self.operation = operation;
        self.meta = meta;
        self
    }

    /// Sets the place in the source where the route was declared, which start-up errors name.
    #[must_use]
    pub fn at(mut self, place: &'static Location<'static>) -> Self {
        self.place = Some(place);
        self
    }

    /// Sets the version of the API that the route is of.
    #[must_use]
    pub fn of_version(mut self, name: impl Into<Box<str>>) -> Self {
        self.version = Some(name.into());
        self
    }

    /// The position within its [`RouteTable`]: an index for what others keep per route.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The method; `None` where the route takes any.
    pub fn method(&self) -> Option<&Method> {
        self.method.as_ref()
    }

    /// The path as declared, such as `/users/{id}`. Empty for the endpoint of unmatched requests.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The names of the path parameters, in the order of the path.
    pub fn params(&self) -> &[Box<str>] {
        &self.params
    }

    /// The documentation.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// What components declared on this route.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Where the route was declared.
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.place
    }

    /// The name of the version of the API that it is of; `None` where it is the same for all, or there are none. A route
    /// that is live in several versions is an endpoint in each.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

/// As start-up errors name a route: `GET /users/{id}`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_ref().map_or("*", Method::as_str), self.template)
    }
}

fn param_names(template: &str) -> impl Iterator<Item = &str> {
    let mut rest = template;
    std::iter::from_fn(move || {
        loop {
            let (_, opened) = rest.split_once('{')?;
            // A doubled brace is a literal one.
            if let Some(literal) = opened.strip_prefix('{') {
                rest = literal;
                continue;
            }
            let (name, closed) = opened.split_once('}')?;
            rest = closed;
            return Some(name.trim_start_matches('*'));
        }
    })
}

/// All routes of a service, and one more for requests that match none.
///
/// A request refers to its route by index, so that no reference count is shared between cores.
///
/// ```
/// use tsk_core::{Endpoint, RouteTable};
///
/// let routes = RouteTable::new([Endpoint::new(Some(http::Method::GET), "/users/{id}")]);
/// assert_eq!(routes.iter().count(), 1);
/// assert_eq!(routes.unmatched().index(), 1);
/// assert_eq!(&*routes.get(0).params()[0], "id");
/// ```
#[derive(Debug, Clone)]
pub struct RouteTable {
    endpoints: Vec<Endpoint>,
    versions: Vec<Version>,
    state: Meta,
}

/// A version of an API, as its documents name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name, such as `v2`.
    pub name: Box<str>,
    /// What its users must know, such as that it is deprecated; CommonMark.
    pub notice: Option<Box<str>>,
}

impl RouteTable {
    /// Numbers the endpoints from 0 and appends the one for unmatched requests.
    pub fn new(endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        let mut endpoints: Vec<_> = endpoints.into_iter().chain([Endpoint::new(None, "")]).collect();
        for (index, endpoint) in endpoints.iter_mut().enumerate() {
            endpoint.index = index;
        }
        Self { endpoints, versions: Vec::new(), state: Meta::default() }
    }

    /// Sets the values that handlers of this table share, by type.
    #[must_use]
    pub fn with_state(mut self, state: Meta) -> Self {
        self.state = state;
        self
    }

    /// Sets the versions of the API, the oldest first.
    #[must_use]
    pub fn with_versions(mut self, versions: Vec<Version>) -> Self {
        self.versions = versions;
        self
    }

    /// The versions of the API, the oldest first; none where it has none.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The endpoint with that index; the unmatched one for an index beyond the table.
    #[inline]
    pub fn get(&self, index: usize) -> &Endpoint {
        self.endpoints.get(index).unwrap_or_else(|| self.unmatched())
    }

    /// The endpoint of requests that no route matches. It comes after all others.
    pub fn unmatched(&self) -> &Endpoint {
        self.endpoints.last().expect("`new` appends the unmatched endpoint")
    }

    /// The declared routes, without the unmatched one.
    pub fn iter(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().take(self.endpoints.len() - 1)
    }

    /// Has a policy complete the documentation of every declared route.
    pub fn describe(&mut self, policy: &impl Policy) {
        let declared = self.endpoints.len() - 1;
        for endpoint in &mut self.endpoints[..declared] {
            let mut operation = std::mem::take(&mut endpoint.operation);
            policy.describe(endpoint, &mut operation);
            endpoint.operation = operation;
        }
    }

    /// The number of slots that something kept per endpoint needs, the unmatched one included.
    #[expect(clippy::len_without_is_empty, reason = "a table always holds the unmatched endpoint")]
    pub fn len(&self) -> usize {
        self.endpoints.len()
    }

    /// The values that handlers share, by type.
    pub fn state(&self) -> &Meta {
        &self.state
    }
}

impl Default for RouteTable {
    fn default() -> Self {
        Self::new([])
    }
}

/// Values by type: one of each, and lists of others.
///
/// A clone shares the values.
#[derive(Clone, Default)]
pub struct Meta {
    values: HashMap<TypeId, Value>,
    lists: HashMap<TypeId, Vec<Value>>,
}

type Value = Arc<dyn Any + Send + Sync>;

impl Meta {
    /// Sets the value of type `T`, in the place of an earlier one.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.values.insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// The value of type `T`.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.values.get(&TypeId::of::<T>()).and_then(|value| value.downcast_ref())
    }

    /// Whether there is a value of that type.
    pub fn contains(&self, id: TypeId) -> bool {
        self.values.contains_key(&id)
    }

    /// Adds a value to the list of those of type `T`.
    pub fn push<T: Send + Sync + 'static>(&mut self, value: T) {
        self.lists.entry(TypeId::of::<T>()).or_default().push(Arc::new(value));
    }

    /// The values in the list of type `T`: those of the outermost group first. One of a group is the same for all its
    /// routes, at one place in memory.
    pub fn list<T: Send + Sync + 'static>(&self) -> impl Iterator<Item = &T> {
        self.lists.get(&TypeId::of::<T>()).into_iter().flatten().filter_map(|value| value.downcast_ref())
    }

    /// How a route inherits from its group: it takes over the values of `outer` whose types are not here, and all lists.
    pub fn inherit(&mut self, outer: &Self) {
        for (id, value) in &outer.values {
            self.values.entry(*id).or_insert_with(|| Arc::clone(value));
        }
        for (id, values) in &outer.lists {
            self.lists.entry(*id).or_default().splice(0..0, values.iter().cloned());
        }
    }
}

impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Meta({} values)", self.values.len() + self.lists.len())
    }
}

#[cfg(test)]
mod tests;
