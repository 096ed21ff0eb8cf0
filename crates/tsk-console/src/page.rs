//! The page, its scripts and its style: out of this crate, as they were written.

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use tsk_core::Body;
use xxhash_rust::xxh3::xxh3_64;

/// What the page may do: run and show what is served here, and ask here. Nothing inline, nothing that is evaluated, no frame, and
/// no markup that is made of text: a browser that knows trusted types refuses it.
pub(crate) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// A file of the page.
pub(crate) struct Asset {
    pub(crate) path: &'static str,
    media_type: &'static str,
    text: &'static str,
    /// What comes before each relative link of it.
    prefix: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

macro_rules! files {
    ($($media_type:ident $name:literal)+) => {
        &[$(Asset {
            path: concat!("/console/", $name),
            media_type: $media_type,
            text: include_str!(concat!("../assets/", $name)),
            prefix: "",
        }),+]
    };
}

const PAGE: &str = include_str!("../assets/console.html");

/// The page is at its path with and without a slash at the end, from where what it loads is elsewhere.
const PAGES: &[Asset] = &[
    Asset { path: "/console", media_type: HTML, text: PAGE, prefix: "console/" },
    Asset { path: "/console/", media_type: HTML, text: PAGE, prefix: "" },
];

const FILES: &[Asset] = files! {
    STYLE "console.css"
    SCRIPT "console.js"
    SCRIPT "stream.js"
    SCRIPT "dom.js"
    SCRIPT "format.js"
    SCRIPT "table.js"
    SCRIPT "search.js"
    SCRIPT "chart.js"
    SCRIPT "traffic.js"
    SCRIPT "routes.js"
    SCRIPT "objectives.js"
    SCRIPT "traces.js"
    SCRIPT "errors.js"
    SCRIPT "map.js"
    SCRIPT "health.js"
    SCRIPT "limits.js"
    SCRIPT "usage.js"
    SCRIPT "connections.js"
    SCRIPT "log.js"
    SCRIPT "others.js"
};

impl Asset {
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        PAGES.iter().chain(FILES)
    }

    pub(crate) fn find(path: &str) -> Option<&'static Self> {
        Self::all().find(|asset| asset.path == path)
    }

    fn content(&self) -> String {
        self.text.replace("{below}", self.prefix)
    }

    /// It may change with the next version of the program, and there is its tag to ask with.
    pub(crate) fn answer(&self, request: &HeaderMap) -> Response<Body> {
        let content = self.content();
        let tag = format!("\"{:016x}\"", xxh3_64(content.as_bytes()));
        let known = request.get_all(header::IF_NONE_MATCH).iter().any(|tags| {
            // By the weak comparison of RFC 9110 §13.1.2.
            let tags = tags.to_str().unwrap_or_default().split(',').map(str::trim);
            tags.map(|other| other.strip_prefix("W/").unwrap_or(other))
                .any(|other| other == "*" || other == tag)
        });
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::ETAG, HeaderValue::try_from(tag).expect("quotes and hexadecimal digits"));
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.insert(header::CONTENT_LENGTH, content.len().into());
        *response.body_mut() = content.into();
        response
    }
}
