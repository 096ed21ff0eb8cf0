//! The media type of a file, by its extension.

use std::path::Path;

use http::HeaderValue;

/// `application/octet-stream` where the extension says nothing.
///
/// Text is said to be UTF-8, but for XML, which says so itself (RFC 7303 §3).
pub(super) fn of(path: &Path) -> HeaderValue {
    let Some(media_type) = mime_guess::from_path(path).first_raw() else {
        return HeaderValue::from_static("application/octet-stream");
    };
    match media_type {
        "text/html" => HeaderValue::from_static("text/html; charset=utf-8"),
        "text/css" => HeaderValue::from_static("text/css; charset=utf-8"),
        // RFC 9239 §6 leaves one type for scripts, modules too.
        "text/javascript" | "application/javascript" => {
            HeaderValue::from_static("text/javascript; charset=utf-8")
        }
        "text/xml" => HeaderValue::from_static("text/xml"),
        text if text.starts_with("text/") => HeaderValue::try_from(format!("{text}; charset=utf-8"))
            .expect("a media type is valid in a header"),
        other => HeaderValue::from_static(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_by_the_extension() {
        for (name, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("INDEX.HTML", "text/html; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.mjs", "text/javascript; charset=utf-8"),
            ("a.txt", "text/plain; charset=utf-8"),
            ("a.md", "text/markdown; charset=utf-8"),
            ("a.xml", "text/xml"),
            ("a.json", "application/json"),
            ("a.svg", "image/svg+xml"),
            ("a.wasm", "application/wasm"),
            ("a.woff2", "font/woff2"),
            ("a.tar.gz", "application/gzip"),
            ("a.nothing-known", "application/octet-stream"),
            ("README", "application/octet-stream"),
        ] {
            assert_eq!(of(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn no_extension_is_too_much() {
        let letters = || ('a'..='z').chain('0'..='9').map(String::from).chain([String::new()]);
        for (a, b) in letters().flat_map(|a| letters().map(move |b| (a.clone(), b))) {
            for c in letters() {
                assert!(!of(Path::new(&format!("x.{a}{b}{c}"))).is_empty());
            }
        }
    }
}
