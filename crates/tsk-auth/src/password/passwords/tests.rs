#![allow(clippy::unwrap_used)]

use std::task::{Context, Poll, Waker};

use proptest::prelude::*;

use super::*;

const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

#[tokio::test]
async fn a_hash_is_a_phc_string_of_its_cost_and_of_no_other_password() {
    let passwords = Passwords::with(CHEAP, 2, 8).unwrap();
    let hash = passwords.hash("correct horse").await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
    assert_ne!(passwords.hash("correct horse").await.unwrap(), hash, "another salt each time");
    for (password, verdict) in
        [("correct horse", Verdict::Right), ("Correct horse", Verdict::Wrong), ("", Verdict::Wrong)]
    {
        assert_eq!(passwords.verify(password, Some(&hash)).await.unwrap(), verdict, "{password:?}");
    }
    let dearer = Passwords::with(Cost { memory: 16, ..CHEAP }, 1, 8).unwrap();
    assert_eq!(dearer.verify("correct horse", Some(&hash)).await.unwrap(), Verdict::RightButOld);
    assert_eq!(dearer.verify("battery", Some(&hash)).await.unwrap(), Verdict::Wrong);
}

#[tokio::test]
async fn a_hash_of_another_implementation_is_understood() {
    // `argon2 somesalt -id -t 2 -k 256 -p 1 -l 32` of the reference implementation, given "password".
    let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let passwords = Passwords::with(CHEAP, 1, 8).unwrap();
    assert_eq!(passwords.verify("password", Some(hash)).await.unwrap(), Verdict::RightButOld);
}

#[tokio::test]
async fn what_is_no_hash_of_ours_is_nobodys_password() {
    let passwords = Passwords::with(CHEAP, 1, 8).unwrap();
    for hash in [
        "",
        "password",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=16$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=8,t=4294967295,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$m=8,t=1,p=1",
    ] {
        assert!(!is_hash(hash), "{hash}");
        assert_eq!(passwords.verify("password", Some(hash)).await.unwrap(), Verdict::Wrong, "{hash}");
    }
    let long = "x".repeat(LONGEST + 1);
    assert_eq!(passwords.verify(&long, None).await.unwrap(), Verdict::Wrong);
}

#[test]
fn the_default_is_what_owasp_recommends() {
    let Cost { memory, passes, lanes } = Cost::default();
    assert_eq!((memory, passes, lanes), (19456, 2, 1));
    for cost in [Cost { memory: 7, ..CHEAP }, Cost { memory: 1 << 21, ..CHEAP }, Cost { passes: 65, ..CHEAP }]
    {
        assert!(Passwords::with(cost, 1, 1).is_err(), "{cost:?}");
    }
}

#[tokio::test]
async fn so_many_are_made_at_a_time_so_many_wait_and_an_account_that_there_is_not_has_no_shorter_way() {
    let passwords = Passwords::with(CHEAP, 1, 2).unwrap();
    let hash = passwords.hash("correct horse").await.unwrap();
    let thread = Arc::clone(&passwords.threads).acquire_owned().await.unwrap();
    let mut known = std::pin::pin!(passwords.verify("x", Some(&hash)));
    let mut unknown = std::pin::pin!(passwords.verify("x", None));
    let mut third = std::pin::pin!(passwords.verify("x", None));
    let mut context = Context::from_waker(Waker::noop());
    assert!(known.as_mut().poll(&mut context).is_pending());
    assert!(unknown.as_mut().poll(&mut context).is_pending());
    assert!(third.as_mut().poll(&mut context).is_pending());
    for hash in [Some(&*hash), None] {
        let mut fourth = std::pin::pin!(passwords.verify("x", hash));
        assert_eq!(fourth.as_mut().poll(&mut context), Poll::Ready(Err(Busy)));
    }
    drop(thread);
    assert_eq!(known.await, Ok(Verdict::Wrong));
    assert_eq!(unknown.await, Ok(Verdict::Wrong));
    assert_eq!(third.await, Ok(Verdict::Wrong));
    assert_eq!(passwords.places.available_permits(), 3);
}

proptest! {
    #[test]
    fn any_text_is_taken_apart_without_a_panic(text in "\\PC{0,80}", tail in "[a-z0-9$=,+/]{0,80}") {
        is_hash(&text);
        is_hash(&format!("$argon2id$v=19${tail}"));
    }
}
