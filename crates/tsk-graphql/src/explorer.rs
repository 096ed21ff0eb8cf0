//! The page on which developers ask a schema, and read it.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use ring::digest::{SHA256, digest};
use tower_service::Service;
use tsk_core::{Body, IntoResponse, Problem};

use crate::GraphQl;

/// A page of this crate's own on which developers write queries, with variables and headers, subscribe by events or over a socket,
/// and read and search the schema. It asks the endpoint that it is below, and no other host for anything.
///
/// It is mounted below the path of the endpoint, and served where [introspection](crate::Config::introspection) is allowed and
/// [explorer](crate::Config::explorer) is not switched off. Elsewhere it has no paths, and answers 404.
///
/// ```
/// use juniper::{EmptyMutation, EmptySubscription, RootNode, graphql_object};
/// use tsk_graphql::{Config, GraphQl};
///
/// # struct Query;
/// # #[graphql_object]
/// # impl Query {
/// #     fn hello() -> &'static str {
/// #         "hello"
/// #     }
/// # }
/// let schema = RootNode::new(Query, EmptyMutation::<()>::new(), EmptySubscription::<()>::new());
/// let config = Config { introspection: cfg!(debug_assertions), ..Config::default() };
/// let graphql = GraphQl::new(schema).config(&config)?;
/// let explorer = graphql.explorer();
/// let mut app = axum::Router::<()>::new().route_service("/graphql", graphql);
/// for path in explorer.paths() {
///     app = app.route_service(&format!("/graphql{path}"), explorer.clone()); // `/graphql/explorer`, and what it loads
/// }
/// # let _ = app;
/// # Ok::<(), tsk_graphql::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Explorer {
    is_served: bool,
}

impl GraphQl {
    /// The page on which developers ask this schema, and read it.
    pub fn explorer(&self) -> Explorer {
        let config = &self.engine().config;
        Explorer { is_served: config.introspection && config.explorer }
    }
}

/// What the page may do: run and show what is served here, and ask here. Nothing inline, nothing that is evaluated, no frame, and
/// no markup that is made of text: a browser that knows trusted types refuses it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// A file of the page.
struct Asset {
    path: &'static str,
    media_type: &'static str,
    text: &'static str,
    /// What comes before each relative link of it: the page is at its path with and without a slash at the end.
    below: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

macro_rules! asset {
    ($media_type:ident, $name:literal) => {
        Asset {
            path: concat!("/explorer/", $name),
            media_type: $media_type,
            text: include_str!(concat!("../assets/", $name)),
            below: "",
        }
    };
}

const PAGE: &str = include_str!("../assets/explorer.html");

const ASSETS: &[Asset] = &[
    Asset { path: "/explorer", media_type: HTML, text: PAGE, below: "explorer/" },
    Asset { path: "/explorer/", media_type: HTML, text: PAGE, below: "" },
    asset!(STYLE, "explorer.css"),
    asset!(SCRIPT, "explorer.js"),
    asset!(SCRIPT, "dom.js"),
    asset!(SCRIPT, "ask.js"),
    asset!(SCRIPT, "socket.js"),
    asset!(SCRIPT, "answers.js"),
    asset!(SCRIPT, "document.js"),
    asset!(SCRIPT, "history.js"),
    asset!(SCRIPT, "schema.js"),
    asset!(SCRIPT, "reader.js"),
    asset!(SCRIPT, "example.js"),
];

impl Explorer {
    /// Every path that it answers, below that of the endpoint, for a router that wants them one by one; none where it is not served.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> + use<> {
        ASSETS.iter().filter(|_| self.is_served).map(|asset| asset.path).collect::<Vec<_>>().into_iter()
    }

    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response<Body> {
        // It may be below any prefix, which a router has taken off or has not.
        let mut assets = ASSETS.iter().filter(|_| self.is_served);
        let Some(asset) = assets.find(|asset| path.ends_with(asset.path)) else {
            return Problem::new(StatusCode::NOT_FOUND).into_response();
        };
        if method != Method::GET && method != Method::HEAD {
            let allow = HeaderValue::from_static("GET, HEAD");
            return Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, allow).into_response();
        }
        let mut response = asset.answer(headers);
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        response
    }
}

impl Asset {
    /// It may change with the next version of the program, and there is its tag to ask with.
    fn answer(&self, request: &HeaderMap) -> Response<Body> {
        let content = self.text.replace("{below}", self.below);
        let digest = digest(&SHA256, content.as_bytes());
        let digits: String = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let tag = format!("\"{digits}\"");
        let is_known = request.get_all(header::IF_NONE_MATCH).iter().any(|tags| {
            // By the weak comparison of RFC 9110 §13.1.2.
            let mut tags = tags.to_str().unwrap_or_default().split(',').map(str::trim);
            tags.any(|other| other == "*" || other.strip_prefix("W/").unwrap_or(other) == tag)
        });
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.extend([
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (SAME_ORIGIN, HeaderValue::from_static("same-origin")),
            (header::ETAG, HeaderValue::try_from(tag).expect("quotes and hexadecimal digits")),
        ]);
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.insert(header::CONTENT_LENGTH, content.len().into());
        *response.body_mut() = content.into();
        response
    }
}

/// A page that opens this one cannot reach into it.
const SAME_ORIGIN: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

impl<B> Service<Request<B>> for Explorer {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(request.method(), request.uri().path(), request.headers())))
    }
}
