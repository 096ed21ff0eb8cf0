//! Paths as a mounted service sees them.

use http::{Uri, uri::PathAndQuery};

/// In the extensions of a request for a prefix alone, without a slash after it: what is below cannot be linked to by
/// relative references there (RFC 3986 §5.2.3), and the path that the service sees does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BarePrefix(Box<str>);

impl BarePrefix {
    /// Of a request for a service below so many segments.
    pub(crate) fn of(uri: &Uri, depth: usize) -> Option<Self> {
        if depth == 0 || uri.path().matches('/').count() != depth {
            return None;
        }
        let (_, last) = uri.path().rsplit_once('/')?;
        Some(Self(last.into()))
    }

    /// The last segment of the prefix, as the client wrote it.
    pub(crate) fn last_segment(&self) -> &str {
        &self.0
    }
}

/// The target without the first `depth` segments of its path; `None` where nothing changes.
///
/// The prefix is a number and not a text, because it may have parameters.
pub(crate) fn stripped(uri: &Uri, depth: usize) -> Option<Uri> {
    if depth == 0 {
        return None;
    }
    let path = uri.path();
    let rest = path.match_indices('/').nth(depth).map_or("", |(at, _)| &path[at..]);
    let rest = if rest.is_empty() { "/" } else { rest };
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{rest}?{query}")),
        None => PathAndQuery::try_from(rest),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_alone_is_noticed() {
        for (uri, depth, expected) in [
            ("/api", 1, Some("api")),
            ("/api?x=/y/", 1, Some("api")),
            ("/a/%2Fb", 2, Some("%2Fb")),
            ("/api/", 1, None),
            ("/api/users", 1, None),
            ("/", 0, None),
        ] {
            let prefix = BarePrefix::of(&uri.parse().expect("a URI"), depth);
            assert_eq!(prefix.as_ref().map(BarePrefix::last_segment), expected, "{uri}");
        }
    }

    #[test]
    fn keeps_what_follows_the_prefix() {
        for (uri, depth, expected) in [
            ("/api/users/1?x=y", 1, "/users/1?x=y"),
            ("/api", 1, "/"),
            ("/api/", 1, "/"),
            ("/api?x=y", 1, "/?x=y"),
            ("/a/b/c", 2, "/c"),
            ("http://host/api/users", 1, "http://host/users"),
        ] {
            let stripped = stripped(&uri.parse().expect("a URI"), depth).map(|uri| uri.to_string());
            assert_eq!(stripped.as_deref(), Some(expected), "{uri}");
        }
    }
}
