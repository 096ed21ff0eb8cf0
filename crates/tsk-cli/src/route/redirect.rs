//! Where clients are sent.

use std::convert::Infallible;

use http::HeaderValue;
use http::request::Parts;
use tsk::core::{Endpoint, FromParts, RequestContext};

/// A path or a URL with parameters of the route in it.
#[derive(Debug, Clone)]
pub(super) struct Target(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    /// The place of a parameter in the path.
    Parameter(usize),
}

/// What a request has for the parameters, and its query, as the client wrote them.
#[derive(Debug)]
pub(super) struct Asked {
    parameters: Vec<String>,
    query: Option<String>,
}

impl Target {
    /// Reads a target for a route with that path.
    pub(super) fn new(target: &str, path: &str) -> Result<Self, String> {
        let host_end = match target.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => {
                scheme.len() + 3 + rest.find(['/', '?', '#']).unwrap_or(rest.len())
            }
            _ if target.starts_with('/') && !target[1..].starts_with(['/', '\\']) => 0,
            _ => {
                return Err(format!(
                    "`redirect` is a path, or a URL of http or https; `{target}` is neither"
                ));
            }
        };
        let endpoint = Endpoint::new(None, path);
        let known = |name: &str| endpoint.params().iter().position(|param| **param == *name);
        let mut parts = Vec::new();
        let mut rest = target;
        while let Some((text, opened)) = rest.split_once('{') {
            let (name, after) = opened.split_once('}').ok_or("`redirect` has a `{` that nothing closes")?;
            let parameter = known(name.trim_start_matches('*')).ok_or_else(|| {
                format!("`redirect` has `{{{name}}}`, and the path `{path}` has no such parameter")
            })?;
            if target.len() - rest.len() + text.len() < host_end {
                return Err(
                    "a parameter may not say to which host clients are sent; put it behind a `/`".to_owned()
                );
            }
            parts.push(Part::Text(text.to_owned()));
            parts.push(Part::Parameter(parameter));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        let target = Self(parts);
        let sample = Asked { parameters: vec![String::new(); endpoint.params().len()], query: None };
        HeaderValue::try_from(target.filled(&sample))
            .map_err(|_| "`redirect` has what no URL has".to_owned())?;
        Ok(target)
    }

    /// The value of `Location`.
    pub(super) fn location(&self, asked: &Asked) -> HeaderValue {
        HeaderValue::try_from(self.filled(asked)).unwrap_or(HeaderValue::from_static("/"))
    }

    fn filled(&self, asked: &Asked) -> String {
        let mut location = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => location.push_str(text),
                Part::Parameter(index) => {
                    let value = asked.parameters.get(*index).map_or("", String::as_str);
                    // A path that begins with two slashes is another host (RFC 3986 §4.2), and a backslash is taken for a slash.
                    let value = if location == "/" { value.trim_start_matches(['/', '\\']) } else { value };
                    location.push_str(value);
                }
            }
        }
        match &asked.query {
            Some(query) if !location.contains('?') => {
                let at = location.find('#').unwrap_or(location.len());
                location.insert_str(at, query);
                location.insert(at, '?');
            }
            _ => {}
        }
        location
    }
}

impl Asked {
    #[cfg(test)]
    pub(super) fn new(parameters: Vec<String>, query: Option<String>) -> Self {
        Self { parameters, query }
    }
}

impl FromParts for Asked {
    type Rejection = Infallible;

    fn from_parts(parts: &mut Parts) -> Result<Self, Infallible> {
        let path = parts.uri.path();
        let context = RequestContext::get(&parts.extensions);
        let value = |context: &RequestContext, index| {
            context.params().value(path, index).unwrap_or_default().to_owned()
        };
        let parameters =
            context.map(|context| (0..context.params().len()).map(|index| value(context, index)).collect());
        Ok(Self { parameters: parameters.unwrap_or_default(), query: parts.uri.query().map(str::to_owned) })
    }
}
