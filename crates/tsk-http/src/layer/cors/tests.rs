#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use tower_service::Service;
use tsk_core::{IntoResponse, Problem};

use super::*;
use crate::{Router, any, get, post};

/// Answers 404 with a `vary` of its own, if it has one.
#[derive(Clone)]
struct Inner(Option<&'static str>);

impl Service<Request<()>> for Inner {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let mut response = Problem::new(StatusCode::NOT_FOUND).into_response();
        if let Some(vary) = self.0 {
            response.headers_mut().insert(header::VARY, header::HeaderValue::from_static(vary));
        }
        std::future::ready(Ok(response))
    }
}

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";

fn config() -> Config {
    Config { origins: vec![APP.into()], ..Config::default() }
}

fn layer(config: &Config) -> CorsLayer {
    CorsLayer::new(config).unwrap()
}

async fn ask(layer: &CorsLayer, request: Request<()>) -> Response<Body> {
    layer.layer(Inner(None)).call(request).await.unwrap()
}

fn from(origin: &str) -> Request<()> {
    Request::get("/").header("origin", origin).body(()).unwrap()
}

fn preflight(origin: &str, method: &str, headers: &str) -> Request<()> {
    let request =
        Request::options("/").header("origin", origin).header("access-control-request-method", method);
    let request = match headers {
        "" => request,
        headers => request.header("access-control-request-headers", headers),
    };
    request.body(()).unwrap()
}

/// What an answer allows: each header by the end of its name.
fn allowed(response: &Response<Body>) -> Vec<(&str, &str)> {
    let headers = response.headers().iter();
    let mut allowed: Vec<_> = headers
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix("access-control-")?;
            Some((name, value.to_str().unwrap()))
        })
        .collect();
    allowed.sort_unstable();
    allowed
}

#[tokio::test]
async fn an_answer_says_who_may_read_it_errors_too() {
    let response = ask(&layer(&config()), from(APP)).await;
    assert_eq!(response.status(), 404);
    assert_eq!(allowed(&response), [("allow-origin", APP)]);
    assert_eq!(response.headers()["vary"], "origin");
}

#[tokio::test]
async fn an_answer_that_allows_nothing_varies_all_the_same() {
    for request in [from(EVIL), from("null"), Request::new(())] {
        let response = ask(&layer(&config()), request).await;
        assert_eq!(allowed(&response), []);
        assert_eq!(response.headers()["vary"], "origin");
    }
}

#[tokio::test]
async fn origin_joins_what_the_answer_varies_by() {
    for (own, sent) in [
        ("accept-encoding", "accept-encoding, origin"),
        ("Origin", "Origin"),
        ("accept, ORIGIN", "accept, ORIGIN"),
        ("*", "*"),
        ("x-origin", "x-origin, origin"),
    ] {
        let mut service = layer(&config()).layer(Inner(Some(own)));
        let response = service.call(from(APP)).await.unwrap();
        let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
        assert_eq!(vary, [sent]);
    }
}

#[tokio::test]
async fn everybody_gets_the_same_answer_and_nothing_varies() {
    let layer = layer(&Config { origins: vec!["*".into()], expose: vec!["*".into()], ..Config::default() });
    for request in [from(EVIL), Request::new(())] {
        let response = ask(&layer, request).await;
        assert_eq!(allowed(&response), [("allow-origin", "*"), ("expose-headers", "*")]);
        assert!(!response.headers().contains_key("vary"));
    }
}

#[tokio::test]
async fn nothing_is_said_where_no_origin_is_named() {
    let layer = layer(&Config::default());
    for request in [from(APP), preflight(APP, "GET", "")] {
        let response = ask(&layer, request).await;
        assert_eq!((response.status().as_u16(), allowed(&response)), (404, vec![]));
        assert!(!response.headers().contains_key("vary"));
    }
}

#[tokio::test]
async fn credentials_and_readable_headers_are_named() {
    let expose = vec!["etag".into(), "x-request-id".into()];
    let layer = layer(&Config { credentials: true, expose, ..config() });
    let response = ask(&layer, from(APP)).await;
    let expected =
        [("allow-credentials", "true"), ("allow-origin", APP), ("expose-headers", "etag, x-request-id")];
    assert_eq!(allowed(&response), expected);
}

