//! What is served at a path, without code: `[[route]]`.

mod describe;
mod redirect;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tsk::core::Declare;
use tsk::http::{Body, Router, config::text, mount, on};

use crate::error::Error;
use crate::site::{Directory, Options};
use redirect::Target;

/// An entry `[[route]]` of `tsk.toml`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
pub(crate) struct Route {
    written: Written,
    what: What,
}

/// An entry, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The path, such as `/robots.txt`; with parameters, as in `/old/{id}`, or `/old/{*rest}` for all below.
    path: String,

    /// What it is for, as the listing and the documents say. Default: what kind of route it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary: Option<String>,

    /// The directory to serve below the path, which must exist. One of `directory`, `respond` and `redirect` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    directory: Option<Directory>,

    /// As in `[site]`, of a directory. Default: false.
    #[serde(default, skip_serializing_if = "is_default")]
    single_page: bool,

    /// As in `[site]`, of a directory. Default: false.
    #[serde(default, skip_serializing_if = "is_default")]
    precompressed: bool,

    /// As in `[site]`, of a directory. Default: false.
    #[serde(default, skip_serializing_if = "is_default")]
    listing: bool,

    /// As in `[site]`, of a directory. Default: not at all.
    #[serde(default, with = "text::Duration", skip_serializing_if = "is_default")]
    max_age: Duration,

    /// As in `[site]`, of a directory. Default: none.
    #[serde(default, skip_serializing_if = "is_default")]
    immutable: Vec<String>,

    /// The content to answer with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    respond: Option<String>,

    /// Where to send clients: a path, or a URL, with parameters of `path` in braces. The query goes along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    redirect: Option<String>,

    /// The methods that are answered, of `respond` and `redirect`. Default: GET, and with it HEAD.
    #[serde(default, skip_serializing_if = "is_default")]
    methods: Vec<String>,

    /// The status. Default: 200 of `respond`, and 307 of `redirect`, which may be 301, 302, 303, 307 or 308.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,

    /// Headers of the answer, of `respond` and `redirect`. Default: `content-type: text/plain; charset=utf-8` of
    /// `respond`.
    #[serde(default, skip_serializing_if = "is_default")]
    headers: BTreeMap<String, String>,
}

/// An entry, as it is understood.
#[derive(Debug, Clone)]
enum What {
    Directory(Directory, Options),
    Answer { methods: Vec<Method>, status: StatusCode, headers: HeaderMap, content: Content },
}

#[derive(Debug, Clone)]
enum Content {
    Text(String),
    Redirect(Target),
}

impl Route {
    /// The path, as it is written.
    pub(crate) fn path(&self) -> &str {
        &self.written.path
    }

    /// Adds the entry to the routes.
    pub(crate) fn add_to(self, router: Router) -> Result<Router, Error> {
        let operation = describe::operation(&self);
        let Self { written: Written { path, .. }, what } = self;
        let (methods, status, headers, content) = match what {
            What::Directory(root, options) => {
                let mut route = mount(Method::GET, &path, options.files(&root)?);
                *route.operation_mut() = operation;
                return Ok(router.route(route));
            }
            What::Answer { methods, status, headers, content } => (methods, status, headers, content),
        };
        Ok(methods.into_iter().fold(router, |router, method| {
            let (content, headers) = (content.clone(), headers.clone());
            let handler = move |asked: redirect::Asked| {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = status;
                response.headers_mut().clone_from(&headers);
                match &content {
                    Content::Text(text) => *response.body_mut() = Body::from(text.clone()),
                    Content::Redirect(target) => {
                        response.headers_mut().insert(header::LOCATION, target.location(&asked));
                    }
                }
                std::future::ready(response)
            };
            let mut route = on(method, &path, handler);
            route.operation_mut().clone_from(&operation);
            router.route(route)
        }))
    }
}

impl TryFrom<Written> for Route {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        if !written.path.starts_with('/') {
            return Err(format!("the path `{}` does not begin with `/`", written.path));
        }
        let what = match (&written.directory, &written.respond, &written.redirect) {
            (Some(directory), None, None) => written.directory(directory)?,
            (None, Some(text), None) => written.text(text)?,
            (None, None, Some(target)) => written.redirect(target)?,
            (None, None, None) => {
                return Err(
                    "says nothing of what is served: set `directory`, `respond` or `redirect`".to_owned()
                );
            }
            _ => {
                return Err("has more than one of `directory`, `respond` and `redirect`; keep one".to_owned());
            }
        };
        Ok(Self { written, what })
    }
}

