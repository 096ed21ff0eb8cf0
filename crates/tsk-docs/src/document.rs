//! Documents that are made once, and given as often as somebody asks.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::HeaderValue;
use serde_json::{Map, Value};
use tsk_core::RouteTable;

use crate::{Docs, example::Examples, markdown, openapi, operations, ordered};

/// The documents of one service.
///
/// A clone shares them.
#[derive(Debug, Clone)]
pub struct Document {
    pub(crate) openapi: Text,
    later: Arc<Later>,
    #[cfg(feature = "page")]
    pub(crate) page: Page,
}

/// What is made when somebody first asks for it: many a service is never asked.
#[derive(Debug)]
struct Later {
    docs: Docs,
    routes: Arc<RouteTable>,
    older: OnceLock<Text>,
    markdown: OnceLock<Text>,
}

/// What the page is told of the documents.
#[cfg(feature = "page")]
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// Other origins that it may ask: those of the servers.
    pub(crate) origins: Vec<String>,
    pub(crate) title: String,
}

/// A text and its entity tag.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) bytes: Bytes,
    pub(crate) etag: HeaderValue,
}

impl Text {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let tag = format!("\"{:032x}\"", xxhash_rust::xxh3::xxh3_128(&bytes));
        let etag = HeaderValue::try_from(tag).expect("digits and quotes are fit for a header");
        Self { bytes, etag }
    }

    fn of(document: &Map<String, Value>) -> Self {
        let text = serde_json::to_string(&ordered::Document(document));
        Self::new(text.expect("a JSON value can be written to memory"))
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("it was made of a string")
    }
}

impl Document {
    pub(crate) fn new(docs: &Docs, routes: Arc<RouteTable>) -> Self {
        let openapi = &openapi::document(docs, &operations::listed(&routes), &Examples::default());
        let later = Later { docs: docs.clone(), routes, older: OnceLock::new(), markdown: OnceLock::new() };
        #[cfg(feature = "page")]
        let page = Page {
            title: openapi["info"]["title"].as_str().unwrap_or_default().to_owned(),
            origins: origins(openapi),
        };
        Self {
            openapi: Text::of(openapi),
            later: Arc::new(later),
            #[cfg(feature = "page")]
            page,
        }
    }

    /// The document in OpenAPI 3.1, as JSON.
    pub fn openapi(&self) -> &str {
        self.openapi.as_str()
    }

    /// The document in OpenAPI 3.0, as JSON, for tools that know no other.
    pub fn openapi_3_0(&self) -> &str {
        self.older().as_str()
    }

    pub(crate) fn older(&self) -> &Text {
        self.later.older.get_or_init(|| {
            let newer = serde_json::from_slice(&self.openapi.bytes);
            Text::of(&openapi::older(newer.expect("it was written here, as an object")))
        })
    }

    /// The reference of the operations, as Markdown.
    pub fn markdown(&self) -> &str {
        self.reference().as_str()
    }

    pub(crate) fn reference(&self) -> &Text {
        let Later { docs, routes, markdown, .. } = &*self.later;
        markdown.get_or_init(|| {
            Text::new(markdown::reference(docs, &operations::listed(routes), &Examples::default()))
        })
    }
}

/// The origins that the page has to reach beside its own: of servers, and of where tokens are from.
#[cfg(feature = "page")]
fn origins(openapi: &Map<String, Value>) -> Vec<String> {
    let mut urls: Vec<&str> = Vec::new();
    let servers = openapi.get("servers").and_then(Value::as_array).into_iter().flatten();
    urls.extend(servers.filter_map(|server| server["url"].as_str()));
    let schemes = openapi.get("components").and_then(|all| all.get("securitySchemes")?.as_object());
    for scheme in schemes.into_iter().flat_map(Map::values) {
        urls.extend(scheme.get("openIdConnectUrl").and_then(Value::as_str));
        for flow in scheme.get("flows").and_then(Value::as_object).into_iter().flat_map(Map::values) {
            urls.extend(["tokenUrl", "refreshUrl"].iter().filter_map(|key| flow.get(*key)?.as_str()));
        }
    }
    let mut origins: Vec<_> = urls.into_iter().filter_map(origin).collect();
    origins.sort();
    origins.dedup();
    origins
}

/// `https://api.example.com` of an absolute address, if it is one and plain enough for a header.
#[cfg(feature = "page")]
fn origin(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?.as_str());
    let plain = |each: char| each.is_ascii_alphanumeric() || matches!(each, '.' | '-' | ':' | '[' | ']');
    (matches!(scheme, "http" | "https") && authority.chars().all(plain))
        .then(|| format!("{scheme}://{authority}"))
}

#[cfg(all(test, feature = "page"))]
mod tests;
