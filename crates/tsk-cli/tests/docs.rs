//! `tsk docs`: what a service says of itself, from its configuration and from itself while it runs.

#![allow(clippy::unwrap_used)]

mod harness;

use std::fs;
use std::path::Path;
use std::process::Command;

use harness::{Server, build, complaint, end, json, program, success, tsk};
use serde_json::Value;
use tempfile::TempDir;

const SITE: &str = "
[docs]
title = 'Site'
version = '2.0.0'

[[route]]
path = '/robots.txt'
respond = 'User-agent: *'

[[route]]
path = '/old/{id}'
redirect = '/new/{id}.html'
methods = ['GET', 'POST']

[[route]]
path = '/assets'
directory = 'public'
summary = 'What pages load'
";

const TOKEN: &str = "0123456789abcdef";

fn site() -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("public")).unwrap();
    fs::write(directory.path().join("tsk.toml"), SITE).unwrap();
    directory
}

fn document(command: Command) -> Value {
    serde_json::from_str(&success(command)).unwrap()
}

/// A server in the background, whose admin listener is a socket and demands a token.
struct Background(u32);

impl Background {
    fn start(directory: &Path) -> Background {
        Background::of(tsk(directory, &[]), directory)
    }

    fn of(mut command: Command, directory: &Path) -> Background {
        command.args(["web", "start", "--port=0", "--detach", "--json"]);
        command.env("TSK_ADMIN__ENABLED", "true").env("TSK_ADMIN__TOKEN", TOKEN);
        command.env("TSK_ADMIN__LISTEN", format!("unix:{}", directory.join("admin.sock").display()));
        Background(json(command)["pid"].as_u64().unwrap().try_into().unwrap())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        harness::signal(self.0, "KILL");
    }
}

#[test]
fn routes_are_listed_by_their_paths() {
    let directory = site();
    assert_eq!(
        success(tsk(directory.path(), &["docs", "routes"])),
        "METHOD  PATH             SUMMARY\n\
         GET     /assets/{*rest}  What pages load\n\
         GET     /old/{id}        A redirect\n\
         POST    /old/{id}        A redirect\n\
         GET     /robots.txt      A fixed answer\n"
    );
    let routes = json(tsk(directory.path(), &["docs", "routes", "--json"]));
    assert_eq!(routes[0]["summary"], "A fixed answer");
}

#[test]
fn the_document_says_what_is_served_without_code() {
    let directory = site();
    let newer = document(tsk(directory.path(), &["docs", "openapi"]));
    assert_eq!((&newer["openapi"], &newer["info"]["title"]), (&"3.1.0".into(), &"Site".into()));
    let robots = &newer["paths"]["/robots.txt"]["get"]["responses"]["200"]["content"]["text/plain"];
    assert_eq!(robots["example"], "User-agent: *");
    let redirect = &newer["paths"]["/old/{id}"]["post"];
    assert_eq!(redirect["parameters"][0]["name"], "id");
    assert!(redirect["responses"]["307"]["headers"]["location"].is_object());
    assert!(newer["paths"]["/assets/{rest}"]["get"]["responses"]["404"].is_object());
    let older = document(tsk(directory.path(), &["docs", "openapi", "--spec=3.0", "--pretty"]));
    assert_eq!(older["openapi"], "3.0.3");
    let page = success(tsk(directory.path(), &["docs", "markdown"]));
    assert!(page.starts_with("# Site 2.0.0\n") && page.contains("### GET `/assets/{rest}`"), "{page}");
}

#[test]
fn a_file_is_replaced_as_a_whole_and_has_the_bytes_that_are_printed() {
    let directory = site();
    let file = directory.path().join("openapi.json");
    fs::write(&file, "before").unwrap();
    let said = success(tsk(directory.path(), &["docs", "openapi", "--output", "openapi.json"]));
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(said, format!("wrote openapi.json: {} bytes\n", written.len()));
    assert_eq!(written, success(tsk(directory.path(), &["docs", "openapi"])));
    let written = json(tsk(directory.path(), &["docs", "markdown", "-o", "API.md", "--json"]));
    assert_eq!(written["file"], "API.md");
    let line = complaint(tsk(directory.path(), &["docs", "openapi", "--output", "public"]), 1);
    assert!(line.starts_with("cannot write public: "), "{line}");
}

#[test]
fn a_server_that_runs_gives_what_it_serves_to_who_has_the_token() {
    let directory = site();
    let _server = Background::start(directory.path());
    let socket = format!("--from=unix:{}", directory.path().join("admin.sock").display());
    let line = complaint(tsk(directory.path(), &["docs", "openapi", &socket]), 1);
    assert!(line.contains("demands a token; pass --token, or set TSK_ADMIN__TOKEN"), "{line}");
    for what in ["routes", "openapi", "markdown"] {
        let here = success(tsk(directory.path(), &["docs", what]));
        let mut from = tsk(directory.path(), &["docs", what, &socket]);
        from.env("TSK_ADMIN__TOKEN", TOKEN);
        assert_eq!(success(from), here, "{what}");
    }
    let older = ["docs", "openapi", "--spec=3.0", &socket, "--token", TOKEN];
    assert_eq!(document(tsk(directory.path(), &older))["openapi"], "3.0.3");
}

