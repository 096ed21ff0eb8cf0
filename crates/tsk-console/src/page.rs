//! The page, its scripts and its style: out of this crate, as they were written.

use std::sync::LazyLock;

use http::HeaderValue;
use tsk_core::Asset;

/// What the page may do: run and show what is served here, and ask here. Nothing inline, nothing that is evaluated, no frame, and
/// no markup that is made of text: a browser that knows trusted types refuses it.
pub(crate) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// A file of the page.
pub(crate) struct File {
    pub(crate) path: &'static str,
    pub(crate) asset: Asset,
}

macro_rules! files {
    ($($media_type:ident $name:literal)+) => {
        [$(File {
            path: concat!("/console/", $name),
            asset: Asset::new(Asset::$media_type, include_str!(concat!("../assets/", $name))),
        }),+]
    };
}

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let page = |path, below| {
        let text = include_str!("../assets/console.html").replace("{below}", below);
        File { path, asset: Asset::new(Asset::PAGE, text) }
    };
    // The page is at its path with and without a slash at the end, from where what it loads is elsewhere.
    let mut files = vec![page("/console", "console/"), page("/console/", "")];
    files.extend(files! {
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
    });
    files
});

impl File {
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        FILES.iter()
    }

    pub(crate) fn find(path: &str) -> Option<&'static Self> {
        Self::all().find(|file| file.path == path)
    }
}
