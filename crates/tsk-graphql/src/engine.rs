//! What is done with a request, whatever it came by.

use std::{sync::Arc, time::Instant};

use http::request::Parts;
use juniper::OperationType;
use tsk_core::{Budget, Problem, RequestContext, Upgrade};

use crate::{
    config::Config,
    cost::Costs,
    document::Document,
    documents::Documents,
    names::Names,
    operation::Operation,
    operations::Operations,
    request::{Request, Variables},
    schema::{Found, Schema},
    told::{Code, Told},
    write::{self, Beside},
};

/// A schema, with all that is kept for it.
pub(crate) struct Engine {
    pub(crate) schema: Arc<dyn Schema>,
    pub(crate) config: Config,
    pub(crate) costs: Costs,
    pub(crate) documents: Documents,
    pub(crate) operations: Operations,
    pub(crate) names: Names,
    /// Who opens sockets, if there are any.
    pub(crate) upgrade: Option<Arc<dyn Upgrade>>,
}

/// Why a request was not run.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It cannot be.
    Told(Vec<Told>),
    /// Its caller has used up what there is.
    Spent(Problem),
}

impl Engine {
    /// The operation that is asked for, ready to run.
    ///
    /// # Errors
    ///
    /// Why it is not run.
    pub(crate) fn prepare(&self, request: &Request<'_>) -> Result<Arc<Operation>, Refusal> {
        let name = request.operation_name.as_deref();
        let document = self.documents.resolve(request)?;
        let operation = match self.operations.get(&document, name) {
            Some(operation) => operation,
            None => {
                let operation = Operation::prepare(
                    &self.schema,
                    &document,
                    name,
                    &self.config,
                    &self.costs,
                    &self.names,
                )?;
                let operation = Arc::new(operation);
                self.operations.insert(&document, name, &operation);
                operation
            }
        };
        // Only what is valid is remembered by its hash.
        self.documents.remember(request, &document);
        Ok(operation)
    }

    /// Holds a whole document against the limits and the schema.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in one line.
    pub(crate) fn check(&self, source: &str) -> Result<(), String> {
        let first = |told: Vec<Told>| told.into_iter().next().map(|told| told.message).unwrap_or_default();
        let document = Document::parse(source, self.schema.types()).map_err(|told| told.message)?;
        for operation in document.index().operations {
            Operation::prepare(&self.schema, source, operation.name, &self.config, &self.costs, &self.names)
                .map_err(first)?;
        }
        Ok(())
    }

    /// What the operation is estimated to cost with these variables, after it was charged.
    ///
    /// # Errors
    ///
    /// It is more than is allowed, or than is left.
    pub(crate) async fn charge(
        &self,
        operation: &Operation,
        variables: &Variables,
        budget: &Budget,
    ) -> Result<u64, Refusal> {
        let estimate = operation.plan.estimate(variables);
        let most = self.config.limits.cost;
        if estimate > most {
            let message = format!("The operation is estimated to cost {estimate}, and may cost {most}.");
            return Err(Told::limit("cost", message).into());
        }
        // What is free is charged nothing: the request itself was counted by its limits.
        if estimate > 0 {
            budget.debit(u32::try_from(estimate).unwrap_or(u32::MAX)).await.map_err(Refusal::Spent)?;
        }
        Ok(estimate)
    }

    /// Runs a query or a mutation, and gives the answer.
    ///
    /// # Errors
    ///
    /// Why it was not run.
    pub(crate) async fn execute(
        &self,
        operation: &Operation,
        variables: &Variables,
        parts: &Parts,
        budget: &Budget,
    ) -> Result<Vec<u8>, Refusal> {
        debug_assert!(
            operation.kind != OperationType::Subscription,
            "a subscription has more than one answer"
        );
        let estimate = self.charge(operation, variables, budget).await?;
        let start = Instant::now();
        let found = operation.execute(variables, parts).await;
        let found = found.map_err(|error| Refusal::Told(Told::of(&error, Code::BadInput)))?;
        Ok(self.write(operation, &found, parts, estimate, start))
    }

    /// The answer, in bytes; it is counted, with the time since somebody began to look for it.
    pub(crate) fn write(
        &self,
        operation: &Operation,
        found: &Found,
        parts: &Parts,
        estimate: u64,
        start: Instant,
    ) -> Vec<u8> {
        let context = RequestContext::get(&parts.extensions);
        let request_id = match context {
            Some(context) if !found.1.is_empty() => context.request_id().as_str(),
            _ => "",
        };
        log(operation, found, request_id);
        let actual = operation.plan.actual(&found.0);
        operation.measured.answered(start.elapsed(), !found.1.is_empty(), estimate, actual);
        let cost = self.config.report_cost.then_some((estimate, actual));
        let mut out = Vec::with_capacity(operation.room());
        write::found(&mut out, found, Beside { request_id, cost });
        operation.took(out.len());
        out
    }
}

/// What clients are not told goes to the log.
fn log(operation: &Operation, (_, errors): &Found, request_id: &str) {
    for error in errors.iter().filter(|error| !write::is_told(error)) {
        let operation = operation.name.as_deref().unwrap_or("");
        let path = error.path().join(".");
        tracing::error!(%request_id, operation, path, error = error.error().message(), "a resolver failed");
    }
}

impl From<Told> for Refusal {
    fn from(told: Told) -> Self {
        Self::Told(vec![told])
    }
}

impl From<Vec<Told>> for Refusal {
    fn from(told: Vec<Told>) -> Self {
        Self::Told(told)
    }
}
