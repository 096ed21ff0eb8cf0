//! What somebody is still to be told.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use tokio::time::Instant;
use tsk_core::check::Status;

use super::Notice;

/// How many notices wait at most: beyond, the oldest goes.
const MOST: usize = 64;

/// How long it is tried to tell of something.
const GIVEN_UP: Duration = Duration::from_secs(3600);

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The notices that somebody is still to be told of, one after another.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    waiting: VecDeque<(Notice, Instant)>,
    /// How often in a row it failed, and when it is tried again.
    failed: u32,
    retry_at: Option<Instant>,
    is_telling: bool,
    /// What is true until it is said otherwise, for those who forget; and when they are told again.
    standing: BTreeMap<String, Notice>,
    again: Option<(Duration, Instant)>,
    /// Whether what is being told is what is told again, and nothing waits for it.
    is_again: bool,
    pub(crate) counts: Counts,
    pub(crate) error: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) told: u64,
    pub(crate) retried: u64,
    /// Given up, or too many at a time.
    pub(crate) lost: u64,
}

impl Queue {
    /// `again` is after how long who is told has forgotten.
    pub(crate) fn new(again: Option<Duration>, now: Instant) -> Self {
        Self {
            waiting: VecDeque::new(),
            failed: 0,
            retry_at: None,
            is_telling: false,
            standing: BTreeMap::new(),
            again: again.map(|every| (every, now + every)),
            is_again: false,
            counts: Counts::default(),
            error: None,
        }
    }

    pub(crate) fn push(&mut self, notice: Notice, now: Instant) {
        if self.again.is_some() {
            if notice.status == Status::Pass {
                self.standing.remove(&notice.check);
            } else {
                self.standing.insert(notice.check.clone(), notice.clone());
            }
        }
        // The first is being told, or tried again.
        if self.waiting.len() == MOST {
            self.waiting.remove(usize::from(self.is_telling && !self.is_again));
            self.counts.lost += 1;
        }
        self.waiting.push_back((notice, now));
    }

    /// What is to be told now; it is told until [`told`](Self::told).
    pub(crate) fn take(&mut self, now: Instant) -> Option<Vec<Notice>> {
        if self.next().is_none_or(|due| due > now) {
            return None;
        }
        let notices = match self.waiting.front() {
            Some((notice, _)) => vec![notice.clone()],
            None => self.standing.values().cloned().collect(),
        };
        self.is_again = self.waiting.is_empty();
        self.is_telling = true;
        if let Some((every, at)) = self.again.as_mut().filter(|_| self.is_again) {
            *at = now + *every;
        }
        Some(notices)
    }

