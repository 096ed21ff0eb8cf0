//! A schema of juniper's, whatever its types are.

use std::{future::Future, pin::Pin};

use http::request::Parts;
use juniper::{
    DefaultScalarValue, ExecutionError, GraphQLError, GraphQLSubscriptionType, GraphQLTypeAsync, RootNode,
    SchemaType, ValidatedOperation, futures::StreamExt as _,
};

use crate::{outlet::Outlet, request::Variables, told::Told};

/// What was found: as much of it as could be, and what was wrong with the rest.
pub(crate) type Found = (juniper::Value, Vec<ExecutionError<DefaultScalarValue>>);

/// What an execution gives.
pub(crate) type Executing<'a> = Pin<Box<dyn Future<Output = Result<Found, GraphQLError>> + Send + 'a>>;

/// A schema, whatever its types are.
pub(crate) trait Schema: Send + Sync + 'static {
    /// What is known of its types.
    fn types(&self) -> &SchemaType<DefaultScalarValue>;

    /// The schema in its own language.
    fn sdl(&self) -> String;

    /// Reads an operation out of a document.
    fn validate<'a>(
        &'a self,
        document: &'a str,
        operation: Option<&str>,
    ) -> Result<Runnable<'a>, GraphQLError>;
}

/// An operation that is valid for its schema.
pub(crate) type Runnable<'a> = Box<dyn Run + 'a>;

/// An operation, to be run as often as it is asked for.
pub(crate) trait Run: Send + Sync {
    /// Runs a query or a mutation.
    fn execute<'a>(&'a self, variables: &'a Variables, request: &'a Parts) -> Executing<'a>;

    /// Runs a subscription to its end, and gives what comes of it to the outlet.
    fn subscribe<'a>(
        &'a self,
        variables: &'a Variables,
        request: &'a Parts,
        outlet: &'a Outlet<Result<Found, Vec<Told>>>,
    ) -> Subscribing<'a>;
}

/// What a subscription gives when it has ended: why it did not begin, if it did not.
pub(crate) type Subscribing<'a> = Pin<Box<dyn Future<Output = Result<(), GraphQLError>> + Send + 'a>>;

/// A schema with its types, and what makes the context of a request.
pub(crate) struct Typed<Q, M, S, F>
where
    Q: juniper::GraphQLType,
    M: juniper::GraphQLType,
    S: juniper::GraphQLType,
{
    pub(crate) root: RootNode<Q, M, S>,
    pub(crate) context: F,
}

impl<Q, M, S, F> Schema for Typed<Q, M, S, F>
where
    Q: GraphQLTypeAsync<DefaultScalarValue, TypeInfo: Send + Sync, Context: Send + Sync> + Send + 'static,
    M: GraphQLTypeAsync<DefaultScalarValue, Context = Q::Context, TypeInfo: Send + Sync> + Send + 'static,
    S: GraphQLSubscriptionType<DefaultScalarValue, Context = Q::Context, TypeInfo: Send + Sync>
        + Send
        + 'static,
    F: Fn(&Parts) -> Q::Context + Send + Sync + 'static,
{
    fn types(&self) -> &SchemaType<DefaultScalarValue> {
        &self.root.schema
    }

    fn sdl(&self) -> String {
        self.root.as_sdl()
    }

    fn validate<'a>(
        &'a self,
        document: &'a str,
        operation: Option<&str>,
    ) -> Result<Runnable<'a>, GraphQLError> {
        let operation = ValidatedOperation::new(document, operation, &self.root)?;
        Ok(Box::new(Valid { operation, context: &self.context }))
    }
}

struct Valid<'s, Q, M, S, F>
where
    Q: juniper::GraphQLType,
    M: juniper::GraphQLType,
    S: juniper::GraphQLType,
{
    operation: ValidatedOperation<'s, Q, M, S>,
    context: &'s F,
}

impl<Q, M, S, F> Run for Valid<'_, Q, M, S, F>
where
    Q: GraphQLTypeAsync<DefaultScalarValue, TypeInfo: Send + Sync, Context: Send + Sync> + Send,
    M: GraphQLTypeAsync<DefaultScalarValue, Context = Q::Context, TypeInfo: Send + Sync> + Send,
    S: GraphQLSubscriptionType<DefaultScalarValue, Context = Q::Context, TypeInfo: Send + Sync> + Send,
    F: Fn(&Parts) -> Q::Context + Send + Sync,
{
    fn execute<'a>(&'a self, variables: &'a Variables, request: &'a Parts) -> Executing<'a> {
        Box::pin(async move {
            let context = (self.context)(request);
            self.operation.execute(variables, &context).await
        })
    }

    fn subscribe<'a>(
        &'a self,
        variables: &'a Variables,
        request: &'a Parts,
        outlet: &'a Outlet<Result<Found, Vec<Told>>>,
    ) -> Subscribing<'a> {
        Box::pin(async move {
            let context = (self.context)(request);
            let (streams, errors) = self.operation.resolve_into_stream(variables, &context).await?;
            let juniper::Value::Object(streams) = streams else {
                outlet.send(Ok((juniper::Value::Null, errors))).await;
                return Ok(());
            };
            // A subscription has one field (GraphQL §5.2.3.1), which was checked before it ran.
            let Some((name, juniper::Value::Scalar(mut stream))) = streams.into_iter().next() else {
                outlet.send(Ok((juniper::Value::Null, errors))).await;
                return Ok(());
            };
            while let Some(event) = stream.next().await {
                let (value, errors) = match event {
                    Ok(value) => (value, Vec::new()),
                    Err(errors) => (juniper::Value::Null, errors),
                };
                let mut data = juniper::Object::with_capacity(1);
                data.add_field(name.as_str(), value);
                outlet.send(Ok((juniper::Value::Object(data), errors))).await;
            }
            Ok(())
        })
    }
}
