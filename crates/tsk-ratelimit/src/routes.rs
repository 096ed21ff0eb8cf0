//! Routes, as a configuration names them.

use std::{fmt, str::FromStr};

use http::Method;
use tsk_core::Endpoint;

/// Names routes by their template: `/users/{id}`, `POST /login`, or all below a prefix as `/api/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    method: Option<Method>,
    template: String,
}

impl Pattern {
    /// Whether it names a route.
    pub(crate) fn fits(&self, endpoint: &Endpoint) -> bool {
        let method = self.method.as_ref();
        let is_method = method.is_none_or(|method| endpoint.method().is_none_or(|own| own == method));
        is_method
            && match self.template.strip_suffix('*') {
                Some(prefix) => {
                    endpoint.template().starts_with(prefix)
                        || Some(endpoint.template())
                            == prefix.strip_suffix('/').filter(|path| !path.is_empty())
                }
                None => endpoint.template() == self.template,
            }
    }
}

impl FromStr for Pattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let (method, template) = match text.split_once(' ') {
            Some((method, template)) => (Some(method.parse().map_err(|_| NONE)?), template),
            None => (None, text),
        };
        let is_template = template.starts_with('/') && !template.contains(char::is_whitespace);
        if is_template { Ok(Self { method, template: template.to_owned() }) } else { Err(NONE) }
    }
}

const NONE: &str = "names no route; write `/users/{id}`, `POST /login` or `/api/*`";

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
        }
        f.write_str(&self.template)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_a_route_by_its_template_with_or_without_a_method() {
        let endpoint = |method: Option<Method>, template: &str| Endpoint::new(method, template);
        for (pattern, method, template, expected) in [
            ("/users/{id}", Some(Method::GET), "/users/{id}", true),
            ("/users/{id}", Some(Method::GET), "/users/{name}", false),
            ("GET /users/{id}", Some(Method::GET), "/users/{id}", true),
            ("POST /users/{id}", Some(Method::GET), "/users/{id}", false),
            ("POST /users/{id}", None, "/users/{id}", true),
            ("/api/*", Some(Method::GET), "/api/users", true),
            ("/api/*", Some(Method::GET), "/api", true),
            ("/api/*", Some(Method::GET), "/apis", false),
            ("/*", Some(Method::GET), "/", true),
            // What no route matches has no template.
            ("/*", None, "", false),
            ("/api/*", None, "", false),
        ] {
            let pattern: Pattern = pattern.parse().unwrap();
            assert_eq!(pattern.fits(&endpoint(method, template)), expected, "{pattern} {template}");
        }
    }

    #[test]
    fn what_names_no_route_is_refused() {
        for text in ["", "users", "GET", "GET users", "G(T /users", "/a b", "GET  /users"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }
}
