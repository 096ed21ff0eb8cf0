//! The answers of an operation, one after the other.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use http::request::Parts;
use juniper::OperationType;
use tsk_core::{Budget, RequestContext};

use crate::{
    engine::{Engine, Refusal},
    operation::Operation,
    outlet::Given,
    request::Variables,
    schema::Found,
    told::{Code, Told},
    write,
};

/// The answers of an operation, one after the other: one of a query or a mutation, any number of a subscription.
pub(crate) struct Answers {
    given: Given<Item>,
    of: Arc<Of>,
    began: Instant,
}

type Item = Result<Found, Vec<Told>>;

/// What answers are to.
pub(crate) struct Of {
    pub(crate) engine: Arc<Engine>,
    pub(crate) operation: Arc<Operation>,
    pub(crate) parts: Parts,
    pub(crate) variables: Variables,
    /// What it was estimated to cost.
    pub(crate) estimate: u64,
}

impl Answers {
    /// Those of an operation. It is charged for once, and runs as far as somebody asks for its next answer.
    ///
    /// # Errors
    ///
    /// Why it is not run.
    pub(crate) async fn new(
        engine: &Arc<Engine>,
        operation: Arc<Operation>,
        parts: Parts,
        variables: Variables,
        budget: &Budget,
    ) -> Result<Self, Refusal> {
        let estimate = engine.charge(&operation, &variables, budget).await?;
        let of = Arc::new(Of { engine: Arc::clone(engine), operation, parts, variables, estimate });
        let running = Arc::clone(&of);
        let given = Given::new(|outlet| async move {
            let Of { operation, parts, variables, .. } = &*running;
            let ended = match operation.kind {
                OperationType::Subscription => operation.subscribe(variables, parts, &outlet).await,
                OperationType::Query | OperationType::Mutation => {
                    match operation.execute(variables, parts).await {
                        Ok(found) => {
                            outlet.send(Ok(found)).await;
                            Ok(())
                        }
                        Err(error) => Err(error),
                    }
                }
            };
            if let Err(error) = ended {
                outlet.send(Err(Told::of(&error, Code::BadInput))).await;
            }
        });
        Ok(Self { given, of, began: Instant::now() })
    }

    /// The next answer, as JSON in one line, and whether it is one of what was run; `None` at the end.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Vec<u8>, Vec<Told>>>> {
        let Of { engine, operation, parts, estimate, .. } = &*self.of;
        // Of a subscription, since the answer before: what it waits for is no work.
        let began = if operation.kind == OperationType::Subscription { Instant::now() } else { self.began };
        self.given.poll_next(cx).map(|item| {
            item.map(|item| item.map(|found| engine.write(operation, &found, parts, *estimate, began)))
        })
    }

    /// What is told of something that was not run.
    pub(crate) fn told(&self, told: &[Told]) -> Vec<u8> {
        let context = RequestContext::get(&self.of.parts.extensions);
        let mut out = Vec::new();
        write::told(&mut out, told, context.map_or("", |context| context.request_id().as_str()));
        out
    }

    /// The head of the request.
    pub(crate) fn parts(&self) -> &Parts {
        &self.of.parts
    }
}
