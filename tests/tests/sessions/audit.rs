//! What auditors learn.

use std::fs;

use serde_json::Value;
use tsk_tests::{Answer, curl};

use super::client::Client;
use super::shop::{PASSWORD, Shop};

#[test]
fn who_comes_and_goes_and_who_is_refused_is_written_down_and_no_secret() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("audit.log");
    let shop = Shop::open(&format!("[auth.audit]\nto = \"{}\"", path.display()));
    let client = Client::new();
    let forger = "eve\",\"event\":\"login\"}\n\u{202e}{\"event\":\"logout\"";
    assert_eq!(client.log_in(&shop, forger, "xyzzy"), 401);
    assert_eq!(client.log_in(&shop, "ada", PASSWORD), 303);
    let id = client.id("__Host-session").expect("a session");
    let refused = client.ask(&shop, "GET", "/accounts", &[]);
    assert_eq!(refused.status, 403);
    let jar = client.file();
    let forged =
        ["--cacert", shop.authority.file(), "--cookie", &jar, "--header", "origin: https://evil.example"];
    assert_eq!(curl(&[&forged[..], &["--request", "POST", &shop.url("/logout")]].concat()).status, 403);
    let elsewhere = Client::new();
    assert_eq!(elsewhere.log_in(&shop, "ada", PASSWORD), 303);
    assert_eq!(client.ask(&shop, "POST", "/devices/end", &[]).status, 200);
    assert_eq!(client.ask(&shop, "POST", "/logout", &[]).status, 303);
    // Whose session has ended is nobody, and nothing has happened.
    assert_eq!(client.me(&shop), 401);
    shop.close();

    let written = fs::read_to_string(&path).expect("there is a log");
    for secret in [&id, PASSWORD, "xyzzy", "horse", "\u{202e}"] {
        assert!(!written.contains(secret), "{secret}: {written}");
    }
    let events: Vec<Value> =
        written.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let kinds: Vec<_> = events.iter().map(|event| event["event"].as_str().expect("it has a kind")).collect();
    assert_eq!(
        kinds,
        ["login_failed", "login", "access_refused", "proof_refused", "login", "sessions_revoked", "logout"]
    );
    let [failed, login, access, proof, _, ended, logout] = &events[..] else { panic!("there are seven") };
    assert_eq!(failed["subject"], forger);
    assert_eq!(
        (&login["subject"], &login["address"], &login["route"]),
        (&"ada".into(), &"127.0.0.1".into(), &"POST /login".into())
    );
    assert_eq!(
        (&access["subject"], &access["reason"], &access["scheme"]),
        (&"ada".into(), &"shop:admin".into(), &"session".into())
    );
    assert_eq!(access["request_id"], request_id(&refused));
    assert_eq!(proof["reason"], "urn:tsk:problems/forged-request");
    assert_eq!((&ended["subject"], &ended["count"]), (&"ada".into(), &1.into()));
    assert_eq!(logout["session"], login["session"], "which of her sessions it was can be told");
}

fn request_id(answer: &Answer) -> &str {
    answer.header("x-request-id").expect("answers have one")
}
