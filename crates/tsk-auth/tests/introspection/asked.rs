//! How often a server is asked.

use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;
use tsk_auth::introspection::{Introspection, Refusal};

use crate::server::{Answer, Provider, ada, ends};

async fn later(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

async fn verdict(introspection: &Introspection, token: &str) -> Result<String, Refusal> {
    introspection.verify(token).await.map(|identity| identity.principal().id().to_owned())
}

fn good() -> Result<String, Refusal> {
    Ok("ada".to_owned())
}

#[tokio::test(start_paused = true)]
async fn what_was_said_is_believed_for_a_minute() {
    let provider = Provider::good();
    let introspection = provider.builder().build().unwrap();
    for _ in 0..10 {
        assert_eq!(verdict(&introspection, "good").await, good());
    }
    later(59).await;
    assert_eq!(verdict(&introspection, "good").await, good());
    assert_eq!(provider.count(), 1);
    // It is revoked.
    provider.set("good", Answer::Says(json!({ "active": false })));
    later(1).await;
    assert_eq!(verdict(&introspection, "good").await, Err(Refusal::Inactive));
    assert_eq!(provider.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_believed_no_longer_than_it_holds() {
    let mut short = ada();
    short["exp"] = ends(20).into();
    let provider = Provider::new([("short", Answer::Says(short))]);
    let introspection = provider.builder().build().unwrap();
    assert_eq!(verdict(&introspection, "short").await, good());
    later(18).await;
    assert_eq!(verdict(&introspection, "short").await, good());
    later(2).await;
    let _ = verdict(&introspection, "short").await;
    assert_eq!(provider.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_bad_token_is_asked_about_again_after_a_few_seconds() {
    let provider = Provider::good();
    let introspection = provider.builder().build().unwrap();
    for _ in 0..10 {
        assert_eq!(verdict(&introspection, "bad").await, Err(Refusal::Inactive));
    }
    assert_eq!(provider.count(), 1);
    provider.set("bad", Answer::Says(ada()));
    later(5).await;
    assert_eq!(verdict(&introspection, "bad").await, good());
}

#[tokio::test(start_paused = true)]
async fn however_many_wait_there_is_one_question() {
    let provider = Provider::good();
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let introspection = provider.builder().build().unwrap();
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let introspection = introspection.clone();
            tokio::spawn(async move { verdict(&introspection, "good").await })
        })
        .collect();
    later(1).await;
    provider.gate.add_permits(50);
    for one in waiting {
        assert_eq!(one.await.unwrap(), good());
    }
    assert_eq!(provider.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_takes_the_answer_from_nobody() {
    let provider = Provider::good();
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let introspection = provider.builder().build().unwrap();
    let mut waiting: Vec<_> = (0..3)
        .map(|_| {
            let introspection = introspection.clone();
            tokio::spawn(async move { verdict(&introspection, "good").await })
        })
        .collect();
    later(1).await;
    let first = waiting.remove(0);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    later(1).await;
    provider.gate.add_permits(2);
    for one in waiting {
        assert_eq!(one.await.unwrap(), good());
    }
    assert_eq!(provider.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn made_up_tokens_are_asked_about_now_and_then() {
    let provider = Provider::good();
    let introspection = provider.builder().build().unwrap();
    let mut refused = [0; 2];
    for number in 0..1000 {
        match verdict(&introspection, &format!("made-up-{number}")).await {
            Err(Refusal::Inactive) => refused[0] += 1,
            Err(Refusal::Busy(_)) => refused[1] += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((refused, provider.count()), ([60, 940], 60));
    later(1).await;
    assert_eq!(verdict(&introspection, "good").await, good());
    // What is known needs no question.
    let _ = verdict(&introspection, "made-up").await;
    assert!(matches!(verdict(&introspection, "made-up-too").await, Err(Refusal::Busy(_))));
    assert_eq!(verdict(&introspection, "good").await, good());
}

#[tokio::test(start_paused = true)]
async fn good_tokens_are_not_taken_for_made_up_ones() {
    let names: Vec<_> = (0..500).map(|number| format!("good-{number}")).collect();
    let provider = Provider::new(names.iter().map(|name| (&**name, Answer::Says(ada()))));
    let introspection = provider.builder().build().unwrap();
    for name in &names {
        assert_eq!(verdict(&introspection, name).await, good());
    }
}

#[tokio::test(start_paused = true)]
async fn there_are_so_many_questions_at_a_time() {
    let names: Vec<_> = (0..10).map(|number| format!("slow-{number}")).collect();
    let provider = Provider::new(names.iter().map(|name| (&**name, Answer::Says(ada()))));
    provider.gate.forget_permits(Semaphore::MAX_PERMITS);
    let introspection = provider.builder().max_asked(4).build().unwrap();
    let waiting: Vec<_> = names
        .iter()
        .map(|name| {
            let (introspection, name) = (introspection.clone(), name.clone());
            tokio::spawn(async move { verdict(&introspection, &name).await })
        })
        .collect();
    later(1).await;
    assert_eq!(provider.count(), 4);
    provider.gate.add_permits(4);
    let mut said = [0; 2];
    for one in waiting {
        match one.await.unwrap() {
            Ok(_) => said[0] += 1,
            Err(Refusal::Busy(_)) => said[1] += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(said, [4, 6]);
}

#[tokio::test(start_paused = true)]
async fn memory_has_a_bound_and_what_is_made_up_drives_out_no_good_token() {
    let names: Vec<_> = (0..2000).map(|number| format!("good-{number}")).collect();
    let provider = Provider::new(names.iter().map(|name| (&**name, Answer::Says(ada()))));
    let introspection = provider.builder().cache(64 * 1024).build().unwrap();
    for name in &names {
        assert_eq!(verdict(&introspection, name).await, good());
    }
    let (tokens, bytes, _) = introspection.remembered();
    assert!(tokens > 10 && bytes <= 64 * 1024, "{tokens} in {bytes}");
    for number in 0..10_000 {
        let _ = verdict(&introspection, &format!("made-up-{number}")).await;
        if number % 50 == 0 {
            later(60).await;
        }
    }
    let (after, _, refused) = introspection.remembered();
    assert!(after == tokens && refused <= 4096, "{after} of {tokens}, {refused}");
}

#[tokio::test(start_paused = true)]
async fn what_is_forgotten_is_asked_about_again() {
    let provider = Provider::good();
    let introspection = provider.builder().build().unwrap();
    assert_eq!(verdict(&introspection, "good").await, good());
    provider.set("good", Answer::Says(json!({ "active": false })));
    introspection.forget("good");
    assert_eq!(verdict(&introspection, "good").await, Err(Refusal::Inactive));
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_remembered_every_request_asks() {
    let provider = Provider::good();
    let introspection = provider.builder().cache(0).build().unwrap();
    for _ in 0..3 {
        assert_eq!(verdict(&introspection, "good").await, good());
    }
    assert_eq!(provider.count(), 3);
}
