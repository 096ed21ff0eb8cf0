//! What became of the requests of an objective, over 30 days, in memory that does not grow.

/// Requests that count for an objective, and those of them that went wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) requests: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// What has come since `former` was counted. What was counted of routes that are no more is gone, and nothing has come then.
    pub(super) fn since(self, former: Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(former.requests),
            failed: self.failed.saturating_sub(former.failed),
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.requests += more.requests;
        self.failed += more.failed;
    }
}

/// How many there were in a window: not whole, as of the oldest slice a part is in it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counted {
    pub(super) requests: f64,
    pub(super) failed: f64,
}

/// Seconds of a slice, and how many slices a window has at most. The longer ago, the coarser: 2.2 KiB in all.
const TIERS: [(u64, usize); 4] = [(30, 10), (300, 24), (3600, 72), (86_400, 30)];

/// The same counts in slices of several lengths.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// When it begins, in seconds.
    start: u64,
    tiers: [Slices; TIERS.len()],
}

impl History {
    pub(super) fn new(start: u64) -> Self {
        Self { start, tiers: TIERS.map(|(seconds, count)| Slices::new(seconds, count)) }
    }

    pub(super) fn add(&mut self, counts: Counts, now: u64) {
        self.tiers.iter_mut().for_each(|tier| tier.add(counts, now));
    }

    /// For how long it has counted.
    pub(super) fn age(&self, now: u64) -> u64 {
        now.saturating_sub(self.start)
    }

    /// How many there were in the last so many seconds, by the finest slices that reach so far.
    pub(super) fn window(&self, seconds: u64, now: u64) -> Counted {
        let reaches = |tier: &&Slices| tier.seconds * (tier.counts.len() as u64 - 1) >= seconds;
        self.tiers.iter().find(reaches).map(|tier| tier.window(seconds, now)).unwrap_or_default()
    }
}

/// The last slices of one length, by their number since the start, and the one that is not over.
#[derive(Debug, Clone)]
struct Slices {
    seconds: u64,
    counts: Box<[Counts]>,
    latest: u64,
}

impl Slices {
    fn new(seconds: u64, count: usize) -> Self {
        Self { seconds, counts: vec![Counts::default(); count + 1].into(), latest: 0 }
    }

    fn add(&mut self, counts: Counts, now: u64) {
        let (room, slice) = (self.counts.len() as u64, now / self.seconds);
        for passed in self.latest.max(slice.saturating_sub(room)) + 1..=slice {
            self.counts[(passed % room) as usize] = Counts::default();
        }
        // A clock that goes back changes what is the latest.
        self.latest = self.latest.max(slice);
        self.counts[(self.latest % room) as usize] += counts;
    }

    /// Requests of the oldest slice count as spread evenly over it.
    fn window(&self, seconds: u64, now: u64) -> Counted {
        let room = self.counts.len() as u64;
        let begin = now.saturating_sub(seconds);
        let oldest = begin / self.seconds;
        let first = oldest.max((self.latest + 1).saturating_sub(room));
        let mut counted = Counted::default();
        for slice in first..=self.latest {
            let counts = self.counts[(slice % room) as usize];
            let share = match slice == oldest {
                true => 1.0 - (begin % self.seconds) as f64 / self.seconds as f64,
                false => 1.0,
            };
            counted.requests += counts.requests as f64 * share;
            counted.failed += counts.failed as f64 * share;
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The windows that are asked for.
    const WINDOWS: [u64; 8] = [300, 1800, 3600, 7200, 21_600, 86_400, 259_200, 2_592_000];

    proptest! {
        /// By no more than what is in one slice, of those that reach as far, is a window told wrong.
        #[test]
        fn a_window_has_what_came_within_it(
            came in prop::collection::vec((0_u64..90_000, 0_u64..50, 0_u64..50), 1..80),
            later in 0_u64..400_000,
            wanted in 0..WINDOWS.len(),
        ) {
            let (mut history, mut now, mut exact) = (History::new(0), 0, Vec::new());
            for (passed, fine, failed) in came {
                now += passed;
                history.add(Counts { requests: fine + failed, failed }, now);
                exact.push((now, fine + failed, failed));
            }
            now += later;
            let window = WINDOWS[wanted];
            let (slice, _) = TIERS.into_iter().find(|(slice, count)| slice * *count as u64 >= window)
                .unwrap_or(TIERS[0]);
            let within = |seconds: u64| {
                let within = exact.iter().filter(|(at, _, _)| at + seconds > now);
                within.fold((0.0, 0.0), |(all, bad), (_, requests, failed)| {
                    (all + *requests as f64, bad + *failed as f64)
                })
            };
            let (least, most) = (within(window.saturating_sub(slice)), within(window + slice));
            let told = history.window(window, now);
            prop_assert!(least.0 <= told.requests && told.requests <= most.0, "{told:?}: {least:?} to {most:?}");
            prop_assert!(least.1 <= told.failed && told.failed <= most.1, "{told:?}: {least:?} to {most:?}");
        }
    }

    #[test]
    fn what_comes_evenly_is_told_exactly() {
        let mut history = History::new(0);
        for minute in 0..60 * 24 * 31 {
            history.add(Counts { requests: 60, failed: 3 }, minute * 60);
        }
        let now = 60 * 60 * 24 * 31 - 1;
        for window in WINDOWS {
            let told = history.window(window, now);
            let share = told.requests / window as f64;
            assert!((share - 1.0).abs() < 0.11, "{window}: {told:?}");
            assert!((told.failed / told.requests - 0.05).abs() < 1e-9, "{window}: {told:?}");
        }
    }

    #[test]
    fn it_takes_the_same_room_however_much_comes() {
        let mut history = History::new(0);
        let room = |history: &History| history.tiers.iter().map(|tier| tier.counts.len()).sum::<usize>();
        let before = room(&history);
        (0..10_000).for_each(|step| history.add(Counts { requests: 1, failed: 0 }, step * 977));
        assert_eq!((before, room(&history)), (140, 140));
    }
}
