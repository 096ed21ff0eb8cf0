//! What operations cost.

mod directives;
mod plan;

use std::collections::HashMap;

pub(crate) use plan::Plan;

/// What fields cost, by `Type.field`, where it is not what every field costs.
///
/// A field that is an object costs 1, one that is not costs nothing, and a mutation costs 10 more. A list costs that as many times
/// as are asked for: by the argument `first`, `last` or `limit`, if it has one, of the list or of the field that it is in, as in
/// connections; else by [`list_size`](crate::Limits::list_size). A variable counts as its value does.
///
/// ```
/// use tsk_graphql::{Cost, Costs};
///
/// let costs = Costs::new()
///     .field("Query.search", Cost::new(20))
///     .field("User.friends", Cost::new(1).size_by("count").assumed_size(100));
/// # let _ = costs;
/// ```
#[derive(Debug, Clone, Default)]
pub struct Costs(HashMap<String, Cost>);

/// What a field costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cost {
    weight: Option<u64>,
    sizes: Vec<String>,
    assumed: Option<u64>,
}

impl Costs {
    /// Nothing costs anything else than usual.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what a field costs, as in `Query.search`.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, cost: Cost) -> Self {
        self.0.insert(name.into(), cost);
        self
    }

    /// Reads `@cost(weight: 20)` and `@listSize(slicingArguments: ["first"], assumedSize: 100)` on the fields of a schema in
    /// its own language, as the draft of the [cost specification](https://ibm.github.io/graphql-specs/cost-spec.html) has them.
    ///
    /// # Errors
    ///
    /// The schema cannot be read, or a directive has no number where it needs one.
    pub fn from_sdl(sdl: &str) -> Result<Self, crate::Error> {
        directives::read(sdl)
    }

    fn of(&self, parent: &str, field: &str) -> Option<&Cost> {
        if self.0.is_empty() { None } else { self.0.get(&format!("{parent}.{field}")) }
    }

    /// The fields that something is said of.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Cost {
    /// So many units; of a list, each that is in it.
    pub fn new(weight: u64) -> Self {
        Self { weight: Some(weight), ..Self::default() }
    }

    /// The argument that says how many there shall be. Of several that are there, the largest counts.
    #[must_use]
    pub fn size_by(mut self, argument: impl Into<String>) -> Self {
        self.sizes.push(argument.into());
        self
    }

    /// How many there are where nobody says.
    #[must_use]
    pub fn assumed_size(mut self, size: u64) -> Self {
        self.assumed = Some(size);
        self
    }
}
