#![allow(clippy::unwrap_used)]

use std::{fs, path::PathBuf};

use data_encoding::BASE64;
use http::Request;
use tsk_core::RequestContext;

use super::*;
use crate::password::{Cost, Devices, Passwords};

fn passwords() -> Passwords {
    Passwords::with(Cost { memory: 8, passes: 1, lanes: 1 }, 2, 100).unwrap()
}

struct Case {
    basic: Basic,
    path: PathBuf,
    _directory: tempfile::TempDir,
}

async fn case() -> Case {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("accounts");
    let hash = passwords().hash("correct:horse").await.unwrap();
    fs::write(&path, format!("# staff\n\nada:{hash}:admin, editor\nci:{hash}\n")).unwrap();
    let logins = Logins::with(passwords(), Devices::new().unwrap());
    let basic = Basic::new(Accounts::open(&path).unwrap()).unwrap().realm("shop").unwrap().logins(logins);
    Case { basic, path, _directory: directory }
}

async fn ask(basic: &Basic, method: &str, fields: &[(&str, &str)]) -> Result<Arc<Identity>, Problem> {
    let mut request = Request::builder().method(method).uri("/").header("host", "shop.example.com");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let mut request = request.body(()).unwrap();
    let context = RequestContext::ensure(request.extensions_mut());
    match basic.attempt(Head::with(&request, &context)) {
        Attempt::Known(identity) => Ok(identity),
        Attempt::Refused(problem) => Err(problem),
        Attempt::Wait(asking) => asking.await,
        Attempt::Absent => panic!("it is not seen"),
    }
}

async fn pair(basic: &Basic, pair: &str) -> Result<Arc<Identity>, u16> {
    let field = format!("Basic {}", BASE64.encode(pair.as_bytes()));
    ask(basic, "GET", &[("authorization", &field)]).await.map_err(|problem| problem.status().as_u16())
}

#[tokio::test]
async fn who_is_in_the_file_is_let_in_with_its_roles() {
    let Case { basic, .. } = &case().await;
    let ada = pair(basic, "ada:correct:horse").await.unwrap();
    assert_eq!(ada.principal().id(), "ada");
    assert_eq!(ada.granted().roles().collect::<Vec<_>>(), ["admin", "editor"]);
    assert_eq!(pair(basic, "ci:correct:horse").await.unwrap().granted().roles().count(), 0);
    for wrong in ["ada:correct", "ada:", "Ada:correct:horse", "eve:correct:horse", "# staff:x"] {
        assert_eq!(pair(basic, wrong).await.unwrap_err(), 401, "{wrong}");
    }
    let problem = ask(basic, "GET", &[("authorization", "Basic YTpi")]).await.unwrap_err();
    let response = http::Response::from(problem);
    assert_eq!(response.headers()["www-authenticate"], "Basic realm=\"shop\", charset=\"UTF-8\"");
}

#[tokio::test]
async fn what_was_right_is_remembered_for_a_minute_and_what_was_wrong_is_not() {
    let Case { basic, .. } = &case().await;
    let is_known = |text: &str| matches!(basic.look(text.to_owned(), 4, None), Attempt::Known(_));
    assert!(pair(basic, "ada:x").await.is_err() && !is_known("ada:x"));
    assert!(!is_known("ada:correct:horse"));
    assert!(pair(basic, "ada:correct:horse").await.is_ok() && is_known("ada:correct:horse"));
    let hash = basic.remembered.hash("ada:correct:horse");
    let now = Instant::now();
    assert!(basic.remembered.get(&hash, now + REMEMBERED / 2).is_some());
    assert!(basic.remembered.get(&hash, now + REMEMBERED).is_none());
    assert!(!is_known("ada:correct:horse"));
}

#[test]
fn what_is_remembered_is_bounded() {
    let remembered =
        Remembered { key: hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]), pairs: Cache::new(PAIRS) };
    let identity = Arc::new(Identity::new(tsk_core::Principal::new("ada", tsk_core::principal::Kind::User)));
    let until = Instant::now() + REMEMBERED;
    for number in 0..4 * PAIRS {
        let pair = Pair { identity: Arc::clone(&identity), until };
        remembered.pairs.insert(remembered.hash(&number.to_string()), pair);
    }
    assert!(remembered.pairs.len() <= PAIRS);
}

#[tokio::test(start_paused = true)]
async fn who_is_taken_out_of_the_file_is_let_in_no_longer() {
    let Case { basic, path, .. } = &case().await;
    let drain = Drain::new();
    let run = tokio::spawn(basic.run(drain.clone()).unwrap());
    assert!(pair(basic, "ada:correct:horse").await.is_ok());
    fs::write(path, "nonsense").unwrap();
    tokio::time::sleep(LOOK * 2).await;
    assert!(pair(basic, "ada:correct:horse").await.is_ok(), "a file that cannot be read changes nothing");
    let hash = passwords().hash("another").await.unwrap();
    fs::write(path, format!("bob:{hash}\n")).unwrap();
    tokio::time::sleep(LOOK * 2).await;
    assert_eq!(pair(basic, "ada:correct:horse").await.unwrap_err(), 401);
    assert!(pair(basic, "bob:another").await.is_ok());
    drain.start();
    run.await.unwrap();
}

#[tokio::test]
async fn guessing_is_slowed_down_and_tells_no_names() {
    let Case { basic, .. } = &case().await;
    for name in ["ada", "nobody"] {
        let mut statuses = Vec::new();
        for guess in 0..8 {
            statuses.push(pair(basic, &format!("{name}:{guess}")).await.unwrap_err());
        }
        assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 429, 429], "{name}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing_with_what_a_browser_has_remembered() {
    let Case { basic, .. } = &case().await;
    let field = format!("Basic {}", BASE64.encode(b"ada:correct:horse"));
    let own = ("authorization", &*field);
    for (method, fields, status) in [
        ("POST", &[own][..], None),
        ("POST", &[own, ("sec-fetch-site", "same-origin")], None),
        ("POST", &[own, ("origin", "https://shop.example.com")], None),
        ("POST", &[own, ("sec-fetch-site", "cross-site")], Some(403)),
        ("POST", &[own, ("origin", "https://evil.example")], Some(403)),
        ("GET", &[own, ("sec-fetch-site", "cross-site")], None),
        ("GET", &[own, own], Some(400)),
        ("GET", &[("authorization", "Basic x")], Some(400)),
    ] {
        let answer = ask(basic, method, fields).await.err().map(|problem| problem.status().as_u16());
        assert_eq!(answer, status, "{method} {fields:?}");
    }
}

#[test]
fn a_file_that_is_none_is_told_of_by_its_line_and_without_its_hashes() {
    let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    for (text, line) in [
        (format!("ada:{hash}\nbob"), "line 2"),
        (format!(":{hash}"), "line 1"),
        ("#\n\nada:secret".to_owned(), "line 3"),
        ("ada:$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned(), "line 1"),
        (format!("ada:{hash}\nada:{hash}:admin"), "line 2"),
    ] {
        let reason = super::super::accounts::parse(&text).err().unwrap();
        assert!(reason.starts_with(line), "{reason}");
        assert!(!reason.contains("secret") && !reason.contains("nf65"), "{reason}");
    }
    assert!(Accounts::open("/nowhere/accounts").unwrap_err().to_string().starts_with("/nowhere/accounts: "));
}
