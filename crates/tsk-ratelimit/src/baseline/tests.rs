#![allow(clippy::unwrap_used)]

mod memory;
mod steady;
mod tightening;

use std::time::{Duration, Instant};

use super::*;
use crate::{Accounts, Scope};

const WINDOW: Duration = Duration::from_secs(10);

/// A baseline of a rule of 600 a minute, so that 25 in a window are never too much.
fn baseline() -> Baseline {
    let quota = Quota::new(600, Duration::from_secs(60));
    Baseline::new(&Settings::default(), quota, 7, Instant::now()).unwrap()
}

/// Windows of requests, as clients make them.
struct Clock<'b> {
    baseline: &'b Baseline,
    scope: Scope,
    now: Instant,
}

impl<'b> Clock<'b> {
    fn new(baseline: &'b Baseline) -> Self {
        Self { baseline, scope: Accounts::shared(b"tests").of_rule("any"), now: baseline.epoch }
    }

    fn account(&self, key: u64) -> Account {
        self.scope.account(&key)
    }

    /// A window in which a key asks so often, over so many paths, and every so many-th answer is an error; what its first
    /// request was told, which ended the window before.
    fn window(&mut self, key: u64, requests: u32, paths: u64, every: u32) -> Arrival {
        let account = self.account(key);
        let mut first = None;
        for request in 0..requests {
            let now = self.now + WINDOW * request / requests;
            let path = format!("/{}", u64::from(request) % paths);
            first.get_or_insert(self.baseline.arrived(account, &path, now));
            self.baseline.answered(account, every > 0 && request % every == 0);
        }
        self.now += WINDOW;
        first.unwrap()
    }

    /// As many windows of that as make a key known.
    fn known(&mut self, key: u64, requests: u32, paths: u64) {
        for _ in 0..30 {
            assert_eq!(self.window(key, requests, paths, 0).step, 0);
        }
    }

    /// Four windows of a flood, after which a known key is as tight as can be.
    fn flood(&mut self, key: u64) {
        for _ in 0..4 {
            self.window(key, 90, 4, 0);
        }
    }

    fn standing(&self, key: u64) -> Standing {
        self.baseline.standing(self.account(key), self.now).unwrap()
    }
}

#[test]
fn a_quota_is_halved_by_each_step_and_never_becomes_nothing() {
    let quota = |limit, burst| Quota::new(limit, Duration::from_secs(60)).burst(burst);
    assert_eq!(tightened(quota(600, 20), 0), quota(600, 20));
    assert_eq!(tightened(quota(600, 20), 3), quota(75, 2));
    assert_eq!(tightened(quota(600, 1), 3), quota(75, 1));
    assert_eq!(tightened(quota(3, 3), 3), Quota::new(1, Duration::from_secs(160)).burst(1));
    assert_eq!(tightened(quota(1, 1), 2), Quota::new(1, Duration::from_secs(240)).burst(1));
}

#[test]
fn settings_that_cannot_be_are_named() {
    let quota = Quota::new(1, Duration::from_secs(1));
    let fault = |settings: Settings| Baseline::new(&settings, quota, 7, Instant::now()).err();
    let usual = Settings::default;
    assert_eq!(fault(usual()), None);
    assert_eq!(fault(Settings { window: Duration::from_millis(10), ..usual() }), Some(Fault::Window));
    assert_eq!(fault(Settings { warmup: 0, ..usual() }), Some(Fault::Warmup));
    assert_eq!(fault(Settings { deviations: f32::NAN, ..usual() }), Some(Fault::Deviations));
    assert_eq!(fault(Settings { steps: 0, ..usual() }), Some(Fault::Steps));
    assert_eq!(fault(Settings { calm: 0, ..usual() }), Some(Fault::Calm));
    assert_eq!(fault(Settings { memory: 100, ..usual() }), Some(Fault::Memory));
}
