//! Looking for the same fields in one object after the other.

use std::{
    future::poll_fn,
    marker::PhantomData,
    mem, slice,
    task::{Context, Poll},
};

use futures_util::stream::{FuturesOrdered, StreamExt as _};
use juniper::{
    ArcStr, Arguments, BoxFuture, ExecutionResult, Executor, GraphQLTypeAsync, GraphQLValue, Object,
    ScalarValue, Value,
};

use super::plan::{Collected, Field, Step};

/// What is found in all of them; null, if there must be something in each and there is not.
///
/// They are asked in their order, and nobody waits for one before the next is asked.
pub(super) async fn all<'a, S, T>(
    objects: &'a [T],
    info: &'a T::TypeInfo,
    collected: Collected<'a, T::Context, S>,
    executor: &'a Executor<'a, 'a, T::Context, S>,
) -> ExecutionResult<S>
where
    S: ScalarValue + Send + Sync,
    T: GraphQLTypeAsync<S, TypeInfo: Sync, Context: Sync>,
{
    let must_be = executor.current_type().list_contents().is_some_and(|of| of.is_non_null());
    let resolvers = collected.resolvers();
    let steps = collected.steps(&resolvers);
    let mut found = Vec::with_capacity(objects.len());
    let mut waiting = FuturesOrdered::new();
    // The first object that is null where none may be. It ends the list, once all before it are known.
    let mut missing = None;
    poll_fn(|context| {
        for (at, object) in objects.iter().enumerate() {
            match Asked::ask(object, info, &steps, context) {
                Asked::Found(value) => {
                    if must_be && value.is_null() {
                        missing = missing.or(Some(at));
                        if waiting.is_empty() {
                            break;
                        }
                    }
                    found.push(value);
                }
                Asked::Waits(mut waits) => {
                    found.push(Value::Null);
                    waiting.push_back(async move { (at, poll_fn(|context| waits.poll(context)).await) });
                }
            }
        }
        Poll::Ready(())
    })
    .await;
    while let Some((at, value)) = waiting.next().await {
        if must_be && (value.is_null() || missing.is_some_and(|missing| missing < at)) {
            return Ok(Value::Null);
        }
        found[at] = value;
    }
    Ok(if missing.is_some() { Value::Null } else { Value::list(found) })
}

/// An object that was asked for all its fields.
enum Asked<'s, C, S> {
    Found(Value<S>),
    Waits(Waits<'s, C, S>),
}

/// An object some of whose fields are not there yet.
struct Waits<'s, C, S> {
    steps: &'s [Step<'s, C, S>],
    /// What is not there yet has its place here, as null.
    found: Object<S>,
    /// By their steps, in their order.
    pending: Vec<(usize, BoxFuture<'s, ExecutionResult<S>>)>,
    /// The first field that is null where it may not be. It makes the object null, once all before it are known.
    missing: Option<usize>,
}

impl<'s, C, S: ScalarValue + Send + Sync> Asked<'s, C, S> {
    fn ask<T>(
        object: &'s T,
        info: &'s T::TypeInfo,
        steps: &'s [Step<'s, C, S>],
        context: &mut Context<'_>,
    ) -> Self
    where
        T: GraphQLTypeAsync<S, TypeInfo: Sync, Context = C>,
        C: Sync,
    {
        let mut found = Object::with_capacity(steps.len());
        let (mut pending, mut missing) = (Vec::new(), None);
        for (at, step) in steps.iter().enumerate() {
            let Some(field) = &step.field else {
                found.add_field(step.key, Value::scalar(step.parent.to_string()));
                continue;
            };
            let mut future = object.resolve_field_async(info, field.name, &field.arguments, &field.executor);
            let value = match future.as_mut().poll(context) {
                Poll::Ready(result) => match field.settle(result, step.parent) {
                    Some(value) => value,
                    None if pending.is_empty() => return Self::Found(Value::Null),
                    None => {
                        missing = missing.or(Some(at));
                        Value::Null
                    }
                },
                Poll::Pending => {
                    pending.push((at, future));
                    Value::Null
                }
            };
            found.add_field(step.key, value);
        }
        if pending.is_empty() {
            return Self::Found(Value::Object(found));
        }
        Self::Waits(Waits { steps, found, pending, missing })
    }
}

impl<C, S: ScalarValue> Waits<'_, C, S> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Value<S>> {
        let Self { steps, found, pending, missing } = self;
        let mut is_open = false;
        pending.retain_mut(|(at, future)| {
            // Once it is known that the object is null, nobody is asked any more.
            if !is_open && missing.is_some_and(|missing| missing < *at) {
                return true;
            }
            let Poll::Ready(result) = future.as_mut().poll(context) else {
                is_open = true;
                return true;
            };
            let Step { key, parent, field } = &steps[*at];
            match field.as_ref().and_then(|field| field.settle(result, parent)) {
                Some(value) => drop(found.add_field(*key, value)),
                None => *missing = Some(missing.map_or(*at, |missing| missing.min(*at))),
            }
            false
        });
        match *missing {
            Some(missing) if pending.iter().all(|(at, _)| *at > missing) => Poll::Ready(Value::Null),
            None if pending.is_empty() => {
                Poll::Ready(Value::Object(mem::replace(found, Object::with_capacity(0))))
            }
            _ => Poll::Pending,
        }
    }
}

impl<C, S: ScalarValue> Field<'_, C, S> {
    /// What is in the field; none, if there must be something and there is not.
    fn settle(&self, result: ExecutionResult<S>, parent: &ArcStr) -> Option<Value<S>> {
        match result {
            Ok(Value::Null) if self.is_non_null => {
                let nothing = Nothing { parent: parent.clone(), context: PhantomData };
                drop(nothing.resolve(&(), Some(slice::from_ref(self.selection)), self.around));
                None
            }
            Ok(value) => Some(value),
            Err(error) => {
                self.executor.push_error_at(error, self.at);
                (!self.is_non_null).then_some(Value::Null)
            }
        }
    }
}

/// An object all of whose fields are null.
///
/// Where a field may not be, juniper says so, unless it was said why already. Who resolves fields cannot see what was said: so
/// juniper is asked to resolve that field of an object that has nothing.
struct Nothing<C> {
    parent: ArcStr,
    context: PhantomData<C>,
}

impl<C, S: ScalarValue> GraphQLValue<S> for Nothing<C> {
    type Context = C;
    type TypeInfo = ();

    fn type_name(&self, (): &()) -> Option<ArcStr> {
        Some(self.parent.clone())
    }

    fn resolve_field(
        &self,
        (): &(),
        _: &str,
        _: &Arguments<'_, S>,
        _: &Executor<'_, '_, C, S>,
    ) -> ExecutionResult<S> {
        Ok(Value::Null)
    }
}
