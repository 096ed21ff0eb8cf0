//! The routes that every admin listener has.

use serde::{Deserialize, Serialize};
use tsk_core::{Endpoint, RequestContext, RouteTable};
use tsk_http::{Json, Router, State, get};

use super::insights;
use crate::current::Current;

/// A route, as the listing has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteInfo {
    /// The method; `*` for any.
    pub method: String,
    /// The path as it was declared, such as `/users/{id}`.
    pub path: String,
    /// What it is for, where that was declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

impl RouteInfo {
    /// All routes of a service, in the order of their declaration.
    pub fn all(table: &RouteTable) -> Vec<Self> {
        table.iter().map(Self::from).collect()
    }
}

impl From<&Endpoint> for RouteInfo {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            method: endpoint.method().map_or_else(|| "*".to_owned(), ToString::to_string),
            path: endpoint.template().to_owned(),
            summary: endpoint.operation().summary.clone(),
        }
    }
}

/// The listing, an index of the admin listener itself, and what was added to it.
pub(super) fn routes(added: Router, current: Current) -> Router {
    Router::new()
        .route(get("/", index).summary("What there is to be seen"))
        .route(get("/routes", listing).summary("The routes of the service"))
        .merge(insights::routes())
        .merge(added)
        .state(current)
}

async fn listing(State(current): State<Current>) -> Json<Vec<RouteInfo>> {
    Json(RouteInfo::all(&current.get().table))
}

/// A line for each route of the listener.
async fn index(context: RequestContext) -> String {
    let line = |endpoint| {
        let RouteInfo { method, path, summary, .. } = RouteInfo::from(endpoint);
        format!("{method:<6} {path:<16} {}\n", summary.unwrap_or_default())
    };
    context.scope().routes().iter().map(line).collect()
}
