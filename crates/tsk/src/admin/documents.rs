//! The documents of the service, for operators: whether they are published or not.

use http::{HeaderMap, Method, Response, StatusCode, Uri};
use tsk_core::{Body, Problem};
use tsk_http::{Path, Router, State, get};

use crate::current::{Current, Served};

/// The documents. The page to try the service out on is not among them: it would ask this listener.
const PATHS: [(&str, &str); 3] = [
    ("/openapi.json", "The service in OpenAPI 3.1"),
    ("/openapi-3.0.json", "The service in OpenAPI 3.0"),
    ("/docs.md", "The service in Markdown"),
];

/// Those of a version of its API. Which versions there are changes with the application that is served.
const OF_VERSIONS: [(&str, &str); 3] = [
    ("/openapi/{version}.json", "A version of its API in OpenAPI 3.1"),
    ("/openapi-3.0/{version}.json", "A version of its API in OpenAPI 3.0"),
    ("/docs/{version}.md", "A version of its API in Markdown"),
];

pub(super) fn routes() -> Router {
    let add = |router: Router, (path, summary)| router.route(get(path, document).summary(summary));
    let routes = PATHS.into_iter().fold(Router::new(), add);
    let add = |router: Router, (path, summary)| router.route(get(path, of_version).summary(summary));
    OF_VERSIONS.into_iter().fold(routes, add)
}

async fn document(
    State(current): State<Current>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    answer(&current.get(), &method, uri.path(), &headers)
}

async fn of_version(
    State(current): State<Current>,
    Path(version): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let served = current.get();
    let known: Vec<_> = served.table.versions().iter().map(|version| &*version.name).collect();
    if known.contains(&&*version) {
        return answer(&served, &method, uri.path(), &headers);
    }
    let detail = match known.as_slice() {
        [] => "The API has no versions.".to_owned(),
        known => format!("There is no such version; there are `{}`.", known.join("`, `")),
    };
    Err(Problem::new(StatusCode::NOT_FOUND).detail(detail))
}

fn answer(
    served: &Served,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Result<Response<Body>, Problem> {
    let documents = served.documents.as_ref().ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND)
            .detail("The service does not say how its documents begin: `App::docs`, `App::operator_docs`.")
    })?;
    Ok(documents.answer(&served.table, method, path, headers))
}
