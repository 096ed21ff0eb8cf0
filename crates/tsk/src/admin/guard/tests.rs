#![allow(clippy::unwrap_used)]

use super::*;

const TOKEN: &str = "0123456789abcdef";

fn rules(config: Config) -> Rules {
    Rules::new(&config).unwrap()
}

/// The status by which a request is refused; 200 where it is not.
fn asked(rules: &Rules, method: Method, headers: &[(&'static str, &str)]) -> u16 {
    let mut request = Request::builder().method(method).uri("/").body(Body::empty()).unwrap();
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    rules.check(&request).map_or_else(|problem| problem.status().as_u16(), |()| 200)
}

#[test]
fn a_page_whose_name_points_here_is_refused() {
    let rules = rules(Config { hosts: vec!["metrics.internal".into()], ..Config::default() });
    let get = |host| asked(&rules, Method::GET, &[("host", host)]);
    for host in [
        "127.0.0.1:9464",
        "127.0.0.1",
        "localhost:9464",
        "LOCALHOST",
        "[::1]:9464",
        "10.0.0.7:9464",
        "metrics.internal:80",
    ] {
        assert_eq!(get(host), 200, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:9464",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "[evil]",
        "",
    ] {
        assert_eq!(get(host), 403, "{host}");
    }
    assert_eq!(asked(&rules, Method::GET, &[]), 403);
}

#[test]
fn a_listener_for_scrapers_without_a_token_is_called_by_no_name_of_a_page() {
    let config = Config { hosts: vec!["metrics.internal".into()], ..Config::default() };
    let get = |have_token, lines: &[(&'static str, &str)]| {
        asked(&Rules::of_scrapers(&config, have_token), Method::GET, lines)
    };
    for (host, status) in
        [("127.0.0.1:9465", 200), ("localhost", 200), ("metrics.internal", 200), ("evil.example", 403)]
    {
        assert_eq!(get(false, &[("host", host)]), status, "{host}");
        assert_eq!(get(true, &[("host", host)]), 200, "{host}");
    }
    let foreign = [("host", "localhost"), ("sec-fetch-site", "cross-site")];
    assert_eq!((get(false, &foreign), get(true, &foreign)), (403, 403));
}

#[test]
fn a_page_of_another_site_is_refused() {
    let rules = rules(Config::default());
    for (site, status) in
        [("none", 200), ("same-origin", 200), ("same-site", 403), ("cross-site", 403), ("?", 403)]
    {
        assert_eq!(
            asked(&rules, Method::GET, &[("host", "localhost"), ("sec-fetch-site", site)]),
            status,
            "{site}"
        );
    }
}

#[test]
fn a_change_is_sent_as_json() {
    let rules = rules(Config::default());
    let post = |kind| asked(&rules, Method::POST, &[("host", "localhost"), ("content-type", kind)]);
    for (kind, status) in [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonp", 415),
    ] {
        assert_eq!(post(kind), status, "{kind}");
    }
    assert_eq!(asked(&rules, Method::DELETE, &[("host", "localhost")]), 415);
}

#[test]
fn a_token_is_demanded_where_there_is_one() {
    let rules = rules(Config { token: Some(Secret::from(TOKEN.to_owned())), ..Config::default() });
    let get = |value: &str| asked(&rules, Method::GET, &[("host", "localhost"), ("authorization", value)]);
    assert_eq!(get(&format!("Bearer {TOKEN}")), 200);
    assert_eq!(get(&format!("bearer {TOKEN}")), 200);
    for value in ["", "Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Basic 0123456789abcdef"] {
        assert_eq!(get(value), 401, "{value}");
    }
}

#[test]
fn beyond_this_machine_there_is_no_listener_without_a_token() {
    let listening = |address: &str, token: Option<&str>| {
        let token = token.map(|token| Secret::from(token.to_owned()));
        Rules::new(&Config { listen: Some(address.parse().unwrap()), token, ..Config::default() })
    };
    for address in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "unix:/run/admin.sock"] {
        assert!(listening(address, None).is_ok(), "{address}");
    }
    for address in ["0.0.0.0:1", "[::]:1", "10.0.0.7:1", "example.org:1", "localhost.example.org:1"] {
        let error = listening(address, None).unwrap_err();
        assert!(error.is_config() && error.to_string().contains(address), "{error}");
        assert!(listening(address, Some(TOKEN)).is_ok(), "{address}");
        assert!(listening(address, Some("short")).is_err(), "{address}");
    }
}

#[test]
fn the_page_that_asks_for_the_token_is_given_without_and_what_it_shows_is_not() {
    let config = Config { token: Some(Secret::from(TOKEN.to_owned())), ..Config::default() };
    let get = |rules: &Rules, path: &str, host: &str| {
        let request = Request::get(path).header("host", host).body(Body::empty()).unwrap();
        rules.check(&request).map_or_else(|problem| problem.status().as_u16(), |()| 200)
    };
    let rules = rules(config).with_console(true);
    for path in ["/console", "/console/", "/console/console.js"] {
        assert_eq!(get(&rules, path, "localhost"), 200, "{path}");
        assert_eq!(get(&rules, path, "evil.example"), 403, "{path}");
    }
    for path in
        ["/console/stream", "/console/insight?name=log", "/console/../metrics", "/console//", "/insights"]
    {
        assert_eq!(get(&rules, path, "localhost"), 401, "{path}");
    }
    assert_eq!(get(&rules.with_console(false), "/console", "localhost"), 401);
}
