//! What stops the start.

use super::*;
use crate::version::Unnamed;

fn fault(router: Router) -> String {
    router.build().unwrap_err().to_string()
}

async fn handler() {}

#[test]
fn two_routes_that_are_live_at_once_are_both_named_and_once() {
    let overlapping = |versions| {
        Router::new()
            .versions(versions)
            .route(get("/users", handler).until("v3"))
            .route(get("/users", handler).since("v2"))
            .route(get("/users/{id}", handler))
            .route(post("/users/{name}", handler))
    };
    let by_path = fault(overlapping(Versions::by_path(["v1", "v2", "v3", "v4"])));
    assert_eq!(by_path.matches("is in the same version as another").count(), 1, "{by_path}");
    assert_eq!(by_path.matches("cannot be told from").count(), 1, "{by_path}");
    assert_eq!(by_path.matches("`GET /users` at").count(), 2, "{by_path}");
    let by_header = fault(overlapping(Versions::by_header("x-api-version", ["v1", "v2", "v3"])));
    assert_eq!(by_header.matches("is in the same version as another").count(), 1, "{by_header}");
}

#[test]
fn a_version_that_is_none_or_a_range_that_is_empty_is_a_fault() {
    let router = Router::new()
        .versions(Versions::by_path(["v1", "v2"]))
        .route(get("/a", handler).since("v7"))
        .route(get("/b", handler).until("v1"))
        .merge(Router::new().since("v2").route(get("/c", handler).until("v2")));
    let fault = fault(router);
    assert!(
        fault.contains("`GET /a`") && fault.contains("names the version `v7`, which is none of `v1`, `v2`")
    );
    assert_eq!(fault.matches("is in no version").count(), 2, "{fault}");
}

#[test]
fn a_route_of_versions_where_there_are_none_is_a_fault() {
    let fault = fault(Router::new().route(get("/", handler).since("v1")));
    assert!(fault.contains("no `Router::versions` is around it"), "{fault}");
}

#[test]
fn what_is_wrong_with_the_versions_is_all_said() {
    for (versions, expected) in [
        (Versions::by_path(Vec::<String>::new()), "there are 0 of them"),
        (
            Versions::by_path((0..65).map(|number| format!("v{number}"))),
            "there are 65 of them; there may be 1 to 64",
        ),
        (Versions::by_path(["v1", "v1"]), "`v1` is there twice"),
        (Versions::by_path(["v/1"]), "\"v/1\" is no name"),
        (Versions::by_path([".."]), "\"..\" is no name"),
        (Versions::by_path(["{x}"]), "\"{x}\" is no name"),
        (Versions::by_path(["v".repeat(65)]), "at most 64"),
        (Versions::by_header("x api", ["v1"]), "\"x api\" is no name of a header"),
        (Versions::by_date("x-v", ["2026-02-29"]), "they must be days"),
        (Versions::by_date("x-v", ["2026-02-02", "2026-02-01"]), "in their order"),
        (Versions::by_path(["v1"]).unnamed(Unnamed::Oldest), "a path always names one"),
        (Versions::by_path(["v1"]).deprecated("v2", "2026-01-01"), "there is no `v2` to say anything of"),
        (Versions::by_path(["v1"]).deprecated("v1", "soon"), "\"soon\" is no day"),
        (
            Versions::by_path(["v1"]).deprecated("v1", "2027-01-01").sunset("v1", "2026-12-31"),
            "its sunset is before its deprecation",
        ),
        (
            Versions::by_path(["v1"]).sunset("v1", "2027-01-01").link("v1", "x>; rel=y"),
            "is no address to link to",
        ),
        (Versions::by_path(["v1"]).link("v1", "https://a.example"), "it has a link, and is neither"),
    ] {
        let fault = fault(Router::new().versions(versions).route(get("/", handler)));
        assert!(fault.contains("the versions at ") && fault.contains(expected), "{expected}: {fault}");
    }
}

#[test]
fn a_service_has_one_set_of_versions_wherever_it_is_said() {
    let versions = || Versions::by_header("x-v", ["v1"]);
    let api = |versions, path: &str| Router::new().versions(versions).route(get(path, handler));
    assert!(api(versions(), "/a").merge(api(versions(), "/b")).build().is_ok());
    let two = Router::new().merge(api(versions(), "/a")).merge(api(Versions::by_path(["v1"]), "/b"));
    assert!(fault(two).contains("there are two sets of versions"));
}

#[test]
fn a_path_is_of_versions_or_it_is_not() {
    let api = Router::new().versions(Versions::by_header("x-v", ["v1"])).route(get("/a", handler));
    let fault = fault(Router::new().merge(api).route(post("/a", handler)));
    assert!(fault.contains("only one of them is of a version"), "{fault}");
}
