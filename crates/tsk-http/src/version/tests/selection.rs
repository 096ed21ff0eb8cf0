//! Which route a request gets, and what it is told.

use serde_json::json;

use super::*;
use crate::{
    Path,
    version::{UNKNOWN_VERSION, Unnamed, VERSION_ENDED},
};

const NAMES: [&str; 3] = ["v1", "v2", "v3"];
const HEADER: &str = "x-api-version";

#[tokio::test]
async fn a_path_has_the_routes_of_its_version() {
    let health = Router::new().route(get("/health", || async { "well" }));
    let routes = Router::new().nest("/api", users(Versions::by_path(NAMES))).merge(health).build().unwrap();
    for (target, expected) in [
        ("/api/v1/users", "names"),
        ("/api/v2/users", "users"),
        ("/api/v3/users", "users"),
        ("/api/v1/gap", "first"),
        ("/api/v3/gap", "third"),
        ("/api/v1/always", "always"),
        ("/health", "well"),
    ] {
        assert_eq!(text(&routes, &format!("GET {target}"), &[]).await, expected, "{target}");
    }
    let absent = problem(ask(&routes, "GET /api/v2/gap", &[]).await, 404).await;
    assert_eq!(absent["versions"], json!(["v1", "v3"]));
    let allow = ask(&routes, "DELETE /api/v3/users", &[]).await;
    assert_eq!((allow.status().as_u16(), allow.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
    let allow = ask(&routes, "OPTIONS /api/v2/users", &[]).await;
    assert_eq!((allow.status().as_u16(), allow.header("allow")), (204, Some("GET, HEAD, OPTIONS, POST")));
    // Nothing is said where there is nothing to say, and nothing depends on a header.
    let response = ask(&routes, "HEAD /api/v2/users", &[]).await;
    assert_eq!(response.headers().keys().collect::<Vec<_>>(), ["content-type", "content-length"]);
}

#[tokio::test]
async fn a_segment_that_has_the_form_of_a_version_is_one_that_is_unknown() {
    let api = users(Versions::by_path(NAMES))
        .route(get("/u/{id}", |Path(id): Path<u8>| async move { id.to_string() }));
    let routes = Router::new().nest("/api", api).fallback(|| async { "fallback" }).build().unwrap();
    assert_eq!(text(&routes, "GET /api/v2/u/7", &[]).await, "7");
    for target in ["/api/v9/users", "/api/v10/u/7", "/api/v9999999999/gap"] {
        let unknown = problem(ask(&routes, &format!("GET {target}"), &[]).await, 400).await;
        assert_eq!(
            (&unknown["type"], &unknown["known"]),
            (&json!(UNKNOWN_VERSION.uri), &json!(NAMES)),
            "{target}"
        );
    }
    for target in
        ["/api/static/users", "/api/V1/users", "/api/v9", "/v1/users", "/api/v9/nothing", "/api/v/users"]
    {
        assert_eq!(text(&routes, &format!("GET {target}"), &[]).await, "fallback", "{target}");
    }
}

#[tokio::test]
async fn a_header_selects_and_the_answer_says_what_it_selected() {
    let routes = users(Versions::by_header(HEADER, NAMES)).build().unwrap();
    for (target, version, expected) in [
        ("/users", "v1", "names"),
        ("/users", "v2", "users"),
        ("/gap", "v3", "third"),
        ("/always", " v2 ", "always"),
    ] {
        let response = ask(&routes, &format!("GET {target}"), &[(HEADER, version.as_bytes())]).await;
        assert_eq!(response.header(HEADER), Some(version.trim()));
        assert_eq!(response.header("vary"), Some(HEADER));
        assert_eq!(response.text().await, expected, "{target} {version}");
    }
    let absent = ask(&routes, "GET /gap", &[(HEADER, b"v2")]).await;
    assert_eq!((absent.header(HEADER), absent.header("vary")), (Some("v2"), Some(HEADER)));
    assert_eq!(problem(absent, 404).await["versions"], json!(["v1", "v3"]));

    let refused = ask(&routes, "POST /users", &[(HEADER, b"v3")]).await;
    assert_eq!((refused.status().as_u16(), refused.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
    assert_eq!(refused.header("vary"), Some(HEADER));
    let head = ask(&routes, "HEAD /users", &[(HEADER, b"v1")]).await;
    assert_eq!((head.status().as_u16(), head.header("content-length")), (200, Some("5")));
    assert_eq!(ask(&routes, "GET /nowhere", &[]).await.status(), 404);
}

#[tokio::test]
async fn who_asks_what_there_is_need_not_name_a_version() {
    let routes = users(Versions::by_header(HEADER, NAMES)).build().unwrap();
    let all = ask(&routes, "OPTIONS /users", &[]).await;
    assert_eq!((all.status().as_u16(), all.header("allow")), (204, Some("GET, HEAD, OPTIONS, POST")));
    assert_eq!(all.header("vary"), Some(HEADER));
    let one = ask(&routes, "OPTIONS /users", &[(HEADER, b"v3")]).await;
    assert_eq!((one.status().as_u16(), one.header("allow")), (204, Some("GET, HEAD, OPTIONS")));
    problem(ask(&routes, "OPTIONS /users", &[(HEADER, b"v4")]).await, 400).await;
}

#[tokio::test]
async fn a_version_that_is_none_is_refused_and_the_known_ones_are_listed() {
    let routes = users(Versions::by_header(HEADER, NAMES)).build().unwrap();
    let long = [b'v'; 10_000];
    for (values, detail) in [
        (&[][..], "The request must name a version, in the header `x-api-version`."),
        (&[&b"v4"[..]], "There is no version `v4`."),
        (&[b"V1"], "There is no version `V1`."),
        (&[b"v1, v1"], "There is no such version."),
        (&[b"v\xff"], "There is no such version."),
        (&["vé".as_bytes()], "There is no such version."),
        (&[&long], "There is no such version."),
        (&[b"v1", b"v2"], "The request names several versions, in the header `x-api-version`; name one."),
    ] {
        let headers: Vec<_> = values.iter().map(|value| (HEADER, *value)).collect();
        let response = ask(&routes, "GET /users", &headers).await;
        assert_eq!(response.header("vary"), Some(HEADER));
        let problem = problem(response, 400).await;
        assert_eq!(
            (&problem["type"], &problem["known"], &problem["detail"]),
            (&json!(UNKNOWN_VERSION.uri), &json!(NAMES), &json!(detail))
        );
    }
    assert_eq!(text(&routes, "GET /users", &[(HEADER, b"v1"), (HEADER, b"v1")]).await, "names");
}

#[tokio::test]
async fn who_names_none_gets_what_the_api_says() {
    for (unnamed, expected) in [(Unnamed::Oldest, "names"), (Unnamed::Newest, "users")] {
        let versions = Versions::by_header(HEADER, NAMES).unnamed(unnamed);
        let routes = users(versions).build().unwrap();
        assert_eq!(text(&routes, "GET /users", &[]).await, expected);
        problem(ask(&routes, "GET /users", &[(HEADER, b"")]).await, 400).await;
    }
}

#[tokio::test]
async fn a_media_type_selects_and_the_answer_has_its_parameter() {
    let routes = users(Versions::by_media_type(NAMES)).build().unwrap();
    let accept = |value: &'static str| [("accept", value.as_bytes())];
    let response = ask(&routes, "GET /users", &accept("text/plain; version=\"v1\", */*;q=0.1")).await;
    assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8; version=v1"));
    assert_eq!(response.header("vary"), Some("accept"));
    assert_eq!(response.text().await, "names");
    let posted = [("content-type", &b"application/json; version=v2"[..])];
    assert_eq!(text(&routes, "POST /users", &posted).await, "added");
    for value in
        ["*/*", "*/*;version=v9", "*/*;version=v1;version=v2", "*/*;version=\"v1", "*/*;version=v1;q=0"]
    {
        let problem = problem(ask(&routes, "GET /users", &accept(value)).await, 400).await;
        assert_eq!(problem["known"], json!(NAMES), "{value}");
    }
}

#[tokio::test]
async fn a_day_selects_the_newest_version_that_is_not_after_it() {
    let versions = Versions::by_date(HEADER, ["2025-01-15", "2026-01-15"]);
    let routes = Router::new()
        .versions(versions)
        .route(get("/", || async { "old" }).until("2026-01-15"))
        .route(get("/", || async { "new" }).since("2026-01-15"))
        .build()
        .unwrap();
    for (day, version, expected) in [
        ("2025-01-15", "2025-01-15", "old"),
        ("2026-01-14", "2025-01-15", "old"),
        ("2026-01-15", "2026-01-15", "new"),
        ("9999-12-31", "2026-01-15", "new"),
    ] {
        let response = ask(&routes, "GET /", &[(HEADER, day.as_bytes())]).await;
        assert_eq!(response.header(HEADER), Some(version), "{day}");
        assert_eq!(response.text().await, expected, "{day}");
    }
    for day in ["2025-01-14", "2026-02-30", "tomorrow", "2026-01-15T00:00:00Z"] {
        let problem = problem(ask(&routes, "GET /", &[(HEADER, day.as_bytes())]).await, 400).await;
        assert_eq!(problem["known"], json!(["2025-01-15", "2026-01-15"]), "{day}");
    }
}

#[tokio::test]
async fn a_deprecated_version_says_so_in_each_answer() {
    let versions = Versions::by_path(NAMES)
        .deprecated("v1", "2026-03-01")
        .sunset("v1", "2027-03-01")
        .link("v1", "https://example.com/v1")
        .sunset("v2", "2099-01-01");
    let routes = users(versions).build().unwrap();
    for (what, status) in [("GET /v1/users", 200), ("HEAD /v1/users", 200), ("GET /v1/always", 200)] {
        let response = ask(&routes, what, &[]).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.header("deprecation"), Some("@1772323200"), "{what}");
        assert_eq!(response.header("sunset"), Some("Mon, 01 Mar 2027 00:00:00 GMT"), "{what}");
        let links: Vec<_> = response.headers().get_all("link").iter().collect();
        assert_eq!(
            links,
            [r#"<https://example.com/v1>; rel="deprecation""#, r#"<https://example.com/v1>; rel="sunset""#]
        );
    }
    let second = ask(&routes, "GET /v2/users", &[]).await;
    assert!(second.header("sunset").is_some() && second.header("deprecation").is_none());
    assert!(ask(&routes, "GET /v3/users", &[]).await.header("sunset").is_none());
}

#[tokio::test]
async fn what_is_refused_before_the_handler_says_of_which_version_it_is() {
    let routes = Router::new()
        .versions(Versions::by_header(HEADER, ["v1"]).deprecated("v1", "2026-03-01"))
        .route(post("/", |body: String| async move { body }).body_limit(3))
        .build()
        .unwrap();
    let request =
        Client::of(&routes).post("/").header(HEADER, "v1").header("content-length", "4").body("four");
    let response = request.await;
    assert_eq!((response.status().as_u16(), response.header(HEADER)), (413, Some("v1")));
    assert_eq!(response.header("deprecation"), Some("@1772323200"));
}

#[tokio::test]
async fn a_version_ends_on_the_day_of_its_sunset_if_that_is_wanted() {
    let versions = Versions::by_header(HEADER, NAMES).sunset("v1", "2020-01-01").sunset("v2", "9999-01-01");
    let served = users(versions.clone()).build().unwrap();
    assert_eq!(text(&served, "GET /users", &[(HEADER, b"v1")]).await, "names");

    let routes = users(versions.end_at_sunset()).build().unwrap();
    let response = ask(&routes, "GET /users", &[(HEADER, b"v1")]).await;
    assert_eq!(response.header("sunset"), Some("Wed, 01 Jan 2020 00:00:00 GMT"));
    assert_eq!(response.header("vary"), Some(HEADER));
    let ended = problem(response, 410).await;
    assert_eq!((&ended["type"], &ended["known"]), (&json!(VERSION_ENDED.uri), &json!(["v2", "v3"])));
    assert_eq!(text(&routes, "GET /users", &[(HEADER, b"v2")]).await, "users");
    let unknown = problem(ask(&routes, "GET /users", &[]).await, 400).await;
    assert_eq!(unknown["known"], json!(["v2", "v3"]));
}

#[tokio::test]
async fn caches_are_told_once_what_the_answer_depends_on() {
    let own = || async { ([(http::header::VARY, "cookie, X-Api-Version".parse().unwrap())], "own") };
    let versions = Versions::by_header(HEADER, ["v1"]);
    let routes = Router::new().versions(versions).route(get("/", own)).build().unwrap();
    let response = ask(&routes, "GET /", &[(HEADER, b"v1")]).await;
    assert_eq!(response.headers().get_all("vary").iter().count(), 1);
}

#[tokio::test]
async fn a_service_that_is_mounted_sees_the_path_below_it() {
    let inner =
        || Router::new().route(get("/ping", || async { "pong" })).route(get("/", || async { "root" }));
    let service = |router: Router| router.build().unwrap().service(tsk_core::Peer::Local);
    let api = Router::new().versions(Versions::by_path(["v1", "v2"])).nest("/old", service(inner()));
    let routes = Router::new().nest("/api", api).build().unwrap();
    for (target, expected) in
        [("/api/v1/old/ping", "pong"), ("/api/v2/old", "root"), ("/api/v2/old/", "root")]
    {
        assert_eq!(text(&routes, &format!("GET {target}"), &[]).await, expected, "{target}");
    }
    let whole = Router::new().versions(Versions::by_path(["v1"])).nest("", service(inner()));
    let routes = Router::new().nest("/api", whole).build().unwrap();
    for target in ["/api/v1", "/api/v1/"] {
        assert_eq!(text(&routes, &format!("GET {target}"), &[]).await, "root", "{target}");
    }
    let by_header =
        Router::new().versions(Versions::by_header(HEADER, ["v1"])).nest("/old", service(inner()));
    let routes = by_header.build().unwrap();
    assert_eq!(text(&routes, "GET /old/ping", &[(HEADER, b"v1")]).await, "pong");
}

#[test]
fn an_endpoint_is_of_a_version_and_the_table_knows_all_of_them() {
    let health = Router::new().route(get("/health", || async {}));
    let routes =
        Router::new().merge(users(Versions::by_header(HEADER, NAMES))).merge(health).build().unwrap();
    let table = routes.table();
    let listed: Vec<_> = table.iter().map(|each| (each.to_string(), each.version())).collect();
    assert_eq!(listed[0], ("GET /users".into(), Some("v1")));
    assert_eq!(listed[1], ("GET /users".into(), Some("v2")));
    assert_eq!(listed.last(), Some(&("GET /health".into(), None)));
    assert_eq!(table.versions().iter().map(|each| &*each.name).collect::<Vec<_>>(), NAMES);
}

proptest::proptest! {
    /// Routes that follow each other, with gaps: at each version there is the one that is live then, or none.
    #[test]
    fn whatever_the_ranges_are_each_version_has_what_is_live_in_it(
        cuts in proptest::collection::btree_set(0_usize..=8, 2..8),
        gaps in proptest::collection::vec(proptest::bool::ANY, 8),
    ) {
        let names: Vec<_> = (0..8).map(|number| format!("v{number}")).collect();
        let cuts: Vec<_> = cuts.into_iter().collect();
        let ranges = cuts.windows(2).zip(&gaps).filter(|(_, is_gap)| !**is_gap).map(|(cut, _)| cut[0]..cut[1]);
        let ranges: Vec<_> = ranges.collect();
        let routes = |versions: Versions| {
            let router = Router::new().versions(versions).route(post("/other", || async {}));
            let add = |router: Router, range: &std::ops::Range<usize>| {
                let route = get("/x/{id}", || async {}).since(&*names[range.start]);
                router.route(match names.get(range.end) {
                    Some(end) => route.until(&**end),
                    None => route,
                })
            };
            ranges.iter().fold(router, add).build().unwrap()
        };
        let (by_path, by_header) =
            (routes(Versions::by_path(&names)), routes(Versions::by_header(HEADER, &names)));
        for (number, name) in names.iter().enumerate() {
            let mut headers = http::HeaderMap::new();
            headers.insert(HEADER, name.parse().unwrap());
            let path = format!("/{name}/x/7");
            let is_live = ranges.iter().any(|range| range.contains(&number));
            for (index, params) in
                [by_path.at(&Method::GET, &path, &http::HeaderMap::new()), by_header.at(&Method::GET, "/x/7", &headers)]
            {
                let endpoint = by_path.table().get(index);
                proptest::prop_assert_eq!(endpoint.version(), is_live.then_some(&**name));
                proptest::prop_assert_eq!(params.len(), usize::from(is_live));
            }
        }
    }
}
