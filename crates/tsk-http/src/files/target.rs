//! What the path of a request names, decided before any file is touched.

use std::{borrow::Cow, ffi::OsStr, path::PathBuf};

use http::Uri;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::router::strip::BarePrefix;

/// A path below the root that may be looked for.
///
/// Invariant: `relative` has only plain names, so joining it to a directory cannot lead out of that directory but
/// through a symbolic link.
#[derive(Debug)]
pub(super) struct Target {
    /// Empty for the root.
    pub(super) relative: PathBuf,
    /// Whether the path ended in a slash.
    pub(super) is_directory: bool,
    /// The last segment of the prefix, where the client asked for nothing but the prefix.
    prefix: Option<Box<str>>,
    query: Option<Box<str>>,
}

/// The longest path that the system takes (Linux: `PATH_MAX`); others are refused without asking it.
const MAX_LEN: usize = 4096;

impl Target {
    /// `None` for what is never served, whatever is on the disk.
    pub(super) fn parse(uri: &Uri, prefix: Option<&BarePrefix>) -> Option<Self> {
        let (relative, is_directory) = relative(uri.path())?;
        let prefix = prefix.filter(|_| uri.path() == "/").map(|prefix| prefix.last_segment().into());
        let is_directory = is_directory && prefix.is_none();
        Some(Self { relative, is_directory, prefix, query: uri.query().map(Into::into) })
    }

    /// Where a directory is that was named without the slash.
    ///
    /// It is relative to the request's URI (RFC 3986 §5.2), because only the client knows the path that it used: a
    /// router or proxy may have taken a prefix off. The dot keeps `//host` and `scheme:` from being read into a name.
    pub(super) fn with_slash(&self) -> String {
        let name = match &self.prefix {
            // As the client wrote it, escapes and all.
            Some(segment) => utf8_percent_encode(segment, CONTROLS),
            None => {
                let name = self.relative.file_name().and_then(OsStr::to_str).unwrap_or_default();
                utf8_percent_encode(name, RESERVED)
            }
        };
        // What is not ASCII has no place in a URI, though parsers let it pass.
        let query = self.query.as_deref().map(|query| utf8_percent_encode(query, CONTROLS));
        query.map_or_else(|| format!("./{name}/"), |query| format!("./{name}/?{query}"))
    }
}

/// All but the unreserved characters of RFC 3986 §2.3.
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn relative(path: &str) -> Option<(PathBuf, bool)> {
    if path.len() > MAX_LEN {
        return None;
    }
    let mut relative = PathBuf::with_capacity(path.len());
    let mut segments = path.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment.is_empty() && segments.peek().is_none() {
            return Some((relative, true));
        }
        let name = decode(segment)?;
        let is_well_known = name == ".well-known" && relative.as_os_str().is_empty();
        if !is_plain(&name) && !is_well_known {
            return None;
        }
        relative.push(&*name);
    }
    Some((relative, false))
}

/// The text of a segment. An incomplete escape is refused: taken literally it would be a second URI for one file.
fn decode(segment: &str) -> Option<Cow<'_, str>> {
    let is_complete =
        |rest: &str| matches!(rest.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    if !segment.split('%').skip(1).all(is_complete) {
        return None;
    }
    percent_decode_str(segment).decode_utf8().ok()
}

/// Neither hidden nor `.` nor `..`, and of characters that are part of a name on every system and in every log.
pub(super) fn is_plain(name: &str) -> bool {
    let refused = |c: char| c == '/' || c == '\\' || c.is_control();
    !name.is_empty() && !name.starts_with('.') && !name.contains(refused)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decodes_names_and_sees_the_slash() {
        for (path, expected, is_directory) in [
            ("/", "", true),
            ("/a", "a", false),
            ("/a/", "a", true),
            ("/a/b.txt", "a/b.txt", false),
            ("/a%20b/%c3%A9", "a b/é", false),
            ("/100%25", "100%", false),
            ("/a..b/c.", "a..b/c.", false),
            ("/%252e%252e", "%2e%2e", false),
            ("/.well-known/acme-challenge/x", ".well-known/acme-challenge/x", false),
        ] {
            assert_eq!(relative(path), Some((expected.into(), is_directory)), "{path}");
        }
    }

    #[test]
    fn refuses_what_is_no_plain_name() {
        let long = format!("/{}", "a".repeat(MAX_LEN));
        for path in [
            "",
            "*",
            "a",
            "//",
            "//a",
            "/a//b",
            "/a//", // no path, empty segments
            "/.",
            "/..",
            "/a/..",
            "/../a",
            "/%2e",
            "/%2E%2e/a",
            "/.%2e", // dot segments
            "/.env",
            "/a/.git/config",
            "/%2egit",
            "/...",
            "/a/.well-known/x",
            "/.well-known/.x",
            "/.well-knownx",
            "/a%2fb",
            "/%2Fetc",
            "/..%2fa",
            "/a\\b",
            "/a%5cb",
            "/..%5Ca", // separators within a segment
            "/a%00",
            "/a%0a",
            "/a%0D",
            "/a%7f",
            "/a%C2%85",
            "/a\0", // control characters
            "/%",
            "/a%2",
            "/%zz",
            "/%%41",
            "/a%é", // incomplete escapes
            "/%ff",
            "/%c0%ae%c0%ae/",
            "/%ed%a0%80", // not UTF-8: stray, overlong, surrogate
            &long,
        ] {
            assert_eq!(relative(path), None, "{path:?}");
        }
    }

    #[test]
    fn a_redirect_is_relative_and_keeps_the_query() {
        for (uri, expected) in [
            ("/docs", "./docs/"),
            ("/a/docs?x=1&y=%20", "./docs/?x=1&y=%20"),
            ("/docs?", "./docs/?"),
            ("/docs?é", "./docs/?%C3%A9"),
            ("/javascript:alert(1)", "./javascript%3Aalert%281%29/"),
            ("/a/%3Cb%3E", "./%3Cb%3E/"),
        ] {
            assert_eq!(Target::parse(&uri.parse().unwrap(), None).unwrap().with_slash(), expected, "{uri}");
        }
    }

    fn is_below(path: &Path) -> bool {
        path.components().all(|component| matches!(component, Component::Normal(_)))
    }

    proptest! {
        #[test]
        fn never_names_anything_but_what_is_below(path in "(/|[.%25eE\\\\]|%2[eEfF]|%5[cC]|%00|\\PC){0,40}") {
            if let Some((relative, _)) = relative(&path) {
                prop_assert!(is_below(&relative), "{relative:?}");
            }
        }
    }
}
