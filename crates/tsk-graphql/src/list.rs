//! Lists of objects, without what juniper makes anew for each of them.

mod plan;
mod run;

use juniper::{
    ArcStr, BoxFuture, ExecutionResult, Executor, GraphQLType, GraphQLTypeAsync, GraphQLValue,
    GraphQLValueAsync, Registry, ScalarValue, Selection,
    macros::reflect::{BaseSubTypes, BaseType, Implements, Type, Types, WrappedType, WrappedValue},
    marker::{GraphQLObject, IsOutputType},
    meta::MetaType,
};

/// A list of objects, for resolvers to return in the place of a `Vec`: the same in the schema and in answers, and two times as
/// fast for fields that are there at once.
///
/// For a `Vec`, juniper makes a future, a path and arguments for each field of each object. Here they are made once for all
/// objects, and an object whose fields are there when they are asked for waits for nobody.
///
/// ```
/// use juniper::graphql_object;
/// use tsk_graphql::List;
///
/// struct User {
///     id: i32,
/// }
///
/// #[graphql_object]
/// impl User {
///     fn id(&self) -> i32 {
///         self.id
///     }
/// }
///
/// struct Query;
///
/// #[graphql_object]
/// impl Query {
///     async fn users(first: i32) -> List<User> {
///         (0..first).map(|id| User { id }).collect() // or `List::from` of a `Vec`
///     }
/// }
/// ```
///
/// The objects are of a type that juniper's macros have made an object. Lists of anything else, and of what may be null, are `Vec`s.
///
/// What is found is what a `Vec` finds. Three things about it are closer to the specification: fields are in the order of the document
/// with `__typename` among them, the same field asked for twice is resolved once if there are no fields in it (GraphQL §6.3.2), and where
/// an object becomes null because of a field in a fragment, fields after it are not resolved any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(objects: Vec<T>) -> Self {
        Self(objects)
    }
}

impl<T> From<List<T>> for Vec<T> {
    fn from(list: List<T>) -> Self {
        list.0
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(objects: I) -> Self {
        Self(objects.into_iter().collect())
    }
}

impl<S: ScalarValue, T: GraphQLType<S>> GraphQLType<S> for List<T> {
    fn name(_: &T::TypeInfo) -> Option<ArcStr> {
        None
    }

    fn meta(info: &T::TypeInfo, registry: &mut Registry<S>) -> MetaType<S> {
        registry.build_list_type::<T>(info, None).into_meta()
    }
}

impl<S: ScalarValue, T: GraphQLValue<S>> GraphQLValue<S> for List<T> {
    type Context = T::Context;
    type TypeInfo = T::TypeInfo;

    fn type_name(&self, _: &T::TypeInfo) -> Option<ArcStr> {
        None
    }

    fn resolve(
        &self,
        info: &T::TypeInfo,
        selections: Option<&[Selection<'_, S>]>,
        executor: &Executor<'_, '_, T::Context, S>,
    ) -> ExecutionResult<S> {
        self.0.resolve(info, selections, executor)
    }
}

// `Implements` is what the macros say of objects, and of nothing else. A pointer to one does not pass on its fields.
impl<S, T> GraphQLValueAsync<S> for List<T>
where
    S: ScalarValue + Send + Sync,
    T: GraphQLTypeAsync<S, TypeInfo: Sync, Context: Sync> + Implements<S>,
{
    fn resolve_async<'a>(
        &'a self,
        info: &'a T::TypeInfo,
        selections: Option<&'a [Selection<'_, S>]>,
        executor: &'a Executor<'_, '_, T::Context, S>,
    ) -> BoxFuture<'a, ExecutionResult<S>> {
        let collected = T::name(info).and_then(|name| plan::collect(&name, selections?, executor));
        match collected {
            Some(collected) => Box::pin(run::all(&self.0, info, collected, executor)),
            None => self.0.resolve_async(info, selections, executor),
        }
    }
}

impl<S: ScalarValue, T: GraphQLObject<S>> IsOutputType<S> for List<T> {
    fn mark() {
        T::mark();
    }
}

impl<S, T: BaseType<S>> BaseType<S> for List<T> {
    const NAME: Type = T::NAME;
}

impl<S, T: BaseSubTypes<S>> BaseSubTypes<S> for List<T> {
    const NAMES: Types = T::NAMES;
}

impl<S, T: WrappedType<S>> WrappedType<S> for List<T> {
    const VALUE: WrappedValue = <Vec<T> as WrappedType<S>>::VALUE;
}
