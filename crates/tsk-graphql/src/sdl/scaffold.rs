//! Types of juniper's, and resolvers to be filled in, for a schema in its own language.

mod rust;
mod write;

use super::Model;
use crate::Error;

/// Writes the types of juniper's for a schema in its own language, with a resolver for each field that is more than a value: one
/// answers `NOT_IMPLEMENTED` until it is written. What is written compiles, and
/// [`GraphQl::check`](crate::GraphQl::check) holds it against the schema.
///
/// A field without arguments whose type is a scalar or an enum is a field of the struct. All resolvers have the context, which is an
/// empty struct to begin with.
///
/// ```
/// let code = tsk_graphql::sdl::scaffold("type Query { hello(name: String!): String! }")?;
/// assert!(code.contains("pub async fn hello(_context: &Context, name: String) -> Result<String, Fault>"));
/// # Ok::<(), tsk_graphql::Error>(())
/// ```
///
/// # Errors
///
/// The schema cannot be read, has no query, or a name that Rust cannot have.
pub fn scaffold(sdl: &str) -> Result<String, Error> {
    let model = Model::read(sdl)?;
    if !model.roots.contains_key("query") {
        return Err(Error::new("the schema has no query type, without which nothing can be asked"));
    }
    if let Some(name) = ["Context", "Schema"].into_iter().find(|name| model.types.contains_key(*name)) {
        return Err(Error::new(format!(
            "the type `{name}` has the name of what is written beside it: rename one of them"
        )));
    }
    Ok(write::file(&model))
}
