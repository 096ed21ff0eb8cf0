//! Another program that has the commands: the example `shop`.

#![allow(clippy::unwrap_used)]

mod harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use harness::{Server, build, end, json, program, success};
use tempfile::TempDir;

/// The example, in a directory.
fn shop(directory: &Path, args: &[&str]) -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    program(BUILT.get_or_init(|| build("shop")), directory, args)
}

#[test]
fn it_is_started_reloaded_and_seen_like_any_other() {
    let directory = TempDir::new().unwrap();
    let server = Server::spawn(shop(directory.path(), &["web", "start", "--port=0"]));
    assert!(server.get("/prices/tea").ends_with("tea costs 7 EUR"));
    fs::write(directory.path().join("tsk.toml"), "[shop]\ncurrency = 'CHF'").unwrap();
    success(shop(directory.path(), &["web", "reload"]));
    assert!(server.get("/prices/tea").ends_with("tea costs 7 CHF"));
    let status = json(shop(directory.path(), &["web", "status", "--json"]));
    assert_eq!((&status["name"], &status["pid"]), (&"shop".into(), &server.child.id().into()));
    assert!(
        success(shop(directory.path(), &["web", "routes"]))
            .starts_with("GET  /prices/{sku}  What something costs")
    );
}

#[test]
fn it_goes_by_its_own_name() {
    let directory = TempDir::new().unwrap();
    assert_eq!(
        success(shop(directory.path(), &["--version"])),
        concat!("shop ", env!("CARGO_PKG_VERSION"), "\n")
    );
    let ended = end(shop(directory.path(), &["web", "status"]));
    assert_eq!(ended.code, Some(3));
    assert!(
        ended.stderr.contains("shop: error: ") && ended.stderr.contains("`shop web start`"),
        "{}",
        ended.stderr
    );
    fs::write(directory.path().join("tsk.toml"), "[shop]\ncurency = 'CHF'").unwrap();
    let ended = end(shop(directory.path(), &["web", "start", "--port=0"]));
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (Some(78), "shop: error: tsk.toml:2:1: unknown key `shop.curency`; did you mean `shop.currency`?\n")
    );
}

#[test]
fn it_prints_documents_under_its_own_name() {
    let directory = TempDir::new().unwrap();
    let document = json(shop(directory.path(), &["docs", "openapi"]));
    assert_eq!(document["info"]["title"], "shop");
    assert_eq!(document["paths"]["/prices/{sku}"]["get"]["summary"], "What something costs");
}
