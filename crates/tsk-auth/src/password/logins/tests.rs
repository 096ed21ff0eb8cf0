#![allow(clippy::unwrap_used)]

use http::Request;

use super::*;
use crate::password::Cost;

const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

fn logins(waiting: usize) -> Logins {
    Logins::with(Passwords::with(CHEAP, 1, waiting).unwrap(), Devices::new().unwrap())
}

fn visitor(cookie: Option<&str>) -> Visitor {
    let mut request = Request::builder();
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    Visitor::from_parts(&mut request.body(()).unwrap().into_parts().0).unwrap()
}

/// What a client sees of an answer.
async fn seen(answer: Result<Accepted, LoginError>) -> (u16, Vec<String>, String) {
    let response = answer.unwrap_err().into_response();
    let fields = response.headers().iter().map(|field| format!("{field:?}")).collect();
    let status = response.status().as_u16();
    let problem = response.extensions().get::<Problem>().unwrap();
    (status, fields, serde_json::to_string(problem).unwrap())
}

#[tokio::test]
async fn an_account_that_there_is_not_has_the_answers_of_a_wrong_password() {
    let logins = logins(8);
    let hash = logins.passwords().hash("correct horse").await.unwrap();
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let known = seen(logins.check("ada", "x", Some(&hash), &visitor(None)).await).await;
        let unknown = seen(logins.check("nobody", "x", None, &visitor(None)).await).await;
        assert_eq!(known, unknown);
        statuses.push(known.0);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 429, 429]);
    // The right one is no way out, which would tell it from the wrong ones.
    let right = logins.check("ada", "correct horse", Some(&hash), &visitor(None)).await;
    assert!(matches!(right, Err(LoginError::TooMany { .. })));
}

#[tokio::test]
async fn a_device_that_is_known_does_not_wait_for_what_others_have_guessed() {
    let logins = logins(8);
    let hash = logins.passwords().hash("correct horse").await.unwrap();
    let first = visitor(None);
    assert!(logins.check("ada", "correct horse", Some(&hash), &first).await.is_ok());
    let given = first.context.take_cookies();
    let given = given[0].to_str().unwrap();
    assert!(
        given.starts_with("__Host-device=")
            && given.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=15552000"),
        "{given}"
    );
    let cookie = given.split(';').next().unwrap();
    for _ in 0..10 {
        let _ = logins.check("ada", "x", Some(&hash), &visitor(None)).await;
    }
    let stranger = logins.check("ada", "correct horse", Some(&hash), &visitor(None)).await;
    assert!(matches!(stranger, Err(LoginError::TooMany { .. })));
    let known = visitor(Some(cookie));
    assert!(logins.check("ada", "correct horse", Some(&hash), &known).await.is_ok());
    assert!(known.context.take_cookies().is_empty(), "it has its cookie");

    // Who has taken the device guesses no faster than others, and it is known to one account alone.
    for _ in 0..10 {
        let _ = logins.check("ada", "x", Some(&hash), &visitor(Some(cookie))).await;
        let _ = logins.check("bob", "x", Some(&hash), &visitor(None)).await;
    }
    for account in ["ada", "bob"] {
        let guess = logins.check(account, "correct horse", Some(&hash), &visitor(Some(cookie))).await;
        assert!(matches!(guess, Err(LoginError::TooMany { .. })), "{account}");
    }
}

#[tokio::test]
async fn a_neighbourhood_that_tries_one_password_on_all_accounts_is_slowed_down() {
    let logins = logins(8);
    let mut refused = 0;
    for account in 0..60 {
        let address = Some([192, 0, 2, account].into());
        let done = logins.judge(&account.to_string(), "summer2026", None, address, None).await;
        refused += usize::from(matches!(done, Err(LoginError::TooMany { .. })));
    }
    assert_eq!(refused, 9);
}

#[tokio::test]
async fn guesses_at_the_same_time_are_no_way_around_the_waits() {
    let logins = logins(100);
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let logins = logins.clone();
        guesses.spawn(async move { logins.judge("ada", "x", None, None, None).await });
    }
    let looked_at =
        guesses.join_all().await.into_iter().filter(|done| *done == Err(LoginError::Wrong)).count();
    assert_eq!(looked_at, 6);
}

#[tokio::test]
async fn who_is_told_to_come_back_has_not_guessed() {
    let logins = logins(0);
    let hash = logins.passwords().hash("correct horse").await.unwrap();
    let whole = Passwords::with(CHEAP, 1, 0).unwrap();
    let busy = Logins { passwords: whole.clone(), ..logins.clone() };
    // Somebody else's hash is being made for as long as this test looks.
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let held = tokio::spawn(async move { whole.run(move || wait.recv()).await });
    tokio::task::yield_now().await;
    for _ in 0..20 {
        let answer = busy.judge("ada", "x", Some(&hash), None, None).await;
        assert_eq!(answer, Err(LoginError::Busy));
    }
    assert_eq!(Problem::from(LoginError::Busy).status(), 503);
    drop(done);
    let _ = held.await.unwrap();
    assert!(busy.judge("ada", "correct horse", Some(&hash), None, None).await.is_ok());
}
