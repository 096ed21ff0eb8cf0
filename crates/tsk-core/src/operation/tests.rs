use super::*;

#[test]
fn keeps_the_first_description_of_an_answer() {
    let mut operation = Operation::default();
    operation.respond(404, "No such user.");
    operation.respond(404, "Not found.");
    assert_eq!(operation.responses[&404].description, "No such user.");
}

#[test]
fn inherits_tags_once() {
    let group = Operation { tags: vec!["users".into()], ..Operation::default() };
    let mut operation = group.clone();
    operation.inherit(&group);
    assert_eq!(operation.tags, ["users"]);
}

#[test]
fn inherits_only_the_parameters_that_it_does_not_declare() {
    let parameter = |name: &str, location| Parameter {
        name: name.into(),
        location,
        required: false,
        description: None,
        schema: Value::Null,
    };
    let of = |parameters| Operation { parameters, ..Operation::default() };
    let group = of(vec![parameter("x-tenant", Location::Header), parameter("page", Location::Header)]);
    let mut operation = of(vec![parameter("X-Tenant", Location::Header), parameter("page", Location::Query)]);
    operation.inherit(&group);
    let names: Vec<_> = operation.parameters.iter().map(|p| (&*p.name, p.location)).collect();
    let (header, query) = (Location::Header, Location::Query);
    assert_eq!(names, [("X-Tenant", header), ("page", query), ("page", header)]);
}

#[test]
fn inherits_what_schemes_mean_but_not_over_its_own() {
    let of = |scheme: &str| Operation {
        schemes: BTreeMap::from([("token".into(), serde_json::json!({ "type": "http", "scheme": scheme }))]),
        ..Operation::default()
    };
    let mut operation = Operation::default();
    operation.inherit(&of("bearer"));
    operation.inherit(&of("basic"));
    assert_eq!(operation.schemes["token"]["scheme"], "bearer");
}
