//! The documents of the service, for operators: whether they are published or not.

use http::{HeaderMap, Method, Response, StatusCode, Uri};
use tsk_core::{Body, Problem};
use tsk_http::{Router, State, get};

use crate::current::Current;

/// The documents. The page to try the service out on is not among them: it would ask this listener.
const PATHS: [(&str, &str); 3] = [
    ("/openapi.json", "The service in OpenAPI 3.1"),
    ("/openapi-3.0.json", "The service in OpenAPI 3.0"),
    ("/docs.md", "The service in Markdown"),
];

pub(super) fn routes() -> Router {
    let add = |router: Router, (path, summary)| router.route(get(path, document).summary(summary));
    PATHS.into_iter().fold(Router::new(), add)
}

async fn document(
    State(current): State<Current>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let served = current.get();
    let documents = served.documents.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND)
            .detail("The service does not say how its documents begin: `App::docs`, `App::operator_docs`.")
    })?;
    Ok(documents.answer(&served.table, &method, uri.path(), &headers))
}
