#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::{Accounts, Scope};

fn scope() -> Scope {
    Accounts::shared(b"tests").of_rule("any")
}

fn nobody() -> Option<Box<str>> {
    None
}

#[test]
fn who_is_refused_most_is_first_however_many_are_refused_once() {
    let start = Instant::now();
    let (top, scope) = (Top::new(start), scope());
    for number in 0..100_000u64 {
        top.refused(scope.account(&number), "any", start, nobody);
        if number % 10 == 0 {
            top.refused(scope.account("attacker"), "one", start, || Some("203.0.113.9".into()));
        }
    }
    let first = &top.most(5, start)[0];
    assert_eq!((first.account, first.policy), (scope.account("attacker"), "one"));
    assert_eq!(first.key.as_deref(), Some("203.0.113.9"));
    // A tenth of the refusals, and far more than those of the others of its part.
    assert!((10_000..20_000).contains(&first.count), "{first:?}");
    assert!(top.most(usize::MAX, start).len() <= SHARDS * ROWS);
}

#[test]
fn what_was_more_than_twenty_minutes_ago_is_forgotten() {
    let start = Instant::now();
    let (top, account) = (Top::new(start), scope().account("a"));
    let at = |minutes: u64| start + Duration::from_secs(60 * minutes);
    top.refused(account, "any", at(1), nobody);
    top.refused(account, "any", at(11), nobody);
    assert_eq!(
        top.of(account, at(12)).map(|refused| (refused.count, refused.ago)),
        Some((2, at(12) - at(11)))
    );
    assert_eq!(top.of(account, at(25)).map(|refused| refused.count), Some(1));
    assert_eq!(top.of(account, at(35)), None);
    assert_eq!(top.most(5, at(35)), []);
}

#[test]
fn a_key_that_is_long_is_cut_between_characters() {
    let start = Instant::now();
    let (top, account) = (Top::new(start), scope().account("a"));
    top.refused(account, "any", start, || Some("é".repeat(1000).into()));
    assert_eq!(top.of(account, start).unwrap().key.unwrap().len(), TEXT);
    let odd = scope().account("b");
    top.refused(odd, "any", start, || Some(format!("x{}", "é".repeat(1000)).into()));
    assert_eq!(top.of(odd, start).unwrap().key.unwrap().len(), TEXT - 1);
}

proptest! {
    /// What the algorithm promises, of each part by itself.
    #[test]
    fn a_count_is_never_too_low_and_too_high_by_no_more_than_its_error(
        refusals in prop::collection::vec(0u64..400, 1..4000),
    ) {
        let start = Instant::now();
        let (top, scope) = (Top::new(start), scope());
        let mut true_counts: HashMap<Account, u64> = HashMap::new();
        let mut of_shards = [0u64; SHARDS];
        for refused in &refusals {
            // Some are refused far more often than others.
            let account = scope.account(&(refused * refused / 400));
            *true_counts.entry(account).or_default() += 1;
            of_shards[(account.to_bits() % SHARDS as u64) as usize] += 1;
            top.refused(account, "any", start, nobody);
        }
        for (account, count) in true_counts {
            let shard = of_shards[(account.to_bits() % SHARDS as u64) as usize];
            match top.of(account, start) {
                Some(refused) => {
                    prop_assert!(refused.count >= count && refused.count - refused.error <= count);
                    prop_assert!(refused.error <= shard / ROWS as u64);
                }
                None => prop_assert!(count <= shard / ROWS as u64),
            }
        }
    }
}
