#![allow(clippy::unwrap_used)]

use http::{HeaderValue, header};
use http_body_util::BodyExt;
use tsk_core::{Endpoint, Meta, Operation, RouteTable};

use super::*;
use crate::{Docs, Info};

fn serve() -> Serve {
    let mut operation = Operation::default();
    operation.summary = Some("Say hello".into());
    let route = Endpoint::new(Some(Method::GET), "/hello").declared(operation, Meta::default());
    let docs = Docs::new(Info::new("<Test>", "1")).server("https://api.example:8443/v1", "Elsewhere");
    Serve::new(&docs.document(RouteTable::new([route])))
}

fn get(path: &str, headers: &[(header::HeaderName, &str)]) -> Response<Body> {
    let map =
        headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect();
    serve().answer(&Method::GET, path, &map)
}

fn text(response: Response<Body>) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let bytes = runtime.block_on(response.into_body().collect()).unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn is(response: &Response<Body>, name: header::HeaderName, value: &str) {
    assert_eq!(response.headers().get(&name).map(|value| value.to_str().unwrap()), Some(value), "{name}");
}

#[test]
fn each_document_has_its_media_type_and_a_strong_tag() {
    for (path, media_type, start) in [
        ("/openapi.json", "application/json", r#"{"openapi":"3.1.0""#),
        ("/openapi-3.0.json", "application/json", r#"{"openapi":"3.0.3""#),
        ("/docs.md", "text/markdown; charset=utf-8", "# <Test> 1"),
    ] {
        let response = get(path, &[]);
        assert_eq!(response.status(), StatusCode::OK);
        is(&response, header::CONTENT_TYPE, media_type);
        is(&response, header::CACHE_CONTROL, "no-cache");
        is(&response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        assert!(response.headers()[header::ETAG].to_str().unwrap().starts_with('"'));
        assert!(text(response).starts_with(start), "{path}");
    }
}

#[test]
fn who_has_it_already_is_told_so() {
    let etag = get("/openapi.json", &[]).headers()[header::ETAG].to_str().unwrap().to_owned();
    for tags in [etag.clone(), format!("\"other\", W/{etag}"), "*".into()] {
        let response = get("/openapi.json", &[(header::IF_NONE_MATCH, &tags)]);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{tags}");
        is(&response, header::ETAG, &etag);
        assert_eq!(text(response), "");
    }
    let response = get("/openapi.json", &[(header::IF_NONE_MATCH, "\"other\"")]);
    assert_eq!(response.status(), StatusCode::OK);
}

#[test]
fn head_is_get_without_a_body() {
    let response = serve().answer(&Method::HEAD, "/openapi.json", &HeaderMap::new());
    let length = get("/openapi.json", &[]).headers()[header::CONTENT_LENGTH].clone();
    assert_eq!(response.headers()[header::CONTENT_LENGTH], length);
    assert_eq!(text(response), "");
}

#[test]
fn other_paths_and_methods_are_problems() {
    assert_eq!(get("/openapi.yaml", &[]).status(), StatusCode::NOT_FOUND);
    let response = serve().answer(&Method::POST, "/docs", &HeaderMap::new());
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    is(&response, header::ALLOW, "GET, HEAD");
}

#[cfg(feature = "page")]
#[test]
fn the_page_allows_nothing_inline_and_no_host_but_those_of_the_document() {
    let response = get("/docs", &[]);
    is(&response, header::CONTENT_TYPE, "text/html; charset=utf-8");
    is(
        &response,
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' https://api.example:8443; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    let page = text(response);
    assert!(page.contains("<title>&lt;Test&gt;</title>"), "{page}");
    assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("<script>"), "{page}");
    assert!(!page.contains("://"), "nothing is named by its host: {page}");
}

#[cfg(feature = "page")]
#[test]
fn what_the_page_loads_is_there_with_and_without_a_slash_at_its_end() {
    for (page, base) in [("/docs", "/"), ("/docs/", "/docs/")] {
        let html = text(get(page, &[]));
        let links = html.split(['"', ' ', '>']).filter(|word| word.contains('.') && !word.contains('<'));
        let mut count = 0;
        for link in
            links.filter(|word| word.ends_with(".js") || word.ends_with(".css") || word.ends_with(".json"))
        {
            let path = match link.strip_prefix("../") {
                Some(beside) => format!("/{beside}"),
                None => format!("{base}{link}"),
            };
            assert_eq!(get(&path, &[]).status(), StatusCode::OK, "{path} of {page}");
            count += 1;
        }
        assert!(count >= 5, "{html}");
    }
}

#[cfg(feature = "page")]
#[test]
fn assets_are_sent_as_they_are_stored_and_inflated_for_who_takes_no_gzip() {
    let serve = serve();
    let path = serve.paths().find(|path| path.ends_with("swagger-ui.css")).unwrap();
    let compressed = get(path, &[(header::ACCEPT_ENCODING, "br, gzip")]);
    is(&compressed, header::CONTENT_ENCODING, "gzip");
    is(&compressed, header::VARY, "accept-encoding");
    is(&compressed, header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    for accepted in ["identity", "gzip;q=0", "gzip;q=0, *"] {
        let plain = get(path, &[(header::ACCEPT_ENCODING, accepted)]);
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING), "{accepted}");
        is(&plain, header::VARY, "accept-encoding");
        let tag = plain.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert_ne!(plain.headers()[header::ETAG], compressed.headers()[header::ETAG], "two representations");
        assert!(text(plain).contains(".swagger-ui"), "{accepted}");
        let again = get(path, &[(header::ACCEPT_ENCODING, accepted), (header::IF_NONE_MATCH, &tag)]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{accepted}");
    }
}

#[cfg(feature = "page")]
#[test]
fn every_asset_can_be_inflated_and_the_licence_is_among_them() {
    let serve = serve();
    let assets: Vec<_> = serve.paths().filter(|path| path.contains("swagger-ui-5")).collect();
    assert!(assets.iter().any(|path| path.ends_with("/LICENSE")), "{assets:?}");
    for path in assets {
        let response = get(path, &[]);
        assert_eq!(response.status(), StatusCode::OK);
        assert_ne!(response.headers()[header::CONTENT_LENGTH], "0", "{path}");
    }
}
