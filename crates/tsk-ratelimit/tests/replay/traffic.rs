//! Requests in the order in which they came, and what became of their clients.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use tsk_ratelimit::baseline::{Arrival, Baseline, Settings, Standing, Turn};
use tsk_ratelimit::{Accounts, Bucket, Charge, Memory, Quota, Scope};

/// Who asks: one of the recorded clients, or an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Client {
    Recorded(u32),
    Attacker(u32),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    /// Since the start.
    pub(crate) at: Duration,
    pub(crate) client: Client,
    pub(crate) path: u64,
    pub(crate) status: u16,
}

/// A client was tightened, or let go by a step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) at: Duration,
    pub(crate) client: Client,
    pub(crate) turn: Turn,
    /// How tight it is since.
    pub(crate) step: u8,
    /// Why it was last found unusual.
    pub(crate) reason: String,
}

/// The recorded requests.
pub(crate) fn recorded() -> Vec<Request> {
    let mut at = Duration::ZERO;
    let lines = include_str!("recorded.txt").lines();
    lines
        .map(|line| {
            let mut numbers = line.split(' ').map(|number| number.parse::<u32>().unwrap());
            let mut next = || numbers.next();
            at += Duration::from_secs(next().unwrap().into());
            let (client, path) = (Client::Recorded(next().unwrap()), next().unwrap().into());
            Request { at, client, path, status: next().map_or(200, |status| status as u16) }
        })
        .collect()
}

/// These requests and those, in the order of their times.
pub(crate) fn with(mut requests: Vec<Request>, more: impl IntoIterator<Item = Request>) -> Vec<Request> {
    requests.extend(more);
    requests.sort_by_key(|request| request.at);
    requests
}

/// A client asks every so often from some time on, so many times; of each request `what` says the path and the status.
pub(crate) fn attack(
    client: Client,
    from: Duration,
    every: Duration,
    times: u32,
    what: impl Fn(u32) -> (u64, u16),
) -> Vec<Request> {
    let request = |number| {
        let (path, status) = what(number);
        Request { at: from + every * number, client, path, status }
    };
    (0..times).map(request).collect()
}

/// What became of requests.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    pub(crate) events: Vec<Event>,
    /// How many of each client were let through, and how many were refused.
    pub(crate) requests: BTreeMap<Client, (u32, u32)>,
}

impl Replayed {
    /// Who was tightened.
    pub(crate) fn tightened(&self) -> BTreeSet<Client> {
        let tightened = self.events.iter().filter(|event| matches!(event.turn, Turn::Tightened(_)));
        tightened.map(|event| event.client).collect()
    }

    /// What became of one.
    pub(crate) fn of(&self, client: Client) -> Vec<&Event> {
        self.events.iter().filter(|event| event.client == client).collect()
    }

    /// Who was refused anything.
    pub(crate) fn refused(&self) -> BTreeSet<Client> {
        let refused = self.requests.iter().filter(|(_, (_, refused))| *refused > 0);
        refused.map(|(client, _)| *client).collect()
    }
}

/// A rule and its baseline, and when they began.
pub(crate) struct Rule {
    baseline: Baseline,
    accounts: Memory,
    keys: Scope,
    start: Instant,
}

impl Rule {
    pub(crate) fn new(settings: &Settings, quota: Quota) -> Self {
        let start = Instant::now();
        Self {
            // Secrets that are the same each time, and so are the results.
            baseline: Baseline::new(settings, quota, 7, start).unwrap(),
            accounts: Memory::new(1 << 20, start),
            keys: Accounts::shared(b"replay").of_rule("all"),
            start,
        }
    }

    /// Has the rule decide on requests. Those that are let through are answered at once.
    pub(crate) fn replay(&self, requests: &[Request]) -> Replayed {
        let mut replayed = Replayed::default();
        for &Request { at, client, path, status } in requests {
            let (account, now) = (self.keys.account(&client), self.start + at);
            let Arrival { step, turn } = self.baseline.arrived(account, &format!("/{path}"), now);
            if let Some(turn) = turn {
                let reason = self.standing(client, at).reason.map(|reason| reason.to_string());
                replayed.events.push(Event { at, client, turn, step, reason: reason.unwrap_or_default() });
            }
            let bucket = Bucket::new(self.baseline.quota(step)).unwrap();
            let (passed, refused) = replayed.requests.entry(client).or_default();
            if self.accounts.debit_one(&Charge::new(account, bucket, 1), now).is_allowed() {
                *passed += 1;
                self.baseline.answered(account, (400..500).contains(&status));
            } else {
                *refused += 1;
            }
        }
        replayed
    }

    /// How a client stands.
    pub(crate) fn standing(&self, client: Client, at: Duration) -> Standing {
        self.baseline.standing(self.keys.account(&client), self.start + at).unwrap()
    }
}
