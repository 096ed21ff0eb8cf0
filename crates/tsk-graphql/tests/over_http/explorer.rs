//! The page for developers, as it is served.

use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower_service::Service as _;
use tsk_graphql::{Config, Explorer};

use crate::library::graphql;

fn explorer(introspection: bool, explorer: bool) -> Explorer {
    let config = Config { introspection, explorer, ..Config::default() };
    graphql().config(&config).unwrap().explorer()
}

async fn ask(explorer: &Explorer, request: Request<()>) -> (StatusCode, HeaderMap, String) {
    let response = explorer.clone().call(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

fn get(path: &str) -> Request<()> {
    Request::get(path).body(()).unwrap()
}

#[tokio::test]
async fn it_is_served_where_the_schema_may_be_asked_for_and_nowhere_else() {
    for (introspection, page, is_served) in
        [(true, true, true), (true, false, false), (false, true, false), (false, false, false)]
    {
        let explorer = explorer(introspection, page);
        assert_eq!(explorer.paths().count() > 0, is_served);
        let (status, _, _) = ask(&explorer, get("/graphql/explorer")).await;
        assert_eq!(status == StatusCode::OK, is_served, "{introspection} {page}: {status}");
    }
    assert_eq!(graphql().explorer().paths().count(), 0, "as in production");
}

#[tokio::test]
async fn every_file_is_under_a_policy_that_lets_nothing_in_from_elsewhere() {
    let explorer = explorer(true, true);
    for path in explorer.paths() {
        let (status, headers, text) = ask(&explorer, get(path)).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("trusted-types 'none'"));
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        for inline in ["<script>", " style=", " onclick=", "innerHTML", "http://", "https://", "eval("] {
            assert!(!text.contains(inline), "{path}: {inline}");
        }
    }
}

#[tokio::test]
async fn what_the_page_loads_is_found_below_any_prefix() {
    let explorer = explorer(true, true);
    for (page, below) in [
        ("/explorer", "/"),
        ("/explorer/", "/explorer/"),
        ("/a/graphql/explorer", "/a/graphql/"),
        ("/a/graphql/explorer/", "/a/graphql/explorer/"),
    ] {
        let (_, _, text) = ask(&explorer, get(page)).await;
        let loaded: Vec<_> =
            text.split(['"']).filter(|part| part.ends_with(".css") || part.ends_with(".js")).collect();
        assert_eq!(loaded.len(), 2, "{loaded:?}");
        for file in loaded {
            let (status, ..) = ask(&explorer, get(&format!("{below}{file}"))).await;
            assert_eq!(status, StatusCode::OK, "{below}{file}");
        }
    }
    let (status, ..) = ask(&explorer, get("/explorer/nothing.js")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_has_a_file_is_not_given_it_again_and_nothing_is_sent_there() {
    let explorer = explorer(true, true);
    let (_, headers, text) = ask(&explorer, get("/explorer")).await;
    let known = Request::get("/explorer").header("if-none-match", &headers["etag"]).body(()).unwrap();
    let (status, again, empty) = ask(&explorer, known).await;
    assert_eq!((status, &again["etag"], &*empty), (StatusCode::NOT_MODIFIED, &headers["etag"], ""));
    let mut head = get("/explorer");
    *head.method_mut() = Method::HEAD;
    let (status, headers, empty) = ask(&explorer, head).await;
    assert_eq!((status, &*empty), (StatusCode::OK, ""));
    assert_eq!(headers["content-length"], text.len().to_string().as_str());
    let mut post = get("/explorer");
    *post.method_mut() = Method::POST;
    let (status, headers, _) = ask(&explorer, post).await;
    assert_eq!((status, &headers["allow"]), (StatusCode::METHOD_NOT_ALLOWED, &"GET, HEAD".parse().unwrap()));
}
