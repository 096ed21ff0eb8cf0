//! What handlers give.

use schemars::JsonSchema;
use serde_json::json;
use tsk_core::{DescribeOutput, Operation};

use super::schema;
use crate::{
    Html, Json, Redirect, Sse,
    answer::{Attachment, UntilDrain},
};

impl<T: JsonSchema> DescribeOutput for Json<T> {
    fn describe_output(operation: &mut Operation) {
        let answer = operation.respond(200, "Done.");
        answer.content.media.insert("application/json".into(), schema::written::<T>());
    }
}

impl<T> DescribeOutput for Html<T> {
    fn describe_output(operation: &mut Operation) {
        let answer = operation.respond(200, "A page.");
        answer.content.media.insert("text/html".into(), json!({ "type": "string" }));
    }
}

/// Which of the three it is, the type does not say.
impl DescribeOutput for Redirect {
    fn describe_output(operation: &mut Operation) {
        for (status, description) in [
            (303, "The answer is elsewhere."),
            (307, "For now it is elsewhere."),
            (308, "From now on it is elsewhere."),
        ] {
            let location = json!({ "type": "string", "format": "uri-reference" });
            operation.respond(status, description).headers.insert("location".into(), location);
        }
    }
}

impl<S> DescribeOutput for Sse<S> {
    fn describe_output(operation: &mut Operation) {
        // Of what an event is, OpenAPI 3.1 has no word: a schema would be taken for that of the whole, or of each.
        let answer = operation.respond(200, "Events, for as long as the client wants them.");
        answer.content.media.insert("text/event-stream".into(), json!({}));
    }
}

impl<T: DescribeOutput> DescribeOutput for Attachment<T> {
    fn describe_output(operation: &mut Operation) {
        T::describe_output(operation);
        let header = json!({ "type": "string" });
        operation.respond(200, "A file.").headers.insert("content-disposition".into(), header);
    }
}

impl<T: DescribeOutput> DescribeOutput for UntilDrain<T> {
    fn describe_output(operation: &mut Operation) {
        T::describe_output(operation);
    }
}
