//! Answers that a route declares, beside those that its handler's types say.

use serde_json::Value;
use tsk_core::{Declare, operation::Content};

/// Documents answers of a route or a group, beside those that the handler's types say.
pub trait DeclareAnswers: Declare + Sized {
    /// Documents an answer. What was said of that status before stays, and has this description.
    #[must_use]
    fn answer(mut self, status: u16, description: &str) -> Self {
        self.operation_mut().respond(status, description).description = description.to_owned();
        self
    }

    /// Documents a problem (RFC 9457), such as 404 where there is no such thing.
    #[must_use]
    fn problem(mut self, status: u16, description: &str) -> Self {
        self.operation_mut().problem(status, description).description = description.to_owned();
        self
    }

    /// Documents the request body, in the place of what the handler's types say: the parts of a form that is read as
    /// [`Multipart`](crate::Multipart), say. `schema` is a JSON Schema.
    #[must_use]
    fn takes(mut self, media_type: &str, schema: Value) -> Self {
        self.operation_mut().request = Some(Content::of(media_type, schema));
        self
    }

    /// Names the operation: unique among those of the service, and stable, because clients are generated from it.
    #[must_use]
    fn operation_id(mut self, id: &str) -> Self {
        self.operation_mut().id = Some(id.to_owned());
        self
    }

    /// Says that clients should stop using it.
    #[must_use]
    fn deprecated(mut self) -> Self {
        self.operation_mut().deprecated = true;
        self
    }

    /// Leaves it out of published documentation.
    #[must_use]
    fn hidden(mut self) -> Self {
        self.operation_mut().hidden = true;
        self
    }
}

impl<T: Declare> DeclareAnswers for T {}
