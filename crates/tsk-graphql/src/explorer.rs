//! The page on which developers ask a schema, and read it.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::LazyLock,
    task::{Context, Poll},
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use tower_service::Service;
use tsk_core::{Asset, Body, IntoResponse, Problem};

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
struct File {
    path: &'static str,
    asset: Asset,
}

macro_rules! files {
    ($($media_type:ident $name:literal)+) => {
        [$(File::new(
            concat!("/explorer/", $name),
            Asset::new(Asset::$media_type, include_str!(concat!("../assets/", $name))),
        )),+]
    };
}

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let page = |path, below| {
        let text = include_str!("../assets/explorer.html").replace("{below}", below);
        File::new(path, Asset::new(Asset::PAGE, text))
    };
    // The page is at its path with and without a slash at the end, from where what it loads is elsewhere.
    let mut files = vec![page("/explorer", "explorer/"), page("/explorer/", "")];
    files.extend(files! {
        STYLE "explorer.css"
        SCRIPT "explorer.js"
        SCRIPT "dom.js"
        SCRIPT "ask.js"
        SCRIPT "socket.js"
        SCRIPT "answers.js"
        SCRIPT "document.js"
        SCRIPT "history.js"
        SCRIPT "schema.js"
        SCRIPT "reader.js"
        SCRIPT "example.js"
    });
    files
});

impl File {
    fn new(path: &'static str, asset: Asset) -> Self {
        let asset = asset
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .header(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"))
            .header(SAME_ORIGIN, HeaderValue::from_static("same-origin"));
        Self { path, asset }
    }
}

impl Explorer {
    /// Every path that it answers, below that of the endpoint, for a router that wants them one by one; none where it is not served.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.files().map(|file| file.path)
    }

    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response<Body> {
        // It may be below any prefix, which a router has taken off or has not.
        match self.files().find(|file| path.ends_with(file.path)) {
            Some(file) => file.asset.answer(method, headers),
            None => Problem::new(StatusCode::NOT_FOUND).into_response(),
        }
    }

    fn files(&self) -> impl Iterator<Item = &'static File> + use<> {
        FILES.iter().take(if self.is_served { FILES.len() } else { 0 })
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
