//! Routes that are documented by their handlers: [`Router::api`](crate::Router::api).
//!
//! What a handler takes and gives has types, and the types say it: parameters, bodies, answers, and the answers to those
//! who send what cannot be read. A type of one's own says it by `#[derive(JsonSchema)]`, of [`schemars`] 1.
//!
//! ```
//! use tsk_http::{Json, Path, Problem, Query, Router, get, post};
//! use tsk_http::api::{DeclareAnswers, Status, schemars};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct User { id: u64, name: String }
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Page { #[serde(default)] offset: u32, limit: Option<u32> }
//!
//! async fn list(Query(page): Query<Page>) -> Json<Vec<User>> {
//!     let _ = (page.offset, page.limit);
//!     Json(Vec::new())
//! }
//!
//! async fn fetch(Path(id): Path<u64>) -> Result<Json<User>, Problem> {
//!     Ok(Json(User { id, name: "Ada".into() }))
//! }
//!
//! async fn create(Json(user): Json<User>) -> Status<201, Json<User>> {
//!     Status(Json(user))
//! }
//!
//! let routes = Router::new()
//!     .api(get("/users", list).summary("List users"))
//!     .api(get("/users/{id}", fetch).problem(404, "There is no such user."))
//!     .api(post("/users", create))
//!     .build()?;
//! let operation = routes.table().get(1).operation();
//! assert_eq!(operation.parameters[0].name, "id");
//! assert_eq!(operation.responses.keys().copied().collect::<Vec<_>>(), [200, 400, 404]);
//! # Ok::<(), tsk_http::Error>(())
//! ```

mod answers;
mod input;
mod output;
pub(crate) mod schema;
mod status;
#[cfg(test)]
mod tests;

pub use schemars;

pub use answers::DeclareAnswers;
pub(crate) use input::structured;
pub use status::Status;
