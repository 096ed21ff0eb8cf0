//! `tsk graphql`: schemas as contracts.

#![allow(clippy::unwrap_used)]

mod harness;

use std::fs;

use harness::{build, complaint, end, json, program, success, tsk};
use tempfile::TempDir;

const SCHEMA: &str = "type Query { title(id: Int!): String! }";

fn files(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

#[test]
fn two_schemas_are_compared_and_what_breaks_clients_is_an_exit_code() {
    let after = "type Query { title(id: Int!): String  author: String }";
    let directory = files(&[("a.graphql", SCHEMA), ("b.graphql", after), ("c.graphql", "type")]);
    let path = directory.path();
    assert_eq!(success(tsk(path, &["graphql", "diff", "a.graphql", "a.graphql"])), "no difference\n");
    let ended = end(tsk(path, &["graphql", "diff", "a.graphql", "b.graphql"]));
    let lines = "breaks  Query.title: `String!` is now `String`\n        Query.author: `String` is new\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(4), lines));
    let changes = json(tsk(path, &["graphql", "diff", "a.graphql", "a.graphql", "--json"]));
    assert_eq!(changes, serde_json::json!({ "changes": [] }));
    let line = complaint(tsk(path, &["graphql", "diff", "a.graphql", "c.graphql"]), 1);
    assert!(line.contains("c.graphql: the schema cannot be read"), "{line}");
    complaint(tsk(path, &["graphql", "diff", "a.graphql", "missing.graphql"]), 1);
}

#[test]
fn code_to_begin_with_is_printed() {
    let directory = files(&[("a.graphql", SCHEMA)]);
    let code = success(tsk(directory.path(), &["graphql", "scaffold", "a.graphql"]));
    assert!(
        code.contains("pub async fn title(_context: &Context, id: i32) -> Result<String, Fault>"),
        "{code}"
    );
}

#[test]
fn a_program_holds_what_it_serves_against_what_was_agreed_on() {
    let directory = files(&[("a.graphql", SCHEMA), ("b.graphql", "type Query { title(id: ID!): String! }")]);
    let binary = build("library");
    let library = |args: &[&str]| program(&binary, directory.path(), args);
    assert!(success(library(&["graphql", "schema"])).contains("title(id: Int!): String!"));
    assert_eq!(success(library(&["graphql", "check", "a.graphql"])), "no difference\n");
    let ended = end(library(&["graphql", "check", "b.graphql"]));
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(4), "breaks  Query.title(id:): `ID!` is now `Int!`\n")
    );
    // What a file says serves no GraphQL.
    for command in ["schema", "check"] {
        let args = ["graphql", command, "a.graphql"];
        let args = if command == "check" { &args[..] } else { &args[..2] };
        assert!(complaint(tsk(directory.path(), args), 1).contains("Application::graphql"));
    }
}

#[test]
fn settings_of_graphql_are_refused_where_there_is_no_schema() {
    let directory = files(&[("tsk.toml", "[graphql]\nintrospection = true\n")]);
    let ended = end(tsk(directory.path(), &["web", "config", "validate"]));
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(78), 1), "{ended:?}");
    assert!(ended.stdout.contains("`graphql`: this program has no schema"), "{ended:?}");
    let binary = build("library");
    success(program(&binary, directory.path(), &["web", "config", "validate"]));
}
