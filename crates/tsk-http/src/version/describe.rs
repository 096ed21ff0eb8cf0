//! What `Versioned` says in the documents of each version.

use schemars::JsonSchema;
use serde_json::{Value, json};
use tsk_core::{DescribeInput, DescribeOptionalInput, DescribeOutput, Operation};

use super::{Evolve, Oldest, Position, Shape, Versioned};
use crate::api::{schema, structured};

/// A type of which each form has a schema: `JsonSchema` for all of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema in the form of every version",
    label = "a form of this does not derive `JsonSchema`, or it does not implement `Evolve`"
)]
pub trait DescribeShape: Shape {
    /// The schema of the form that it has in a version; the newest where that is not known. `is_read` says whether it is
    /// that of what is read, or of what is written.
    #[doc(hidden)]
    fn schema(position: Option<&Position>, is_read: bool) -> Value;
}

impl<T: JsonSchema> DescribeShape for Oldest<T> {
    fn schema(_: Option<&Position>, is_read: bool) -> Value {
        if is_read { schema::read::<T>() } else { schema::written::<T>() }
    }
}

impl<T: Evolve + JsonSchema> DescribeShape for T
where
    T::Older: DescribeShape,
{
    fn schema(position: Option<&Position>, is_read: bool) -> Value {
        if position.is_none_or(|position| position.has(T::SINCE)) {
            Oldest::<T>::schema(position, is_read)
        } else {
            T::Older::schema(position, is_read)
        }
    }
}

impl<T: Evolve + DescribeShape> DescribeShape for Vec<T> {
    fn schema(position: Option<&Position>, is_read: bool) -> Value {
        let mut items = T::schema(position, is_read);
        let definitions = items.as_object_mut().and_then(|items| items.remove("$defs"));
        let mut list = json!({ "type": "array", "items": items });
        if let Some(definitions) = definitions {
            list["$defs"] = definitions;
        }
        list
    }
}

const JSON: &str = "application/json";

impl<T: DescribeShape> DescribeInput for Versioned<T> {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        operation.body(JSON, T::schema(Position::current().as_ref(), true), false);
        structured(operation);
    }
}

impl<T: DescribeShape> DescribeOptionalInput for Versioned<T> {
    fn describe_optional(operation: &mut Operation, _: &[Box<str>]) {
        operation.body(JSON, T::schema(Position::current().as_ref(), true), true);
        structured(operation);
    }
}

impl<T: DescribeShape> DescribeOutput for Versioned<T> {
    fn describe_output(operation: &mut Operation) {
        let schema = T::schema(Position::current().as_ref(), false);
        operation.respond(200, "Done.").content.media.insert(JSON.into(), schema);
    }
}
