//! The routes that every admin listener has.

use std::collections::BTreeMap;

use http::Method;
use serde::{Deserialize, Serialize};
use tsk_core::{Endpoint, Meta, Operation, RequestContext, RouteTable};
use tsk_http::{Json, Router, State, get};

use super::{auth, insights, limits, usage};
use crate::current::Current;

/// A route, as the listing has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteInfo {
    /// The method; `*` for any.
    pub method: String,
    /// The path as it was declared, such as `/users/{id}`.
    pub path: String,
    /// The version of the API that it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it is for, where that was declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Whether clients should stop using it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// Whether it is left out of published documentation.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// Security schemes, any of which suffices, each with the scopes it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security: Vec<BTreeMap<String, Vec<String>>>,
}

fn is_false(is: &bool) -> bool {
    !is
}

impl RouteInfo {
    /// All routes of a service, in the order of their declaration.
    pub fn all(table: &RouteTable) -> Vec<Self> {
        table.iter().map(Self::from).collect()
    }
}

impl From<&Endpoint> for RouteInfo {
    fn from(endpoint: &Endpoint) -> Self {
        let operation = endpoint.operation();
        Self {
            method: endpoint.method().map_or_else(|| "*".to_owned(), ToString::to_string),
            path: endpoint.template().to_owned(),
            version: endpoint.version().map(str::to_owned),
            summary: operation.summary.clone(),
            deprecated: operation.deprecated,
            hidden: operation.hidden,
            security: operation.security.clone(),
        }
    }
}

/// The route again, as far as the listing has it.
impl From<RouteInfo> for Endpoint {
    fn from(route: RouteInfo) -> Self {
        let mut operation = Operation::default();
        operation.summary = route.summary;
        operation.deprecated = route.deprecated;
        operation.hidden = route.hidden;
        operation.security = route.security;
        // What is no method is `*`, which stands for any.
        let method = Method::from_bytes(route.method.as_bytes()).ok().filter(|method| method != "*");
        let endpoint = Endpoint::new(method, route.path).declared(operation, Meta::default());
        match route.version {
            Some(version) => endpoint.of_version(version),
            None => endpoint,
        }
    }
}

/// The listing, an index of the admin listener itself, and what was added to it.
pub(super) fn routes(added: Router, current: Current) -> Router {
    let routes = Router::new()
        .route(get("/", index).summary("What there is to be seen"))
        .route(get("/routes", listing).summary("The routes of the service"))
        .merge(insights::routes())
        .merge(limits::routes())
        .merge(auth::routes())
        .merge(usage::routes());
    #[cfg(feature = "docs")]
    let routes = routes.merge(super::documents::routes());
    routes.merge(added).state(current)
}

async fn listing(State(current): State<Current>) -> Json<Vec<RouteInfo>> {
    Json(RouteInfo::all(&current.get().table))
}

/// A line for each route of the listener.
async fn index(context: RequestContext) -> String {
    let line = |RouteInfo { method, path, summary, .. }: RouteInfo| {
        format!("{method:<6} {path:<26} {}\n", summary.unwrap_or_default())
    };
    let shown = context.scope().routes().iter().map(RouteInfo::from).filter(|route| !route.hidden);
    shown.map(line).collect()
}
