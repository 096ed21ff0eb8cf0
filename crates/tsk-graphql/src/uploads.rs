//! Files that come with an operation.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::request::Parts;
use juniper::{GraphQLScalar, InputValue};

use crate::Fault;

/// A file as the argument of a field: the scalar `Upload`. What is in it is among the [`Uploads`] of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, GraphQLScalar)]
#[graphql(with = upload, parse_token(String))]
pub struct Upload(usize);

/// The files of a request, by the
/// [GraphQL multipart request specification](https://github.com/jaydenseric/graphql-multipart-request-spec): for the context of an
/// operation, which is made of the head of its request.
///
/// ```
/// use juniper::{EmptySubscription, RootNode, graphql_object};
/// use tsk_graphql::{Config, Fault, GraphQl, Upload, Uploads};
///
/// struct Context(Uploads);
///
/// impl juniper::Context for Context {}
///
/// # struct Query;
/// # #[graphql_object]
/// # #[graphql(context = Context)]
/// # impl Query {
/// #     fn hello() -> &'static str {
/// #         "hello"
/// #     }
/// # }
/// struct Mutation;
///
/// #[graphql_object]
/// #[graphql(context = Context)]
/// impl Mutation {
///     fn portrait(context: &Context, file: Upload) -> Result<i32, Fault> {
///         let file = context.0.get(file)?;
///         Ok(i32::try_from(file.content.len())?)
///     }
/// }
///
/// let schema = RootNode::new(Query, Mutation, EmptySubscription::new());
/// let mut config = Config::default();
/// config.uploads.files = 1;
/// let graphql = GraphQl::with_context(schema, |request| Context(Uploads::of(request))).config(&config)?;
/// # let _ = graphql;
/// # Ok::<(), tsk_graphql::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Uploads(Arc<[File]>);

/// A file that a client sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct File {
    /// What the client calls it: any text, and no path to be written to.
    pub name: Option<String>,
    /// The media type that the client says it has, which is not checked.
    pub media_type: Option<String>,
    /// What is in it.
    pub content: Bytes,
}

impl Uploads {
    /// Those of the request with this head; none where there are none.
    pub fn of(request: &Parts) -> Self {
        request.extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// The file that an argument is.
    ///
    /// # Errors
    ///
    /// The argument was written by hand, and is none: the client is told so.
    pub fn get(&self, upload: Upload) -> Result<&File, Fault> {
        let missing = || Fault::new("BAD_USER_INPUT", "An `Upload` is a file that is sent with the request.");
        self.0.get(upload.0).ok_or_else(missing)
    }

    pub(crate) fn new(files: Vec<File>) -> Self {
        Self(files.into())
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("name", &self.name)
            .field("media_type", &self.media_type)
            .field("length", &self.content.len())
            .finish()
    }
}

/// What stands for a file among the values of variables: which of the files it is. A client that writes it by hand names a file of its
/// own.
pub(crate) fn placeholder(index: usize) -> InputValue {
    InputValue::scalar(index.to_string())
}

/// How the scalar is read and written.
mod upload {
    use super::Upload;

    pub(super) fn to_output(upload: &Upload) -> String {
        upload.0.to_string()
    }

    pub(super) fn from_input(text: &str) -> Result<Upload, &'static str> {
        text.parse().map(Upload).map_err(|_| "an `Upload` is a file that is sent with the request")
    }
}
