//! Documents that are made once, and given as often as somebody asks.

use std::sync::{Arc, OnceLock};

use http::HeaderValue;
use serde_json::{Map, Value};
use tsk_core::{Asset, RouteTable, Version};

use crate::{Docs, example::Examples, markdown, openapi, operations, ordered};

/// The documents of one service; where its API has versions, those of the newest, which know those of the others.
///
/// A clone shares them.
#[derive(Debug, Clone)]
pub struct Document {
    pub(crate) openapi: Asset,
    later: Arc<Later>,
    #[cfg(feature = "page")]
    pub(crate) page: Page,
}

/// What is made when somebody first asks for it: many a service is never asked.
#[derive(Debug)]
struct Later {
    docs: Docs,
    routes: Arc<RouteTable>,
    /// The version that they are of, if the API has versions.
    version: Option<usize>,
    older: OnceLock<Asset>,
    markdown: OnceLock<Asset>,
    /// Of each version, the oldest first.
    versions: Vec<OnceLock<Document>>,
}

/// What the page is told of the documents.
#[cfg(feature = "page")]
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The versions among which it lets people choose, the newest first.
    pub(crate) versions: Vec<String>,
    /// Other origins that it may ask: those of the servers.
    pub(crate) origins: Vec<String>,
    pub(crate) title: String,
}

/// The media type of a document.
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// That of the reference.
const MARKDOWN: HeaderValue = HeaderValue::from_static("text/markdown; charset=utf-8");

fn json(document: &Map<String, Value>) -> Asset {
    let text = serde_json::to_string(&ordered::Document(document));
    Asset::new(JSON, text.expect("a JSON value can be written to memory"))
}

fn text(asset: &Asset) -> &str {
    std::str::from_utf8(asset.content()).expect("it was made of a string")
}

impl Document {
    pub(crate) fn new(docs: &Docs, routes: Arc<RouteTable>) -> Self {
        let newest = routes.versions().len().checked_sub(1);
        Self::of(docs, routes, newest)
    }

    fn of(docs: &Docs, routes: Arc<RouteTable>, version: Option<usize>) -> Self {
        let versions = routes.versions().iter().map(|_| OnceLock::new()).collect();
        let (older, markdown) = (OnceLock::new(), OnceLock::new());
        let later = Later { docs: docs.clone(), routes, version, older, markdown, versions };
        let openapi = &openapi::document(&later.docs(), &later.listed(), &Examples::default());
        #[cfg(feature = "page")]
        let page = Page {
            title: openapi["info"]["title"].as_str().unwrap_or_default().to_owned(),
            origins: origins(openapi),
            versions: later.routes.versions().iter().rev().map(|version| version.name.to_string()).collect(),
        };
        Self {
            openapi: json(openapi),
            later: Arc::new(later),
            #[cfg(feature = "page")]
            page,
        }
    }

    /// The document in OpenAPI 3.1, as JSON.
    pub fn openapi(&self) -> &str {
        text(&self.openapi)
    }

    /// The document in OpenAPI 3.0, as JSON, for tools that know no other.
    pub fn openapi_3_0(&self) -> &str {
        text(self.older())
    }

    pub(crate) fn older(&self) -> &Asset {
        self.later.older.get_or_init(|| {
            let newer = serde_json::from_slice(self.openapi.content());
            json(&openapi::older(newer.expect("it was written here, as an object")))
        })
    }

    /// The reference of the operations, as Markdown.
    pub fn markdown(&self) -> &str {
        text(self.reference())
    }

    pub(crate) fn reference(&self) -> &Asset {
        let later = &self.later;
        later.markdown.get_or_init(|| {
            Asset::new(MARKDOWN, markdown::reference(&later.docs(), &later.listed(), &Examples::default()))
        })
    }

    /// The names of the versions of the API, the oldest first; none where it has none.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.later.routes.versions().iter().map(|version| &*version.name)
    }

    /// The documents of a version, which are made when somebody first asks for them. They list the routes of that version,
    /// and those that are of none.
    ///
    /// ```
    /// use tsk_core::{Endpoint, RouteTable, Version};
    /// use tsk_docs::{Docs, Info};
    ///
    /// let versions = ["v1", "v2"].map(|name| Version { name: name.into(), notice: None });
    /// let table = RouteTable::new([]).with_versions(versions.into());
    /// let document = Docs::new(Info::new("Users", "1.0.0")).document(table);
    /// assert!(document.markdown().starts_with("# Users v2"));
    /// assert!(document.version("v1").is_some_and(|older| older.markdown().starts_with("# Users v1")));
    /// ```
    pub fn version(&self, name: &str) -> Option<&Self> {
        let Later { docs, routes, version, versions, .. } = &*self.later;
        let number = self.versions().position(|other| other == name)?;
        if *version == Some(number) {
            return Some(self);
        }
        Some(versions[number].get_or_init(|| Self::of(docs, Arc::clone(routes), Some(number))))
    }
}

impl Later {
    fn version(&self) -> Option<&Version> {
        self.routes.versions().get(self.version?)
    }

    /// The routes that are in them.
    fn listed(&self) -> Vec<operations::Listed<'_>> {
        operations::listed(&self.routes, self.version().map(|version| &*version.name))
    }

    /// How they begin: a document of a version has its name, and what its users must know.
    fn docs(&self) -> Docs {
        let mut docs = self.docs.clone();
        if let Some(Version { name, notice }) = self.version() {
            docs.info.version = name.to_string();
            let texts = [notice.as_deref(), docs.info.description.as_deref()];
            let texts: Vec<_> = texts.into_iter().flatten().collect();
            docs.info.description = Some(texts.join("\n\n")).filter(|text| !text.is_empty());
        }
        docs
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
