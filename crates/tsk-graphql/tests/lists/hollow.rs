//! A person of whom nothing is found, although the schema says that there is always one, and nobody says why.

use juniper::{
    ArcStr, BoxFuture, ExecutionResult, Executor, GraphQLType, GraphQLValue, GraphQLValueAsync, Registry,
    ScalarValue, Selection, Value,
    macros::reflect::{BaseSubTypes, BaseType, Type, Types, WrappedType, WrappedValue},
    marker::IsOutputType,
    meta::MetaType,
};

use crate::schema::{Person, World};

pub(crate) struct Hollow;

impl<S: ScalarValue> GraphQLType<S> for Hollow {
    fn name((): &()) -> Option<ArcStr> {
        <Person as GraphQLType<S>>::name(&())
    }

    fn meta((): &(), registry: &mut Registry<S>) -> MetaType<S> {
        <Person as GraphQLType<S>>::meta(&(), registry)
    }
}

impl<S: ScalarValue> GraphQLValue<S> for Hollow {
    type Context = World;
    type TypeInfo = ();

    fn type_name(&self, (): &()) -> Option<ArcStr> {
        <Self as GraphQLType<S>>::name(&())
    }

    fn resolve(
        &self,
        (): &(),
        _: Option<&[Selection<'_, S>]>,
        _: &Executor<'_, '_, World, S>,
    ) -> ExecutionResult<S> {
        Ok(Value::Null)
    }
}

impl<S: ScalarValue + Send + Sync> GraphQLValueAsync<S> for Hollow {
    fn resolve_async<'a>(
        &'a self,
        (): &'a (),
        _: Option<&'a [Selection<'_, S>]>,
        _: &'a Executor<'_, '_, World, S>,
    ) -> BoxFuture<'a, ExecutionResult<S>> {
        Box::pin(async { Ok(Value::Null) })
    }
}

impl<S: ScalarValue> IsOutputType<S> for Hollow {}

impl<S> BaseType<S> for Hollow {
    const NAME: Type = "Person";
}

impl<S> BaseSubTypes<S> for Hollow {
    const NAMES: Types = &["Person"];
}

impl<S> WrappedType<S> for Hollow {
    const VALUE: WrappedValue = 1;
}
