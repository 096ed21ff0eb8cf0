use super::*;

#[test]
fn an_origin_is_of_a_host_and_nothing_that_could_end_a_header() {
    assert_eq!(origin("https://api.example:8443/v1").as_deref(), Some("https://api.example:8443"));
    assert_eq!(origin("http://[::1]:80/").as_deref(), Some("http://[::1]:80"));
    for url in [
        "/v1",
        "ftp://example.com/",
        "https://a;script-src/",
        "https://user@host/",
        "https://{region}.example/",
    ] {
        assert_eq!(origin(url), None, "{url}");
    }
}