#[tokio::test]
async fn a_preflight_is_answered_with_all_that_is_allowed() {
    let layer = layer(&Config { credentials: true, ..config() });
    let response = ask(&layer, preflight(APP, "PUT", "content-type")).await;
    assert_eq!(response.status(), 204);
    let expected = [
        ("allow-credentials", "true"),
        ("allow-headers", "authorization, content-type"),
        ("allow-methods", "DELETE, GET, HEAD, PATCH, POST, PUT"),
        ("allow-origin", APP),
        ("max-age", "7200"),
    ];
    assert_eq!(allowed(&response), expected);
    let vary = response.headers()["vary"].to_str().unwrap();
    assert!(
        vary.starts_with("origin, access-control-request-method, access-control-request-headers"),
        "{vary}"
    );
}

#[tokio::test]
async fn a_preflight_for_what_is_not_allowed_is_allowed_nothing() {
    let layer = layer(&Config { methods: vec!["PUT".into()], ..config() });
    for (origin, method, headers) in [
        (EVIL, "PUT", ""),
        ("null", "PUT", ""),
        (APP, "DELETE", ""),
        (APP, "put", ""),
        (APP, "PUT, DELETE", ""),
        (APP, "", ""),
        (APP, "PUT", "x-admin"),
        (APP, "PUT", "content-type,x-admin"),
    ] {
        let response = ask(&layer, preflight(origin, method, headers)).await;
        assert_eq!(
            (response.status().as_u16(), allowed(&response)),
            (204, vec![]),
            "{origin} {method} {headers}"
        );
        assert!(response.headers()["vary"].to_str().unwrap().starts_with("origin, "));
    }
    let response = ask(&layer, preflight(APP, "PUT", "Content-Type, AUTHORIZATION")).await;
    assert_eq!(response.headers()["access-control-allow-methods"], "PUT");
}

#[tokio::test]
async fn other_options_are_for_the_service() {
    let layer = layer(&config());
    let plain = Request::options("/").header("origin", APP).body(()).unwrap();
    assert_eq!(ask(&layer, plain).await.status(), 404);
    let no_origin = Request::options("/").header("access-control-request-method", "GET").body(()).unwrap();
    assert_eq!(ask(&layer, no_origin).await.status(), 404);
}

#[tokio::test]
async fn any_header_is_named_as_it_was_asked_for_if_it_is_one() {
    let layer = layer(&Config { headers: vec!["*".into()], ..config() });
    let response = ask(&layer, preflight(APP, "GET", "X-One,, x-two")).await;
    assert_eq!(response.headers()["access-control-allow-headers"], "x-one, x-two");
    let response = ask(&layer, preflight(APP, "GET", "")).await;
    assert!(!response.headers().contains_key("access-control-allow-headers"));
    for wrong in ["x one", "x-one, <script>", &"x,".repeat(2048)] {
        assert_eq!(allowed(&ask(&layer, preflight(APP, "GET", wrong)).await), [], "{wrong}");
    }
}

#[tokio::test]
async fn a_private_network_is_reached_where_that_is_said() {
    let request = || {
        let mut request = preflight(APP, "GET", "");
        let name = "access-control-request-private-network";
        request.headers_mut().insert(name, header::HeaderValue::from_static("true"));
        request
    };
    assert_eq!(allowed(&ask(&layer(&config()), request()).await), []);
    let open = layer(&Config { private_network: true, ..config() });
    assert_eq!(ask(&open, request()).await.headers()["access-control-allow-private-network"], "true");
    let response = ask(&open, preflight(APP, "GET", "")).await;
    assert!(!response.headers().contains_key("access-control-allow-private-network"));
}

