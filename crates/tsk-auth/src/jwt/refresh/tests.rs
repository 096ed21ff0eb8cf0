#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn at(seconds: u64) -> SystemTime {
    crate::jwt::claims::time(seconds)
}

/// Without grace.
fn tokens(capacity: usize) -> RefreshTokens {
    with_grace(capacity, 0)
}

fn with_grace(capacity: usize, grace: u64) -> RefreshTokens {
    let [idle, absolute, grace] = [100, 250, grace].map(Duration::from_secs);
    RefreshTokens::new(MemoryStore::new(capacity), Settings { idle, absolute, grace }).unwrap()
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
async fn a_client_that_has_lost_the_answer_is_given_the_same_again() {
    let tokens = with_grace(10, 10);
    let first = tokens.begin("ada", "app", "read", at(0)).await.unwrap();
    let (_, second) = tokens.refresh(&first, "app", at(5)).await.unwrap();
    for seconds in [5, 6, 14] {
        let (family, again) = tokens.refresh(&first, "app", at(seconds)).await.unwrap();
        assert_eq!((again, family.until), (second.clone(), 105), "no later end either");
    }
    let (_, third) = tokens.refresh(&second, "app", at(14)).await.unwrap();
    assert_ne!(third, second);
    assert!(tokens.refresh(&third, "app", at(15)).await.is_ok());
}

#[tokio::test]
async fn a_copy_ends_the_family_after_the_grace_and_when_the_next_token_was_used() {
    for (used, shown) in [(false, 15), (true, 6)] {
        let tokens = with_grace(10, 10);
        let first = tokens.begin("ada", "app", "read", at(0)).await.unwrap();
        let (_, mut newest) = tokens.refresh(&first, "app", at(5)).await.unwrap();
        if used {
            newest = tokens.refresh(&newest, "app", at(6)).await.unwrap().1;
        }
        assert!(matches!(tokens.refresh(&first, "app", at(shown)).await, Err(Refusal::Reused(_))), "{shown}");
        assert!(is_unknown(tokens.refresh(&newest, "app", at(shown)).await));
    }
}

#[tokio::test]
async fn another_client_has_no_grace() {
    let tokens = with_grace(10, 10);
    let first = tokens.begin("ada", "app", "", at(0)).await.unwrap();
    let (_, second) = tokens.refresh(&first, "app", at(5)).await.unwrap();
    assert!(matches!(tokens.refresh(&first, "other", at(6)).await, Err(Refusal::Reused(_))));
    assert!(is_unknown(tokens.refresh(&second, "app", at(6)).await));
}

#[test]
fn the_next_token_is_read_by_who_has_the_one_before_it() {
    let (id, secret, next) = (FamilyId([1; 16]), [2; SECRET], [3; SECRET]);
    let sealed = masked(id, &secret, next);
    assert_ne!(sealed, next);
    assert_eq!(masked(id, &secret, sealed), next);
    assert_ne!(masked(id, &[4; SECRET], sealed), next);
    assert_ne!(masked(FamilyId([5; 16]), &secret, sealed), next);
    assert_eq!(format!("{:?}", Sealed(sealed)), "Sealed");
}

#[test]
fn a_grace_is_short() {
    let settings = Settings { grace: Duration::from_secs(61), ..Settings::default() };
    assert!(RefreshTokens::new(MemoryStore::new(1), settings).unwrap_err().to_string().contains("a minute"));
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
enum Deed {
    Begin(u8),
    /// One of the tokens that were ever given out.
    Show(prop::sample::Index),
    Revoke(prop::sample::Index),
    Later(u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => (0..3_u8).prop_map(Deed::Begin),
        6 => any::<prop::sample::Index>().prop_map(Deed::Show),
        1 => any::<prop::sample::Index>().prop_map(Deed::Revoke),
        1 => (0..60_u8).prop_map(Deed::Later),
    ]
}

/// What a family is, as its tokens are shown.
struct Model {
    newest: String,
    previous: Option<(String, u64)>,
    used: u64,
    began: u64,
}

proptest! {
    /// Of every family one token is good at most, and none once one was shown twice, but for the last within the grace, which
    /// has the same one follow.
    #[test]
    fn in_any_order_a_token_is_taken_once_at_most(
        deeds in prop::collection::vec(deed(), 1..80),
        grace in prop_oneof![Just(0), 1..60_u64],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let tokens = with_grace(1000, grace);
            let (mut given, mut families, mut now) = (Vec::<(String, usize)>::new(), 0, 0);
            let mut good: HashMap<usize, Model> = HashMap::new();
            for deed in deeds {
                match deed {
                    Deed::Begin(subject) => {
                        let token = tokens.begin(&subject.to_string(), "app", "", at(now)).await.unwrap();
                        let model = Model { newest: token.clone(), previous: None, used: now, began: now };
                        good.insert(families, model);
                        given.push((token, families));
                        families += 1;
                    }
                    Deed::Show(index) if !given.is_empty() => {
                        let (token, family) = index.get(&given).clone();
                        let result = tokens.refresh(&token, "app", at(now)).await;
                        let model = good.get_mut(&family).filter(|model| now < model.used + 100 && now < model.began + 250);
                        let is_again = |model: &Model| model.previous.as_ref().is_some_and(|(previous, used)| *previous == token && now < used + grace);
                        match model {
                            Some(model) if model.newest == token => {
                                let next = result.unwrap().1;
                                given.push((next.clone(), family));
                                model.previous = Some((std::mem::replace(&mut model.newest, next), now));
                                model.used = now;
                            }
                            Some(model) if is_again(model) => prop_assert_eq!(&result.unwrap().1, &model.newest),
                            _ => {
                                prop_assert!(result.is_err());
                                good.remove(&family);
                            }
                        }
                    }
                    Deed::Revoke(index) if !given.is_empty() => {
                        let (token, family) = index.get(&given).clone();
                        tokens.revoke(&token).await.unwrap();
                        good.remove(&family);
                    }
                    Deed::Show(_) | Deed::Revoke(_) => {}
                    Deed::Later(seconds) => now += u64::from(seconds),
                }
            }
            Ok(())
        })?;
    }
}