impl Written {
    fn directory(&self, root: &Directory) -> Result<What, String> {
        if self.path.contains("{*") {
            return Err("a directory is served below its path; leave `{*…}` out".to_owned());
        }
        self.has_none_of(
            "a directory",
            &[
                ("methods", !self.methods.is_empty()),
                ("status", self.status.is_some()),
                ("headers", !self.headers.is_empty()),
            ],
        )?;
        let options = Options {
            single_page: self.single_page,
            precompressed: self.precompressed,
            listing: self.listing,
            max_age: self.max_age,
            immutable: self.immutable.clone(),
        };
        Ok(What::Directory(root.clone(), options))
    }

    fn text(&self, text: &str) -> Result<What, String> {
        self.is_no_directory("`respond`")?;
        let status = self.status.unwrap_or(200);
        let status = StatusCode::from_u16(status).ok().filter(|status| (200..600).contains(&status.as_u16()));
        let status = status.ok_or("`status` is a number from 200 to 599")?;
        if !text.is_empty() && matches!(status.as_u16(), 204 | 205 | 304) {
            return Err(format!("an answer with the status {} has no content (RFC 9110)", status.as_u16()));
        }
        let mut headers = self.headers()?;
        if !text.is_empty() {
            headers
                .entry(header::CONTENT_TYPE)
                .or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
        }
        Ok(What::Answer {
            methods: self.methods()?,
            status,
            headers,
            content: Content::Text(text.to_owned()),
        })
    }

    fn redirect(&self, target: &str) -> Result<What, String> {
        self.is_no_directory("`redirect`")?;
        let status = match self.status.unwrap_or(307) {
            status @ (301 | 302 | 303 | 307 | 308) => {
                StatusCode::from_u16(status).map_err(|e| e.to_string())?
            }
            _ => return Err("`status` of a redirect is 301, 302, 303, 307 or 308".to_owned()),
        };
        let target = Target::new(target, &self.path)?;
        let (methods, headers) = (self.methods()?, self.headers()?);
        Ok(What::Answer { methods, status, headers, content: Content::Redirect(target) })
    }

    fn is_no_directory(&self, what: &str) -> Result<(), String> {
        self.has_none_of(
            what,
            &[
                ("single_page", self.single_page),
                ("precompressed", self.precompressed),
                ("listing", self.listing),
                ("max_age", !self.max_age.is_zero()),
                ("immutable", !self.immutable.is_empty()),
            ],
        )
    }

    /// What would be passed over is refused.
    fn has_none_of(&self, what: &str, keys: &[(&str, bool)]) -> Result<(), String> {
        match keys.iter().find(|(_, is_set)| *is_set) {
            Some((key, _)) => Err(format!("`{key}` means nothing for {what}; remove it")),
            None => Ok(()),
        }
    }

    fn methods(&self) -> Result<Vec<Method>, String> {
        if self.methods.is_empty() {
            return Ok(vec![Method::GET]);
        }
        let method = |name: &String| match Method::from_bytes(name.as_bytes()) {
            Ok(method)
                if !matches!(method, Method::HEAD | Method::OPTIONS | Method::TRACE | Method::CONNECT) =>
            {
                Ok(method)
            }
            Ok(_) => Err(format!("`{name}` is answered by itself, or not at all; remove it from `methods`")),
            Err(_) => Err(format!("`methods`: {name:?} is no method")),
        };
        self.methods.iter().map(method).collect()
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let parsed: HeaderName =
                name.parse().map_err(|_| format!("`headers`: {name:?} is no header name"))?;
            if OURS.contains(&parsed) {
                return Err(format!("`headers`: `{parsed}` is the server's own; remove it"));
            }
            let value = value.parse().map_err(|_| format!("`headers`: {value:?} is no value of a header"))?;
            headers.insert(parsed, value);
        }
        Ok(headers)
    }
}

/// Headers that say how an answer is sent, which nobody else may say.
const OURS: [HeaderName; 7] = [
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::LOCATION,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

impl From<Route> for Written {
    fn from(route: Route) -> Self {
        route.written
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
