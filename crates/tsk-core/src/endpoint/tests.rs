#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn names_parameters_in_the_order_of_the_path() {
    let names = |template: &str| param_names(template).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names("/orgs/{org}/files/{*path}"), ["org", "path"]);
    assert_eq!(names("/{name}.json"), ["name"]);
    assert!(names("/{{literal}}/x").is_empty());
    assert_eq!(names("/{{v}}-{id}/{{{name}"), ["id", "name"]);
    assert!(names("/{open").is_empty());
    assert!(names("").is_empty());
}

#[test]
fn inherits_only_what_is_not_declared() {
    let (mut inner, mut outer) = (Meta::default(), Meta::default());
    inner.insert(1_u8);
    outer.insert(2_u8);
    outer.insert("outer");
    inner.inherit(&outer);
    assert_eq!(inner.get::<u8>(), Some(&1));
    assert_eq!(inner.get::<&str>(), Some(&"outer"));
}

#[test]
fn a_route_has_the_lists_of_its_groups_and_its_own() {
    let mut outer = Meta::default();
    outer.push("outer");
    let mut routes = [Meta::default(), Meta::default()];
    routes[1].push("own");
    for route in &mut routes {
        route.inherit(&outer);
    }
    assert_eq!(routes[0].list().collect::<Vec<&&str>>(), [&"outer"]);
    assert_eq!(routes[1].list().collect::<Vec<&&str>>(), [&"outer", &"own"]);
    // It is one value for both.
    let [first, second] = routes.each_ref().map(|route| route.list::<&str>().next());
    assert!(first.zip(second).is_some_and(|(first, second)| std::ptr::eq(first, second)));
    assert_eq!(routes[0].list::<u8>().count(), 0);
}
