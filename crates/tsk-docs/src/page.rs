//! The page on which people read about operations and try them out: Swagger UI, out of this crate.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};

use crate::{
    Document,
    document::Text,
    serve::{Content, NO_CACHE, Resource},
};

/// A file of Swagger UI.
struct Asset {
    path: &'static str,
    media_type: &'static str,
    gzip: bool,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");
const STYLE: HeaderValue = HeaderValue::from_static("text/css; charset=utf-8");
/// The version is in the path of an asset: what is there never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The page, at its path with and without a slash at the end, and what it loads.
pub(crate) fn resources(document: &Document) -> Vec<Resource> {
    let page = |path, below, beside| {
        let text = include_str!("../assets/page.html")
            .replace("{title}", &escaped(&document.page.title))
            .replace("{below}", below)
            .replace("{beside}", beside)
            .replace("{versions}", &document.page.versions.join(" "))
            .replace("{swagger}", DIRECTORY);
        own(path, HTML, text.into(), policy(&document.page.origins))
    };
    let asset = |asset: &Asset| Resource {
        path: asset.path.into(),
        media_type: HeaderValue::from_static(asset.media_type),
        content: Content::Made(Text::new(Bytes::from_static(asset.bytes))),
        headers: vec![(header::CACHE_CONTROL, FOREVER), (header::CONTENT_SECURITY_POLICY, policy(&[]))],
        gzip: asset.gzip,
    };
    let mut resources = vec![
        page("/docs", "docs/", ""),
        page("/docs/", "", "../"),
        own("/docs/page.js", SCRIPT, Bytes::from_static(include_bytes!("../assets/page.js")), policy(&[])),
        own("/docs/page.css", STYLE, Bytes::from_static(include_bytes!("../assets/page.css")), policy(&[])),
    ];
    resources.extend(ASSETS.iter().map(asset));
    resources
}

fn own(path: &'static str, media_type: HeaderValue, bytes: Bytes, policy: HeaderValue) -> Resource {
    const REFERRER: (HeaderName, HeaderValue) =
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let headers =
        vec![(header::CACHE_CONTROL, NO_CACHE), (header::CONTENT_SECURITY_POLICY, policy), REFERRER];
    let content = Content::Made(Text::new(bytes));
    Resource { path: path.into(), media_type, content, headers, gzip: false }
}

/// What the page may do: run and show what this service serves, and ask this service and those that its document names.
/// Nothing inline, nothing that is evaluated, no frame.
fn policy(origins: &[String]) -> HeaderValue {
    let mut connect = String::from("'self'");
    for origin in origins {
        connect.push(' ');
        connect.push_str(origin);
    }
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src {connect}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("an origin is of letters, digits and a few signs")
}

/// Text within an element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
