#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn at(seconds: u64) -> SystemTime {
    crate::jwt::claims::time(seconds)
}

fn tokens(capacity: usize) -> RefreshTokens {
    let second = Duration::from_secs(1);
    RefreshTokens::new(MemoryStore::new(capacity), Settings { idle: 100 * second, absolute: 250 * second })
        .unwrap()
}

fn is_unknown<T>(result: Result<T, Refusal>) -> bool {
    matches!(result, Err(Refusal::Unknown))
}

#[tokio::test]
async fn each_token_is_good_once_and_a_copy_ends_the_family() {
    let tokens = tokens(10);
    let mut newest = tokens.begin("ada", "app", "read", at(0)).await.unwrap();
    let other = tokens.begin("ada", "app", "read", at(0)).await.unwrap();
    let mut used = Vec::new();
    for _ in 0..3 {
        let (family, next) = tokens.refresh(&newest, "app", at(1)).await.unwrap();
        assert_eq!((&*family.subject, &*family.client, &*family.scope), ("ada", "app", "read"));
        used.push(std::mem::replace(&mut newest, next));
    }
    let Err(Refusal::Reused(family)) = tokens.refresh(&used[1], "app", at(2)).await else {
        panic!("it was used")
    };
    assert_eq!(&*family.subject, "ada");
    for token in used.iter().chain([&newest]) {
        assert!(is_unknown(tokens.refresh(token, "app", at(2)).await));
    }
    assert!(tokens.refresh(&other, "app", at(2)).await.is_ok());
}

#[tokio::test]
async fn a_token_is_for_its_client_alone() {
    let tokens = tokens(10);
    let token = tokens.begin("ada", "app", "", at(0)).await.unwrap();
    assert!(matches!(tokens.refresh(&token, "other", at(1)).await, Err(Refusal::Reused(_))));
    assert!(is_unknown(tokens.refresh(&token, "app", at(1)).await));
}

#[tokio::test]
async fn a_token_ends_when_it_is_not_used_and_a_family_in_any_case() {
    let tokens = tokens(10);
    let token = tokens.begin("ada", "app", "", at(0)).await.unwrap();
    let idle = tokens.begin("ada", "app", "", at(0)).await.unwrap();
    let (_, token) = tokens.refresh(&token, "app", at(99)).await.unwrap();
    assert!(is_unknown(tokens.refresh(&idle, "app", at(100)).await));
    let (_, token) = tokens.refresh(&token, "app", at(198)).await.unwrap();
    let (family, token) = tokens.refresh(&token, "app", at(249)).await.unwrap();
    assert_eq!(family.until, 250);
    assert!(is_unknown(tokens.refresh(&token, "app", at(250)).await));
}

#[tokio::test]
async fn a_logout_ends_one_family_and_a_new_password_all() {
    let tokens = tokens(10);
    let mut all = Vec::new();
    for subject in ["ada", "ada", "ada", "bob"] {
        all.push(tokens.begin(subject, "app", "", at(0)).await.unwrap());
    }
    tokens.revoke(&all[0]).await.unwrap();
    tokens.revoke("nonsense").await.unwrap();
    assert!(is_unknown(tokens.refresh(&all[0], "app", at(1)).await));
    tokens.revoke_all("ada").await.unwrap();
    for token in &all[1..3] {
        assert!(is_unknown(tokens.refresh(token, "app", at(1)).await));
    }
    assert!(tokens.refresh(&all[3], "app", at(1)).await.is_ok());
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let tokens = tokens(10);
    let token = tokens.begin("ada", "app", "", at(0)).await.unwrap();
    let longer = format!("{token}A");
    for other in ["", "a", &token[1..], &longer, &"=".repeat(64), &"é".repeat(32), &"A".repeat(64)] {
        assert!(is_unknown(tokens.refresh(other, "app", at(0)).await), "{other}");
    }
    assert!(tokens.refresh(&token, "app", at(0)).await.is_ok());
}

#[derive(Debug, Clone)]
enum Step {
    Begin(u8),
    /// One of the tokens that were ever given out.
    Show(prop::sample::Index),
    Revoke(prop::sample::Index),
    Later(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..3_u8).prop_map(Step::Begin),
        6 => any::<prop::sample::Index>().prop_map(Step::Show),
        1 => any::<prop::sample::Index>().prop_map(Step::Revoke),
        1 => (0..60_u8).prop_map(Step::Later),
    ]
}

proptest! {
    /// Of every family one token is good at most, and none once one was shown twice.
    #[test]
    fn in_any_order_a_token_is_taken_once_at_most(steps in prop::collection::vec(step(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let tokens = tokens(1000);
            let (mut given, mut families, mut now) = (Vec::<(String, usize)>::new(), 0, 0);
            // The good token of each family, with the time of its last use and of its beginning.
            let mut good: HashMap<usize, (String, u64, u64)> = HashMap::new();
            for step in steps {
                match step {
                    Step::Begin(subject) => {
                        let token = tokens.begin(&subject.to_string(), "app", "", at(now)).await.unwrap();
                        good.insert(families, (token.clone(), now, now));
                        given.push((token, families));
                        families += 1;
                    }
                    Step::Show(index) if !given.is_empty() => {
                        let (token, family) = index.get(&given).clone();
                        let expected = good.get(&family).is_some_and(|(newest, used, began)| {
                            *newest == token && now < used + 100 && now < began + 250
                        });
                        let result = tokens.refresh(&token, "app", at(now)).await;
                        prop_assert_eq!(result.is_ok(), expected);
                        match result {
                            Ok((_, next)) => {
                                let (newest, used, _) = good.get_mut(&family).unwrap();
                                (*newest, *used) = (next.clone(), now);
                                given.push((next, family));
                            }
                            Err(_) => drop(good.remove(&family)),
                        }
                    }
                    Step::Revoke(index) if !given.is_empty() => {
                        let (token, family) = index.get(&given).clone();
                        tokens.revoke(&token).await.unwrap();
                        good.remove(&family);
                    }
                    Step::Show(_) | Step::Revoke(_) => {}
                    Step::Later(seconds) => now += u64::from(seconds),
                }
            }
            Ok(())
        })?;
    }
}