#[tokio::test]
async fn the_methods_are_those_of_the_path() {
    let handler = || async {};
    let routes = Router::new()
        .route(get("/users/{id}", handler))
        .route(post("/orders", handler))
        .route(any("/any", handler))
        .build()
        .unwrap();
    let layer = layer(&config()).routes(routes);
    let methods = async |path: &str, method: &str| {
        let mut request = preflight(APP, method, "");
        *request.uri_mut() = path.parse().unwrap();
        let response = ask(&layer, request).await;
        let methods = response.headers().get("access-control-allow-methods");
        methods.map(|methods| methods.to_str().unwrap().to_owned())
    };
    assert_eq!(methods("/users/1?x", "GET").await.as_deref(), Some("GET, HEAD, OPTIONS"));
    assert_eq!(methods("/users/1", "DELETE").await, None);
    assert_eq!(methods("/orders", "POST").await.as_deref(), Some("OPTIONS, POST"));
    // Whatever these answer, the page may read it.
    assert!(methods("/any", "DELETE").await.is_some());
    assert!(methods("/nowhere", "PUT").await.is_some());
    assert!(methods("/nowhere", "TRACE").await.is_none());
}

#[tokio::test]
async fn an_upstream_that_allows_more_is_overruled() {
    #[derive(Clone)]
    struct Open;
    impl Service<Request<()>> for Open {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            let mut response = ().into_response();
            let any = header::HeaderValue::from_static("*");
            response.headers_mut().insert("access-control-allow-origin", any);
            std::future::ready(Ok(response))
        }
    }
    let response = layer(&config()).layer(Open).call(from(APP)).await.unwrap();
    assert_eq!(allowed(&response), [("allow-origin", APP)]);
}

#[tokio::test]
async fn a_preflight_gives_back_the_place_that_was_kept_for_it() {
    /// Holds a share of the place once it is ready, until it is dropped.
    struct Place(Arc<()>, Option<Arc<()>>);
    impl Clone for Place {
        fn clone(&self) -> Self {
            Self(Arc::clone(&self.0), None)
        }
    }
    impl Service<Request<()>> for Place {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            self.1 = Some(Arc::clone(&self.0));
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            std::future::ready(Ok(().into_response()))
        }
    }

    let place = Arc::new(());
    let mut service = layer(&config()).layer(Place(Arc::clone(&place), None));
    std::future::poll_fn(|cx| service.poll_ready(cx)).await.unwrap();
    assert_eq!(Arc::strong_count(&place), 3);
    service.call(preflight(APP, "GET", "")).await.unwrap();
    assert_eq!(Arc::strong_count(&place), 2);
}

#[test]
fn what_browsers_refuse_or_would_open_all_stops_the_start() {
    let strings = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    for (config, key, reason) in [
        (
            Config { origins: strings(&["*"]), credentials: true, ..Config::default() },
            "credentials",
            "any site",
        ),
        (
            Config { origins: strings(&["null"]), credentials: true, ..Config::default() },
            "credentials",
            "any site",
        ),
        (Config { origins: strings(&["https://a.example/"]), ..Config::default() }, "origins", "slash"),
        (Config { expose: strings(&["*"]), credentials: true, ..config() }, "expose", "list"),
        (Config { expose: strings(&["*", "etag"]), ..config() }, "expose", "every"),
        (Config { headers: strings(&["x y"]), ..config() }, "headers", "x y"),
        (Config { methods: strings(&["get"]), ..config() }, "methods", "capitals"),
        (Config { methods: strings(&["*"]), ..config() }, "methods", "no method"),
        (Config { methods: strings(&["TRACE"]), ..config() }, "methods", "no page"),
    ] {
        let error = CorsLayer::new(&config).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`http.cors.{key}`: ")) && error.contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_preflight_allows_what_a_path_has_in_any_version_and_the_header_that_names_one() {
    use crate::version::{DeclareVersions, Versions};

    let routes = Router::new()
        .versions(Versions::by_header("x-api-version", ["v1", "v2"]))
        .route(get("/", || async {}))
        .route(post("/", || async {}).since("v2"))
        .build()
        .unwrap();
    let layer = layer(&config()).routes(routes);
    let response = ask(&layer, preflight(APP, "POST", "content-type, x-api-version")).await;
    let allowed = |name: &str| response.headers()[name].to_str().unwrap();
    assert_eq!(allowed("access-control-allow-methods"), "GET, HEAD, OPTIONS, POST");
    assert_eq!(allowed("access-control-allow-headers"), "authorization, content-type, x-api-version");
}
