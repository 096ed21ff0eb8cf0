//! Answers that are none, each of which lets nobody in.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tsk_auth::introspection::Refusal;

use crate::server::{Answer, Provider, ada};

/// After so many failures a server is let alone for a while.
const BORNE: usize = 3;

async fn is_unavailable(answer: Answer) {
    let text = format!("{answer:?}");
    let provider = Provider::new([("good", answer)]);
    let introspection = provider.builder().build().unwrap();
    for _ in 0..2 {
        let refusal = introspection.verify("good").await.unwrap_err();
        assert!(matches!(refusal, Refusal::Unavailable(_)), "{refusal}: {text:.100}");
    }
    // It may be good, so that it is asked about again at once.
    assert_eq!(provider.count(), 2, "{text:.100}");
    provider.set("good", Answer::Says(ada()));
    assert!(introspection.verify("good").await.is_ok(), "{text:.100}");
}

fn with(body: impl Into<Bytes>) -> Answer {
    Answer::With(200, body.into())
}

#[tokio::test(start_paused = true)]
async fn a_huge_one() {
    let mut huge = ada();
    huge["more"] = "a".repeat(64 * 1024).into();
    is_unavailable(Answer::Says(huge)).await;
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_come() {
    is_unavailable(Answer::Hangs).await;
}

#[tokio::test(start_paused = true)]
async fn no_connection() {
    is_unavailable(Answer::Fails).await;
}

#[tokio::test(start_paused = true)]
async fn members_of_other_types() {
    is_unavailable(Answer::Says(json!({ "active": "true", "sub": "ada", "aud": "shop" }))).await;
    is_unavailable(Answer::Says(json!({ "active": true, "sub": { "id": "ada" }, "aud": "shop" }))).await;
    is_unavailable(Answer::Says(json!({ "active": true, "sub": "ada", "aud": "shop", "exp": "never" })))
        .await;
}

#[tokio::test(start_paused = true)]
async fn members_that_are_there_twice() {
    is_unavailable(with(r#"{"active":false,"active":true,"sub":"ada","aud":"shop"}"#)).await;
    is_unavailable(with(r#"{"active":true,"sub":"ada","sub":"eve","aud":"shop"}"#)).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_json() {
    for body in ["", "active", "<html><body>active</body></html>", "active=true&sub=ada", "{\"active\":true"]
    {
        is_unavailable(with(body)).await;
    }
    is_unavailable(with(&b"{\"active\":true,\"sub\":\"\xff\",\"aud\":\"shop\"}"[..])).await;
}

#[tokio::test(start_paused = true)]
async fn what_does_not_say_whether_it_is_good() {
    is_unavailable(Answer::Says(json!({ "sub": "ada", "aud": "shop" }))).await;
    is_unavailable(Answer::Says(json!([ada()]))).await;
}

#[tokio::test(start_paused = true)]
async fn another_status_whatever_it_says() {
    for status in [201, 204, 302, 307, 400, 401, 403, 404, 429, 500, 503] {
        is_unavailable(Answer::With(status, ada().to_string().into())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_goes_on_failing_is_let_alone_and_found_again() {
    let provider = Provider::new([("good", Answer::Fails)]);
    let introspection = provider.builder().build().unwrap();
    let mut after = Duration::ZERO;
    for _ in 0..100 {
        match introspection.verify("good").await {
            Err(Refusal::Unavailable(wait)) => after = wait,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((provider.count(), after), (BORNE, Duration::from_secs(1)));
    provider.set("good", Answer::Says(ada()));
    tokio::time::sleep(after).await;
    assert!(introspection.verify("good").await.is_ok());
    assert!(introspection.verify("bad").await.is_err_and(|refusal| refusal == Refusal::Inactive));
}

#[tokio::test(start_paused = true)]
async fn what_was_said_before_is_believed_no_longer_for_that() {
    let provider = Provider::good();
    let introspection = provider.builder().build().unwrap();
    assert!(introspection.verify("good").await.is_ok());
    provider.set("good", Answer::Fails);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(matches!(introspection.verify("good").await, Err(Refusal::Unavailable(_))));
}
