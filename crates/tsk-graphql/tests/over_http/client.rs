//! Requests without a port.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;
use tower_service::Service as _;
use tsk_graphql::GraphQl;

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of the first error.
    pub(crate) fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

pub(crate) const RESPONSE: &str = "application/graphql-response+json";

pub(crate) async fn send(graphql: &GraphQl, request: Request<Full<Bytes>>) -> Answer {
    let response = graphql.clone().call(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
}

/// A POST of that body, whose answer may be `application/graphql-response+json`.
pub(crate) fn posted(body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, RESPONSE)
        .body(Full::new(body.into()))
        .unwrap()
}

pub(crate) async fn post(graphql: &GraphQl, body: &Value) -> Answer {
    send(graphql, posted(body.to_string())).await
}

pub(crate) async fn ask(graphql: &GraphQl, document: &str) -> Answer {
    post(graphql, &serde_json::json!({ "query": document })).await
}

/// A GET with that query string.
pub(crate) async fn get(graphql: &GraphQl, query: &str) -> Answer {
    let request = Request::get(format!("/graphql?{query}")).header(header::ACCEPT, RESPONSE);
    send(graphql, request.body(Full::default()).unwrap()).await
}
