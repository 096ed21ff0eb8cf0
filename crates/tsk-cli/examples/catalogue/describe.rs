//! What a route says of itself where the types of its handler do not: words that an application adds to those of tsk.

use http::{HeaderValue, Response, header};
use serde::Serialize;
use serde_json::{Value, json};
use tsk::core::operation::{Content, Location, Parameter};
use tsk::core::{Declare, DescribeOutput, Operation};
use tsk::prelude::*;

/// Adds to the documentation of a route.
pub(crate) trait Describe: Declare + Sized {
    /// Documents a header that a handler reads by itself.
    fn takes_header(self, name: &str, required: bool, schema: Value) -> Self {
        self.takes_parameter(name, Location::Header, required, schema)
    }

    /// Documents a cookie.
    fn takes_cookie(self, name: &str, schema: Value) -> Self {
        self.takes_parameter(name, Location::Cookie, false, schema)
    }

    /// Documents a parameter.
    fn takes_parameter(mut self, name: &str, location: Location, required: bool, schema: Value) -> Self {
        let description = schema.get("description").and_then(Value::as_str).map(str::to_owned);
        let parameter = Parameter { name: name.to_owned(), location, required, description, schema };
        self.operation_mut().parameters.push(parameter);
        self
    }

    /// Documents a success whose content the type of the handler does not tell, in the place of what it tells.
    fn gives(mut self, status: u16, description: &str, media_type: &str, schema: Value) -> Self {
        let answer = self.operation_mut().respond(status, description);
        answer.content = Content::of(media_type, schema);
        self
    }
}

impl<T: Declare> Describe for T {}

/// Something that was made, and where it is.
pub(crate) struct Made<T> {
    pub(crate) at: String,
    pub(crate) what: T,
}

impl<T: Serialize> IntoResponse for Made<T> {
    fn into_response(self) -> Response<Body> {
        let mut response = Status::<201, _>(Json(self.what)).into_response();
        let location =
            HeaderValue::try_from(self.at).expect("a path of letters and digits is fit for a header");
        response.headers_mut().insert(header::LOCATION, location);
        response
    }
}

impl<T: JsonSchema> DescribeOutput for Made<T> {
    fn describe_output(operation: &mut Operation) {
        Status::<201, Json<T>>::describe_output(operation);
        let location = json!({ "type": "string", "format": "uri-reference", "description": "Where it is." });
        operation.respond(201, "It was made.").headers.insert(header::LOCATION.to_string(), location);
    }
}
