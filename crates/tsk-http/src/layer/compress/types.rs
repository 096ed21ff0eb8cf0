//! Media types that are worth compressing.

use crate::Error;

pub(super) const DEFAULT: [&str; 22] = [
    "text/*",
    "+json",
    "+xml",
    "+text",
    "+yaml",
    "application/json",
    "application/javascript",
    "application/xml",
    "application/x-ndjson",
    "application/jsonl",
    "application/json-seq",
    "application/yaml",
    "application/toml",
    "application/graphql",
    "application/sql",
    "application/rtf",
    "application/wasm",
    "application/vnd.ms-fontobject",
    "font/otf",
    "font/ttf",
    "image/bmp",
    "image/x-icon",
];

/// A set of media types.
#[derive(Debug)]
pub(super) struct Types(Box<[Pattern]>);

#[derive(Debug)]
enum Pattern {
    Exact(Box<[u8]>),
    /// With its slash.
    Type(Box<[u8]>),
    /// With its plus.
    Suffix(Box<[u8]>),
}

impl Types {
    pub(super) fn new(patterns: &[String]) -> Result<Self, Error> {
        let patterns = patterns.iter().map(|text| {
            pattern(&text.to_ascii_lowercase()).ok_or_else(|| {
                Error::config(format!(
                    "`http.compression.types`: {text:?} is no media type; write `type/subtype`, `type/*` or `+suffix`"
                ))
            })
        });
        Ok(Self(patterns.collect::<Result<_, _>>()?))
    }

    /// Whether a `Content-Type` is one of them. Its parameters do not matter, nor do capitals.
    pub(super) fn contains(&self, content_type: &[u8]) -> bool {
        let end = content_type.iter().position(|byte| *byte == b';').unwrap_or(content_type.len());
        let name = content_type[..end].trim_ascii();
        self.0.iter().any(|pattern| match pattern {
            Pattern::Exact(exact) => name.eq_ignore_ascii_case(exact),
            Pattern::Type(start) => {
                name.get(..start.len()).is_some_and(|name| name.eq_ignore_ascii_case(start))
            }
            Pattern::Suffix(end) => name
                .len()
                .checked_sub(end.len())
                .is_some_and(|at| at > 0 && name[at..].eq_ignore_ascii_case(end)),
        })
    }
}

fn pattern(text: &str) -> Option<Pattern> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    if text.strip_prefix('+').is_some_and(is_name) {
        return Some(Pattern::Suffix(text.as_bytes().into()));
    }
    let (class, subtype) = text.split_once('/')?;
    if subtype == "*" && is_name(class) {
        return Some(Pattern::Type(text.trim_end_matches('*').as_bytes().into()));
    }
    (is_name(class) && is_name(subtype)).then(|| Pattern::Exact(text.as_bytes().into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn compresses_text_and_leaves_what_is_compressed_by_itself() {
        let types = Types::new(&DEFAULT.map(String::from)).unwrap();
        for name in [
            "text/html; charset=utf-8",
            "TEXT/CSS",
            "text/event-stream",
            "application/json",
            "application/problem+json",
            "Application/LD+JSON ; profile=x",
            "image/svg+xml",
            "application/wasm",
        ] {
            assert!(types.contains(name.as_bytes()), "{name}");
        }
        for name in [
            "",
            "text",
            "+json",
            "image/png",
            "image/webp",
            "video/mp4",
            "audio/ogg",
            "font/woff2",
            "application/zip",
            "application/gzip",
            "application/octet-stream",
            "application/pdf",
            "application/jsonp",
        ] {
            assert!(!types.contains(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn says_which_type_is_none() {
        for text in ["", "text", "*/*", "text/", "/html", "+", "text/a b", "text/*/x"] {
            let error = Types::new(&[text.to_owned()]).unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?} is no media type")), "{error}");
        }
    }
}