#[test]
fn each_version_of_an_api_has_documents_here_and_from_a_server_that_runs() {
    let directory = TempDir::new().unwrap();
    let example = build("versioned");
    let versioned = |args: &[&str]| program(&example, directory.path(), args);
    let newest = document(versioned(&["docs", "openapi"]));
    assert_eq!(newest, document(versioned(&["docs", "openapi", "--api-version=v3"])));
    let oldest = document(versioned(&["docs", "openapi", "--api-version=v1", "--spec=3.0"]));
    let paths: Vec<_> = oldest["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/api/v1/users", "/api/v1/users/count"]);
    assert!(success(versioned(&["docs", "markdown", "--api-version=v2"])).starts_with("# Users v2\n"));
    let routes = success(versioned(&["docs", "routes", "--api-version=v2"]));
    assert!(routes.contains("/api/v2/users ") && routes.contains("/health"), "{routes}");
    assert!(!routes.contains("/api/v1/users") && !routes.contains("/count"), "{routes}");
    let unknown = end(versioned(&["docs", "openapi", "--api-version=v9"]));
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("there is no version `v9`; there are `v1`, `v2`, `v3`"), "{unknown:?}");
    let malformed = end(versioned(&["docs", "openapi", "--api-version=../routes"]));
    assert_eq!(malformed.code, Some(2), "{malformed:?}");

    let _server = Background::of(versioned(&[]), directory.path());
    let socket = format!("--from=unix:{}", directory.path().join("admin.sock").display());
    let from = |args: &[&str]| {
        let mut command = versioned(args);
        command.arg(&socket).env("TSK_ADMIN__TOKEN", TOKEN);
        command
    };
    for args in [
        &["docs", "openapi", "--api-version=v1", "--spec=3.0"][..],
        &["docs", "openapi", "--api-version=v2"],
        &["docs", "markdown", "--api-version=v1"],
        &["docs", "routes", "--api-version=v2"],
    ] {
        assert_eq!(success(from(args)), success(versioned(args)), "{args:?}");
    }
    let unknown = end(from(&["docs", "markdown", "--api-version=v9"]));
    assert!(unknown.stderr.contains("There is no such version; there are `v1`, `v2`, `v3`."), "{unknown:?}");
}

#[test]
fn a_service_without_versions_says_so() {
    let directory = site();
    for what in ["openapi", "markdown", "routes"] {
        let line = complaint(tsk(directory.path(), &["docs", what, "--api-version=v1"]), 1);
        assert_eq!(line, "the API has no versions; leave out --api-version", "{what}");
    }
}

#[test]
fn documents_are_served_to_everybody_only_where_somebody_says_so() {
    let directory = site();
    let server = Server::start(directory.path(), &[]);
    assert!(server.get("/openapi.json").contains(" 404 "));
    drop(server);
    let mut command = tsk(directory.path(), &["web", "start", "--port=0"]);
    command.env("TSK_DOCS__ENABLED", "true").env("TSK_DOCS__PATH", "/reference");
    let server = Server::spawn(command);
    assert!(server.get("/reference/openapi.json").contains(r#""title":"Site""#));
    assert!(server.get("/reference/docs").contains("<title>Site</title>"));
    assert!(server.get("/openapi.json").contains(" 404 "));
}

#[test]
fn what_contradicts_itself_is_refused_before_anything_is_asked() {
    let directory = site();
    for (args, reason) in [
        (&["docs", "openapi", "--spec", "2.0"][..], "write 3.1 or 3.0"),
        (&["docs", "openapi", "--token", "x"], "--token is for a server that is asked; add --from"),
        (&["docs", "routes", "--from", "http://127.0.0.1:1", "--config", "tsk.toml"], "leave out --from"),
        (&["docs", "routes", "--from", "http://me:secret@a/"], "pass --token"),
        (&["docs", "routes", "--from", "127.0.0.1:1"], "scheme"),
    ] {
        let line = complaint(tsk(directory.path(), args), 2);
        assert!(line.contains(reason), "{args:?}: {line}");
    }
    let absent = ["docs", "routes", "--from", "unix:/nowhere.sock"];
    assert!(complaint(tsk(directory.path(), &absent), 3).contains("there is no such socket"));
    let mut clash = tsk(directory.path(), &["docs", "routes"]);
    clash.env("TSK_DOCS__ENABLED", "true");
    fs::write(
        directory.path().join("tsk.toml"),
        format!("{SITE}\n[[route]]\npath = '/docs'\nrespond = 'x'\n"),
    )
    .unwrap();
    assert!(complaint(clash, 78).starts_with("`docs.path`: a route has a path of the documents there"));
}
