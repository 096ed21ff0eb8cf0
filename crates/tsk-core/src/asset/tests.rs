use http_body::Body as _;

use super::*;

fn asset() -> Asset {
    Asset::new(Asset::SCRIPT, "run()").header(header::CACHE_CONTROL, HeaderValue::from_static("immutable"))
}

fn get(request: &[(HeaderName, &str)]) -> Response<Body> {
    let values =
        request.iter().map(|(name, value)| (name.clone(), HeaderValue::try_from(*value).expect("text")));
    asset().answer(&Method::GET, &values.collect())
}

fn text<'r>(response: &'r Response<Body>, name: &HeaderName) -> Option<&'r str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

#[test]
fn a_file_is_given_with_its_headers_and_to_head_without_its_bytes() {
    for (method, length) in [(Method::GET, Some(5)), (Method::HEAD, Some(0))] {
        let response = asset().answer(&method, &HeaderMap::new());
        assert_eq!((response.status(), response.body().size_hint().exact()), (StatusCode::OK, length));
        for (name, value) in [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::CONTENT_LENGTH, "5"),
            (header::CACHE_CONTROL, "immutable"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            assert_eq!(text(&response, &name), Some(value), "{method} {name}");
        }
    }
}

#[test]
fn who_has_it_is_told_so_and_who_has_another_is_given_it() {
    let tag = text(&get(&[]), &header::ETAG).expect("a tag").to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\" , {tag}"), "*".to_owned()] {
        let response = get(&[(header::IF_NONE_MATCH, &known)]);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(response.body().size_hint().exact(), Some(0));
        assert_eq!(text(&response, &header::ETAG), Some(&*tag));
        assert_eq!(text(&response, &header::CACHE_CONTROL), Some("immutable"));
        assert_eq!(text(&response, &header::CONTENT_TYPE), None);
    }
    let of_another =
        text(&Asset::new(Asset::SCRIPT, "run(1)").answer(&Method::GET, &HeaderMap::new()), &header::ETAG)
            .expect("a tag")
            .to_owned();
    for other in [of_another, tag.trim_matches('"').to_owned(), String::new()] {
        assert_eq!(get(&[(header::IF_NONE_MATCH, &other)]).status(), StatusCode::OK, "{other}");
    }
}

#[test]
fn no_other_method_is_answered() {
    let response = asset().answer(&Method::POST, &HeaderMap::new());
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(text(&response, &header::ALLOW), Some("GET, HEAD"));
}
