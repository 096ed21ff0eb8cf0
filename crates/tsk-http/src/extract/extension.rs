//! What a layer attached to a request.

use std::any::type_name;

use http::request::Parts;
use tsk_core::{FromParts, OptionalFromParts, Problem};

/// A value that a layer put among the extensions of the request, cloned.
///
/// Where the layer did not, the answer is a 500, and the log names the type: nothing at start can tell what a
/// layer will do. A value that does not change from request to request is better a [`State`](super::State),
/// which is checked at start. `Option<Extension<T>>` is `None` there.
///
/// ```
/// use tsk_http::{Extension, get};
///
/// #[derive(Clone)]
/// struct Tenant(u32);
///
/// let route = get("/tenant", |Extension(tenant): Extension<Tenant>| async move { tenant.0.to_string() });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extension<T>(pub T);

impl<T: Clone + Send + Sync + 'static> FromParts for Extension<T> {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        Self::optional_from_parts(parts)?.ok_or_else(|| {
            let name = type_name::<T>();
            tracing::error!(r#type = name, "no layer gave the request the extension that its handler takes");
            Problem::internal(format!(
                "the request has no extension `{name}`: the layer that sets it is missing"
            ))
        })
    }
}

impl<T: Clone + Send + Sync + 'static> OptionalFromParts for Extension<T> {
    fn optional_from_parts(parts: &mut Parts) -> Result<Option<Self>, Problem> {
        Ok(parts.extensions.get::<T>().cloned().map(Self))
    }
}
