//! An operation that was parsed, found valid and planned, to be run as often as it is asked for.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use http::request::Parts;
use juniper::{GraphQLError, OperationType};
use self_cell::self_cell;
use tracing::Instrument as _;

use crate::{
    config::Config,
    cost::{Costs, Plan},
    document::Document,
    limits,
    measured::Measured,
    names::Names,
    outlet::Outlet,
    request::Variables,
    schema::{Found, Runnable, Schema},
    span,
    told::{Code, Told},
};

/// An operation, with the document that it is in.
pub(crate) struct Operation {
    cell: Cell,
    pub(crate) kind: OperationType,
    /// What the document calls it.
    pub(crate) name: Option<Box<str>>,
    /// What it is counted as.
    pub(crate) counted_as: String,
    pub(crate) measured: Measured,
    pub(crate) plan: Plan,
    /// Whether its span has the document.
    pub(crate) is_document_traced: bool,
    /// The bytes of an answer that it had.
    answered: AtomicUsize,
}

/// What an operation borrows from.
struct Source {
    schema: Arc<dyn Schema>,
    document: Box<str>,
}

self_cell!(
    /// An operation borrows its words from the document, and its types from the schema.
    struct Cell {
        owner: Source,
        #[covariant]
        dependent: Runnable,
    }
);

impl Operation {
    /// Reads an operation out of a document: it is held against the limits, found valid, and planned.
    ///
    /// # Errors
    ///
    /// Why it is not run.
    pub(crate) fn prepare(
        schema: &Arc<dyn Schema>,
        source: &str,
        name: Option<&str>,
        config: &Config,
        costs: &Costs,
        names: &Names,
    ) -> Result<Self, Vec<Told>> {
        limits::before_parsing(source, config)?;
        let document = Document::parse(source, schema.types())?;
        let index = document.index();
        limits::before_validation(&document, &index, config)?;
        let operation = index.operation(name)?;
        let owner = Source { schema: Arc::clone(schema), document: source.into() };
        let cell = Cell::try_new(owner, |source| source.schema.validate(&source.document, name))
            .map_err(|error| Told::of(&error, Code::Invalid))?;
        let plan = Plan::new(&index, &operation, schema.types(), costs, config.limits.list_size);
        let counted_as = names.of(operation.name);
        let measured = Measured::new(&counted_as, type_name(operation.kind));
        Ok(Self {
            cell,
            kind: operation.kind,
            name: operation.name.map(Into::into),
            counted_as,
            measured,
            plan,
            is_document_traced: config.trace_document,
            answered: AtomicUsize::new(256),
        })
    }

    /// The word for its kind.
    pub(crate) fn type_name(&self) -> &'static str {
        type_name(self.kind)
    }

    /// The document that it is in.
    pub(crate) fn document(&self) -> &str {
        &self.cell.borrow_owner().document
    }

    /// The room that an answer is likely to need: one that has to grow is copied.
    pub(crate) fn room(&self) -> usize {
        self.answered.load(Relaxed)
    }

    /// Says what an answer has needed.
    pub(crate) fn took(&self, bytes: usize) {
        const MOST: usize = 64 << 10;
        let room = (bytes + bytes / 8).min(MOST);
        if room > self.room() {
            self.answered.store(room, Relaxed);
        }
    }

    /// Runs a query or a mutation.
    ///
    /// # Errors
    ///
    /// Why it is not run: a variable has a value that is not of its type.
    pub(crate) async fn execute(
        &self,
        variables: &Variables,
        request: &Parts,
    ) -> Result<Found, GraphQLError> {
        let span = span::of(self);
        let found = self.cell.borrow_dependent().execute(variables, request).instrument(span.clone()).await?;
        span::found(&span, &found);
        Ok(found)
    }

    /// Runs a subscription to its end.
    ///
    /// # Errors
    ///
    /// Why it does not begin.
    pub(crate) async fn subscribe(
        &self,
        variables: &Variables,
        request: &Parts,
        outlet: &Outlet<Result<Found, Vec<Told>>>,
    ) -> Result<(), GraphQLError> {
        self.cell.borrow_dependent().subscribe(variables, request, outlet).instrument(span::of(self)).await
    }
}

fn type_name(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

impl From<Told> for Vec<Told> {
    fn from(told: Told) -> Self {
        vec![told]
    }
}
