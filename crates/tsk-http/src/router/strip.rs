//! Paths as a mounted service sees them.

use http::{Uri, uri::PathAndQuery};

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
