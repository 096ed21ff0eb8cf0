#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use tsk::{App, Config};

use super::*;

fn read(text: &str) -> Result<Route, String> {
    toml::from_str::<Route>(text).map_err(|error| error.message().to_owned())
}

/// What is answered to a GET: the status, and either where to or the content.
async fn get(text: &str, path: &str) -> (u16, String) {
    let routes = read(text).unwrap().add_to(Router::new()).unwrap();
    let client = App::new(Config::default()).routes(routes).client().unwrap();
    let response = client.get(path).await;
    let location = response.header("location").map(str::to_owned);
    (
        response.status().as_u16(),
        match location {
            Some(location) => location,
            None => response.text().await,
        },
    )
}

#[tokio::test]
async fn a_fixed_answer_has_its_status_headers_and_methods() {
    let robots = "path = '/robots.txt'\nrespond = 'User-agent: *'\nheaders = { x-by = 'hand' }\nmethods = ['GET', 'POST']";
    let routes = read(robots).unwrap().add_to(Router::new()).unwrap();
    let client = App::new(Config::default()).routes(routes).client().unwrap();
    for method in [Method::GET, Method::POST] {
        let response = client.request(method, "/robots.txt").await;
        assert_eq!(response.header("x-by"), Some("hand"));
        assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(response.text().await, "User-agent: *");
    }
    assert_eq!(client.request(Method::PUT, "/robots.txt").await.status(), 405);
    assert_eq!(get("path = '/gone'\nrespond = ''\nstatus = 410", "/gone").await, (410, String::new()));
}

#[tokio::test]
async fn a_redirect_takes_parameters_and_the_query_along() {
    for (route, path, answer) in [
        ("path = '/a'\nredirect = '/b'", "/a", (307, "/b")),
        ("path = '/a'\nredirect = '/b'\nstatus = 308", "/a?x=%20y", (308, "/b?x=%20y")),
        ("path = '/a'\nredirect = '/b?c=d'", "/a?x=y", (307, "/b?c=d")),
        ("path = '/a'\nredirect = '/b#c'", "/a?x=y", (307, "/b?x=y#c")),
        ("path = '/old/{id}'\nredirect = '/new/{id}.html'", "/old/1%2F2", (307, "/new/1%2F2.html")),
        (
            "path = '/{*all}'\nredirect = 'https://example.org/{all}'",
            "/x/y",
            (307, "https://example.org/x/y"),
        ),
        ("path = '/{a}/{b}'\nredirect = '/{b}/{a}'", "/1/2", (307, "/2/1")),
    ] {
        let (status, location) = get(route, path).await;
        assert_eq!((status, location.as_str()), answer, "{route}");
    }
}

#[tokio::test]
async fn nobody_is_sent_to_a_host_that_the_request_names() {
    for path in ["/go//evil.example", "/go///evil.example/x", "/go/%2F/evil.example"] {
        let (_, location) = get("path = '/go/{*rest}'\nredirect = '/{rest}'", path).await;
        assert!(location.starts_with('/') && !location.starts_with("//"), "{path}: {location}");
    }
    for target in [
        "https://{host}/",
        "https://example.org{host}",
        "//{host}/",
        "/\\\\{host}",
        "{host}",
        "https://a.{host}/x",
    ] {
        let route = format!("path = '/{{host}}'\nredirect = '{target}'");
        assert!(read(&route).is_err(), "{target}");
    }
}

#[test]
fn a_mistake_is_named() {
    for (route, message) in [
        ("path = 'a'\nrespond = ''", "the path `a` does not begin with `/`"),
        ("path = '/a'", "says nothing of what is served: set `directory`, `respond` or `redirect`"),
        (
            "path = '/a'\nrespond = ''\nredirect = '/'",
            "has more than one of `directory`, `respond` and `redirect`; keep one",
        ),
        ("path = '/a'\nrespond = ''\nlisting = true", "`listing` means nothing for `respond`; remove it"),
        ("path = '/a'\ndirectory = '.'\nstatus = 200", "`status` means nothing for a directory; remove it"),
        ("path = '/a'\nredirect = '/b'\nstatus = 200", "`status` of a redirect is 301, 302, 303, 307 or 308"),
        (
            "path = '/a'\nrespond = 'b'\nstatus = 204",
            "an answer with the status 204 has no content (RFC 9110)",
        ),
        ("path = '/a'\nrespond = 'b'\nstatus = 101", "`status` is a number from 200 to 599"),
        ("path = '/a'\nredirect = 'b'", "`redirect` is a path, or a URL of http or https; `b` is neither"),
        ("path = '/a'\nredirect = '/{b}'", "`redirect` has `{b}`, and the path `/a` has no such parameter"),
        ("path = '/{a}'\nredirect = '/{a'", "`redirect` has a `{` that nothing closes"),
        (
            "path = '/a'\nrespond = ''\nmethods = ['HEAD']",
            "`HEAD` is answered by itself, or not at all; remove it from `methods`",
        ),
        ("path = '/a'\nrespond = ''\nmethods = ['G T']", "`methods`: \"G T\" is no method"),
        ("path = '/a'\nrespond = ''\nheaders = { 'a b' = '' }", "`headers`: \"a b\" is no header name"),
        (
            "path = '/a'\nrespond = ''\nheaders = { content-length = '1' }",
            "`headers`: `content-length` is the server's own; remove it",
        ),
    ] {
        assert_eq!(read(route).unwrap_err(), message, "{route}");
    }
}

#[test]
fn an_entry_is_written_as_it_was_read() {
    for text in [
        "path = \"/a\"\nrespond = \"b\"\nstatus = 404\n",
        "path = \"/a\"\ndirectory = \".\"\nlisting = true\nmax_age = \"1h\"\n",
        "path = \"/{a}\"\nredirect = \"/b/{a}\"\nmethods = [\"POST\"]\n\n[headers]\nx-a = \"b\"\n",
    ] {
        assert_eq!(toml::to_string(&read(text).unwrap()).unwrap(), text);
    }
}

proptest! {
    #[test]
    fn no_request_makes_a_target_another_host(rest in "[/\\\\.a-z@:%]{1,20}", query in proptest::option::of("[a-z=/]{0,5}")) {
        let target = Target::new("/{rest}", "/{*rest}").unwrap();
        let location = target.location(&redirect::Asked::new(vec![rest], query));
        let location = location.to_str().unwrap();
        prop_assert!(location.starts_with('/') && !location[1..].starts_with(['/', '\\']), "{}", location);
    }
}
