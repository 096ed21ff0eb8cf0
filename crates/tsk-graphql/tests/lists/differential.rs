//! What is found in a `List` is what is found in a `Vec`.

use std::collections::BTreeSet;

use juniper::{DefaultScalarValue, ExecutionError, InputValue, Value, Variables};
use proptest::{prop_assert, prop_assert_eq, proptest, test_runner::TestCaseError};

use crate::{
    documents,
    schema::{World, schema},
};

type Found = (Value, Vec<ExecutionError<DefaultScalarValue>>);

fn found(document: &str, kind: &str) -> Found {
    let document = document.replace("LIST", kind);
    let variables: Variables = [("no".to_owned(), InputValue::scalar(false))].into();
    let (schema, world) = (schema(), World::new(1));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let found = runtime.block_on(juniper::execute(&document, None, &schema, &variables, &world));
    found.unwrap_or_else(|error| panic!("{document}: {error}"))
}

/// Each place at which something is wrong, with what it is.
fn wrong((_, errors): &Found) -> BTreeSet<(Vec<String>, String)> {
    errors.iter().map(|error| (error.path().to_vec(), error.error().message().to_owned())).collect()
}

fn same(document: &str) -> Result<(), TestCaseError> {
    let (ours, theirs) = (found(document, "listed"), found(document, "vector"));
    prop_assert_eq!(&ours.0, &theirs.0, "{}", document);
    let (ours, theirs) = (wrong(&ours), wrong(&theirs));
    prop_assert_eq!(ours.is_empty(), theirs.is_empty(), "{}", document);
    // Of what becomes null because of one field, others may or may not be looked for (GraphQL §6.4.4): who waits is asked in an order
    // of its own, and juniper looks for what is in fragments first.
    if document.contains("slow") || document.contains("Late") {
        return Ok(());
    }
    if !document.contains("...") {
        prop_assert_eq!(ours, theirs, "{}", document);
        return Ok(());
    }
    let places: BTreeSet<_> = theirs.iter().map(|(path, _)| path).collect();
    prop_assert!(ours.iter().all(|(path, _)| places.contains(path)), "{}: {:?} {:?}", document, ours, theirs);
    Ok(())
}

proptest! {
    #[test]
    fn a_list_finds_what_a_vec_finds(document in documents::document()) {
        same(&document)?;
    }

    #[test]
    fn directives_on_fields_count(document in documents::directives()) {
        same(&document)?;
    }
}

#[test]
fn nulls_go_up_as_far_as_they_must_and_are_told_once() {
    for document in [
        // The fourth fails, so there is no list, and no answer.
        "query($no: Boolean!) { LIST(first: 9) { id @skip(if: $no) fails } }",
        "query($no: Boolean!) { LISTMaybe(first: 9) { id @skip(if: $no) fails nick } }",
        "query($no: Boolean!) { LISTMaybe(first: 9) { id @skip(if: $no) slow fails nick } }",
        "query($no: Boolean!) { LISTMaybe(first: 3) { id @skip(if: $no) slow failsLate } }",
        // Nobody says why: then it is said that there is nothing.
        "query($no: Boolean!) { LISTMaybe(first: 2) { id @skip(if: $no) hollow { id } } }",
        "query($no: Boolean!) { LISTMaybe(first: 2) { id @skip(if: $no) slow LISTMaybe(first: 1) { ... on Being { ... on Person { hollow { id } } } } } }",
        "query($no: Boolean!) { LIST(first: 9) { id @skip(if: $no) mayFail LISTMaybe(first: 3) { fails } } }",
        "query($no: Boolean!) { LIST(first: 9) { id @skip(if: $no) LISTMaybe(first: 3) { LIST(first: 2) { fails } } } }",
    ] {
        let (ours, theirs) = (found(document, "listed"), found(document, "vector"));
        let text = |found: &Found| format!("{:?}", found.1).replace("vector", "listed");
        assert!(!ours.1.is_empty(), "{document}");
        assert_eq!(text(&ours), text(&theirs), "{document}");
        let data = |found: &Found| format!("{:?}", found.0).replace("vector", "listed");
        assert_eq!(data(&ours), data(&theirs), "{document}");
    }
}

#[test]
fn in_the_schema_it_is_a_list() {
    let sdl = schema().as_sdl();
    for kind in ["listed", "vector"] {
        assert!(sdl.contains(&format!("{kind}(first: Int!): [Person!]!")), "{sdl}");
        assert!(sdl.contains(&format!("{kind}Maybe(first: Int!): [Person!]\n")), "{sdl}");
    }
}
