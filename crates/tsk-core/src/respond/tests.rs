use super::*;

#[test]
fn a_recycled_map_is_empty() {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_static("secret"));
    recycle(headers);
    let response = "hello".into_response();
    assert_eq!(response.headers().len(), 1);
    assert_eq!(response.headers()[header::CONTENT_TYPE], TEXT);
}

#[test]
fn a_header_replaces_the_one_of_the_same_name() {
    let html = [(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))];
    let response = (html, "<p>").into_response();
    assert_eq!(response.headers().get_all(header::CONTENT_TYPE).iter().count(), 1);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html");
}

#[test]
fn an_outer_pair_sets_status_and_headers() {
    let etag = (header::ETAG, HeaderValue::from_static("\"1\""));
    let response = (StatusCode::CREATED, ([etag], "hello")).into_response();
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()[header::ETAG], "\"1\"");
}

#[test]
fn a_map_that_a_large_request_grew_is_freed() {
    let recycled = |names: usize, values: usize| {
        while pool(Vec::pop).flatten().is_some() {}
        let mut headers = HeaderMap::with_capacity(names);
        for _ in 0..values {
            headers.append(header::COOKIE, HeaderValue::from_static("a=b"));
        }
        recycle(headers);
        pool(|pool| pool.len()) == Some(1)
    };
    assert!(recycled(20, 20));
    assert!(!recycled(0, 0), "nothing to use again");
    assert!(!recycled(500, 1), "many names");
    assert!(!recycled(20, 500), "many values of one name");
}