    pub(crate) fn told(&mut self, result: Result<(), String>, now: Instant, random: &mut fastrand::Rng) {
        self.is_telling = false;
        match result {
            Ok(()) => {
                self.counts.told += 1;
                (self.failed, self.retry_at, self.error) = (0, None, None);
                if !self.is_again {
                    self.waiting.pop_front();
                }
            }
            Err(error) => {
                self.error = Some(error);
                self.counts.retried += 1;
                let longest = FIRST_WAIT.saturating_mul(1 << self.failed.min(10)).min(LONGEST_WAIT);
                self.failed += 1;
                // Between half and all of it, so that not all who failed together come back together.
                self.retry_at = Some(now + longest.mul_f64(0.5 + 0.5 * random.f64()));
                while self.waiting.front().is_some_and(|(_, since)| now - *since > GIVEN_UP) {
                    self.waiting.pop_front();
                    self.counts.lost += 1;
                }
            }
        }
        self.is_again = false;
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        if self.is_telling {
            return None;
        }
        let due = match self.waiting.front() {
            Some((_, since)) => Some(*since),
            None => self.again.filter(|_| !self.standing.is_empty()).map(|(_, at)| at),
        };
        due.map(|due| self.retry_at.map_or(due, |retry| retry.max(due)))
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Goes on with what another was at, which is tried again from the start.
    pub(crate) fn succeed(&mut self, former: &Self) {
        let again = self.again;
        *self = Self { is_telling: false, is_again: false, again, ..former.clone() };
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::SystemTime;

    use proptest::prelude::*;

    use super::*;

    fn notice(check: &str, status: Status) -> Notice {
        let (output, since) = (String::new(), SystemTime::UNIX_EPOCH);
        Notice { check: check.into(), status, output, observed: None, since, changes: 1 }
    }

    fn names(notices: Option<Vec<Notice>>) -> Vec<String> {
        notices.unwrap().into_iter().map(|notice| notice.check).collect()
    }

    #[test]
    fn they_are_told_in_their_order_one_at_a_time() {
        let now = Instant::now();
        let mut random = fastrand::Rng::with_seed(1);
        let mut queue = Queue::new(None, now);
        queue.push(notice("a", Status::Fail), now);
        queue.push(notice("b", Status::Fail), now);
        assert_eq!(names(queue.take(now)), ["a"]);
        assert_eq!((queue.take(now), queue.next()), (None, None));
        queue.told(Ok(()), now, &mut random);
        assert_eq!(names(queue.take(now)), ["b"]);
        queue.told(Ok(()), now, &mut random);
        assert_eq!((queue.waiting(), queue.next(), queue.counts.told), (0, None, 2));
    }

    #[test]
    fn what_fails_is_tried_again_later_and_later_and_given_up_in_the_end() {
        let start = Instant::now();
        let mut now = start;
        let mut random = fastrand::Rng::with_seed(1);
        let mut queue = Queue::new(None, now);
        queue.push(notice("a", Status::Fail), now);
        let mut tries = 0;
        while let Some(due) = queue.next() {
            assert!(due - now <= LONGEST_WAIT);
            now = now.max(due);
            assert_eq!(names(queue.take(now)), ["a"]);
            queue.told(Err("no".into()), now, &mut random);
            tries += 1;
        }
        assert!((15..40).contains(&tries), "{tries} tries");
        assert!(now - start <= GIVEN_UP + LONGEST_WAIT);
        assert_eq!((queue.counts.lost, queue.waiting()), (1, 0));
    }

    #[test]
    fn whoever_forgets_is_told_again_until_it_is_over() {
        let now = Instant::now();
        let every = Duration::from_secs(75);
        let mut random = fastrand::Rng::with_seed(1);
        let mut queue = Queue::new(Some(every), now);
        for check in ["a", "b"] {
            queue.push(notice(check, Status::Fail), now);
            queue.take(now).unwrap();
            queue.told(Ok(()), now, &mut random);
        }
        assert_eq!(queue.next(), Some(now + every));
        assert_eq!(names(queue.take(now + every)), ["a", "b"]);
        queue.told(Ok(()), now + every, &mut random);
        assert_eq!(queue.next(), Some(now + every * 2));
        queue.push(notice("a", Status::Pass), now + every);
        assert_eq!(names(queue.take(now + every)), ["a"]);
        queue.told(Ok(()), now + every, &mut random);
        assert_eq!(names(queue.take(now + every * 2)), ["b"]);
    }

    proptest! {
        #[test]
        fn it_is_bounded_and_nothing_is_lost_uncounted(steps in proptest::collection::vec(0..4_u8, 1..400), seed: u64) {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut now = Instant::now();
            let mut queue = Queue::new(None, now);
            let (mut pushed, mut is_telling) = (0_u64, false);
            for step in steps {
                now += Duration::from_secs(1);
                match step {
                    2 => is_telling |= queue.take(now).is_some(),
                    3 if is_telling => {
                        queue.told(if pushed % 3 == 0 { Ok(()) } else { Err("no".into()) }, now, &mut random);
                        is_telling = false;
                    }
                    _ => {
                        queue.push(notice("a", Status::Fail), now);
                        pushed += 1;
                    }
                }
                prop_assert!(queue.waiting() <= MOST);
                prop_assert_eq!(queue.counts.told + queue.counts.lost + queue.waiting() as u64, pushed);
            }
        }
    }
}
