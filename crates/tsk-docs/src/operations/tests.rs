use http::Method;
use tsk_core::Meta;

use super::*;

fn route(method: Method, template: &str) -> Endpoint {
    let mut operation = Operation::default();
    operation.summary = Some("What it does".into());
    Endpoint::new(Some(method), template).declared(operation, Meta::default())
}

fn ids(routes: impl IntoIterator<Item = Endpoint>) -> Vec<String> {
    listed(&RouteTable::new(routes), None).into_iter().map(|each| each.id).collect()
}

#[test]
fn identifiers_come_from_method_and_path() {
    let routes = [
        route(Method::GET, "/"),
        route(Method::GET, "/files/{*rest}"),
        route(Method::DELETE, "/users/{id}"),
        route(Method::POST, "/users/{id}/orders.json"),
    ];
    assert_eq!(
        ids(routes),
        ["get_root", "get_files_by_rest", "delete_users_by_id", "post_users_by_id_orders_json"]
    );
}

#[test]
fn a_derived_identifier_never_takes_a_declared_one() {
    let mut operation = Operation::default();
    operation.id = Some("get_a_b".into());
    let declared = Endpoint::new(Some(Method::GET), "/z").declared(operation, Meta::default());
    let routes = [route(Method::GET, "/a/b"), route(Method::GET, "/a-b"), declared];
    assert_eq!(ids(routes), ["get_a_b_2", "get_a_b_3", "get_a_b"]);
}

#[test]
fn the_order_of_declaration_does_not_matter() {
    let all = [(Method::POST, "/b"), (Method::GET, "/b"), (Method::GET, "/a")];
    let forwards = ids(all.clone().map(|(method, path)| route(method, path)));
    let mut backwards = all;
    backwards.reverse();
    assert_eq!(forwards, ids(backwards.map(|(method, path)| route(method, path))));
    assert_eq!(forwards, ["get_a", "get_b", "post_b"]);
}

#[test]
fn what_is_hidden_undescribed_or_without_a_word_is_left_out() {
    let mut hidden = Operation::default();
    hidden.summary = Some("Not for you".into());
    hidden.hidden = true;
    let mut refusing = Operation::default();
    refusing.respond(429, "Too many.");
    let routes = [
        Endpoint::new(Some(Method::GET), "/hidden").declared(hidden, Meta::default()),
        Endpoint::new(Some(Method::GET), "/refusing").declared(refusing, Meta::default()),
        Endpoint::new(None, "/mounted"),
        route(Method::HEAD, "/head"),
        route(Method::OPTIONS, "/options"),
        route(Method::GET, "/shown"),
    ];
    assert_eq!(ids(routes), ["get_shown"]);
}

#[test]
fn braces_that_are_meant_as_such_are_escaped() {
    assert_eq!(path("/a/{{b}}/{*rest}"), "/a/%7Bb%7D/{rest}");
}
