//! What a resolver says to a client when it cannot answer.

use std::{fmt, sync::Arc};

use juniper::{DefaultScalarValue, FieldError, IntoFieldError, Object, ScalarValue, Value};
use tsk_core::{BoxError, Problem};

/// The error of a resolver: a code and a message for the client, or something that is no concern of the client's.
///
/// Any error becomes the latter by `?`, but a [`Problem`] below 500: it is answered as `INTERNAL`, with the id of the request under which the log has what
/// was wrong.
///
/// ```
/// use tsk_graphql::Fault;
///
/// fn email(id: &str) -> Result<String, Fault> {
///     let id: u64 = id.parse()?; // internal
///     match id {
///         1 => Ok("ada@example.org".into()),
///         _ => Err(Fault::new("NOT_FOUND", "There is no such user.")),
///     }
/// }
/// # assert!(email("2").is_err());
/// ```
///
/// It has no `Display`, because juniper takes whatever has one for a message to the client.
#[derive(Clone)]
pub struct Fault(Kind);

#[derive(Clone)]
enum Kind {
    Told { code: String, message: String },
    Internal(Arc<dyn std::error::Error + Send + Sync>),
}

impl Fault {
    /// An error that the client is told of. A code is a word for programs, in capitals; the message is for people.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Kind::Told { code: code.into(), message: message.into() })
    }

    /// An error that the client is told nothing of.
    pub fn internal(source: impl Into<BoxError>) -> Self {
        Self(Kind::Internal(source.into().into()))
    }
}

/// Any error is internal, but a [`Problem`] that is the client's fault.
impl<E: std::error::Error + Send + Sync + 'static> From<E> for Fault {
    fn from(error: E) -> Self {
        match BoxError::from(error).downcast::<Problem>() {
            Ok(problem) => Self::of_problem(&problem),
            Err(error) => Self::internal(error),
        }
    }
}

impl Fault {
    /// What a client would have read over HTTP.
    fn of_problem(problem: &Problem) -> Self {
        let (kind, status) = (problem.kind(), problem.status());
        if status.is_server_error() {
            return Self::internal(problem.clone());
        }
        let slug = kind.uri.rsplit('/').next().filter(|_| kind.uri != "about:blank");
        let members = serde_json::to_value(problem).unwrap_or_default();
        let detail = members["detail"].as_str().unwrap_or(kind.title);
        Self::new(code(slug.unwrap_or(kind.title)), detail)
    }
}

/// A name as a code: `rate-limited` is `RATE_LIMITED`.
fn code(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

impl<S: ScalarValue> IntoFieldError<S> for Fault {
    fn into_field_error(self) -> FieldError<S> {
        let error = match self.0 {
            Kind::Told { code, message } => {
                let mut extensions = Object::<DefaultScalarValue>::with_capacity(1);
                extensions.add_field("code", Value::scalar(code));
                FieldError::new(message, Value::object(extensions))
            }
            Kind::Internal(source) => FieldError::new(Chain(&*source), Value::Null),
        };
        error.map_scalar_value()
    }
}

/// An error with its sources, for a log line.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Told { code, message } => f.debug_tuple("Fault").field(code).field(message).finish(),
            Kind::Internal(source) => f.debug_tuple("Fault").field(source).finish(),
        }
    }
}
