//! The page on which people read about operations and try them out: Swagger UI, out of this crate.

use std::io::Read as _;

use bytes::Bytes;
use http::{HeaderValue, header};
use tsk_core::Asset;

use crate::{
    Document,
    serve::{Content, Resource},
};

/// A file of Swagger UI.
pub(crate) struct Vendored {
    path: &'static str,
    media_type: &'static str,
    gzip: bool,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The version is in the path of an asset: what is there never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");

/// The page, at its path with and without a slash at the end, and what it loads.
pub(crate) fn resources(document: &Document) -> Vec<Resource> {
    let page = |path, below, beside| {
        let text = include_str!("../assets/page.html")
            .replace("{title}", &escaped(&document.page.title))
            .replace("{below}", below)
            .replace("{beside}", beside)
            .replace("{versions}", &document.page.versions.join(" "))
            .replace("{swagger}", DIRECTORY);
        own(path, Asset::new(Asset::PAGE, text), policy(&document.page.origins))
    };
    let script = Asset::new(Asset::SCRIPT, include_str!("../assets/page.js"));
    let style = Asset::new(Asset::STYLE, include_str!("../assets/page.css"));
    let mut resources = vec![
        page("/docs", "docs/", ""),
        page("/docs/", "", "../"),
        own("/docs/page.js", script, policy(&[])),
        own("/docs/page.css", style, policy(&[])),
    ];
    resources.extend(ASSETS.iter().map(Vendored::resource));
    resources
}

fn own(path: &'static str, asset: Asset, policy: HeaderValue) -> Resource {
    let asset = asset
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .header(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Resource { path: path.into(), content: Content::Made(asset) }
}

impl Vendored {
    fn resource(&'static self) -> Resource {
        let stored = self.asset(Bytes::from_static(self.bytes));
        let content = if self.gzip {
            let compressed = stored
                .header(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))
                .header(header::VARY, ACCEPT_ENCODING);
            Content::Compressed(compressed, self)
        } else {
            Content::Made(stored)
        };
        Resource { path: self.path.into(), content }
    }

    /// As it is for who takes no gzip: another representation, with a tag of its own.
    pub(crate) fn inflated(&self) -> Asset {
        let mut plain = Vec::new();
        let read = flate2::read::GzDecoder::new(self.bytes).read_to_end(&mut plain);
        read.expect("the asset was compressed when this crate was built, and a test inflates each");
        self.asset(plain).header(header::VARY, ACCEPT_ENCODING)
    }

    fn asset(&self, content: impl Into<Bytes>) -> Asset {
        Asset::new(HeaderValue::from_static(self.media_type), content)
            .header(header::CACHE_CONTROL, FOREVER)
            .header(header::CONTENT_SECURITY_POLICY, policy(&[]))
    }
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
