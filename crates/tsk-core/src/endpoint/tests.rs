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
