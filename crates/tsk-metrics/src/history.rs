//! How many there were in a window of time, in memory that does not grow.
//!
//! Counts are kept in slices of several lengths, the longer ago the coarser. Whoever tells something tells when, in seconds since
//! whenever it likes.

/// Requests, and those of them that went wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) requests: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// What has come since `former` was counted. What was counted of routes that are no more is gone, and nothing has come then.
    pub(crate) fn since(self, former: Self) -> Self {
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
pub(crate) struct Counted {
    pub(crate) requests: f64,
    pub(crate) failed: f64,
}

/// Seconds of a slice, and how many of them are kept beside the present one: the shortest first.
pub(crate) type Tier = (u64, usize);

/// The same counts in slices of several lengths: 16 bytes each.
#[derive(Debug, Clone)]
pub(crate) struct History(Box<[Slices]>);

impl History {
    pub(crate) fn new(tiers: &[Tier]) -> Self {
        Self(tiers.iter().map(|(seconds, count)| Slices::new(*seconds, *count)).collect())
    }

    #[inline]
    pub(crate) fn add(&mut self, counts: Counts, now: u64) {
        self.0.iter_mut().for_each(|tier| tier.add(counts, now));
    }

    /// Begins anew.
    pub(crate) fn clear(&mut self) {
        self.0.iter_mut().for_each(Slices::clear);
    }

    /// How many there were in the last so many seconds, by the finest slices that reach so far, or else by the coarsest.
    pub(crate) fn window(&self, seconds: u64, now: u64) -> Counted {
        let reaches = |tier: &&Slices| tier.seconds * (tier.counts.len() as u64 - 1) >= seconds;
        let tier = self.0.iter().find(reaches).or(self.0.last());
        tier.map(|tier| tier.window(seconds, now)).unwrap_or_default()
    }
}

/// The last slices of one length, by their number, and the one that is not over.
#[derive(Debug, Clone)]
struct Slices {
    seconds: u64,
    counts: Box<[Counts]>,
    latest: u64,
    /// Where the latest is, and when it ends.
    present: usize,
    end: u64,
}

impl Slices {
    fn new(seconds: u64, count: usize) -> Self {
        Self {
            seconds,
            counts: vec![Counts::default(); count + 1].into(),
            latest: 0,
            present: 0,
            end: seconds,
        }
    }

    fn clear(&mut self) {
        self.counts.fill(Counts::default());
        (self.latest, self.present, self.end) = (0, 0, self.seconds);
    }

    /// What comes late counts as of now.
    #[inline]
    fn add(&mut self, counts: Counts, now: u64) {
        if now >= self.end {
            self.advance(now);
        }
        self.counts[self.present] += counts;
    }

    #[cold]
    fn advance(&mut self, now: u64) {
        let (room, slice) = (self.counts.len() as u64, now / self.seconds);
        for passed in self.latest.max(slice.saturating_sub(room)) + 1..=slice {
            self.counts[(passed % room) as usize] = Counts::default();
        }
        (self.latest, self.present, self.end) = (slice, (slice % room) as usize, (slice + 1) * self.seconds);
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

    const TIERS: [Tier; 4] = [(30, 10), (300, 24), (3600, 72), (86_400, 30)];

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
            let (mut history, mut now, mut exact) = (History::new(&TIERS), 0, Vec::new());
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
        let mut history = History::new(&TIERS);
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
        let mut history = History::new(&TIERS);
        let room = |history: &History| history.0.iter().map(|tier| tier.counts.len()).sum::<usize>();
        let before = room(&history);
        (0..10_000).for_each(|step| history.add(Counts { requests: 1, failed: 0 }, step * 977));
        history.add(Counts { requests: 1, failed: 1 }, u64::MAX / 2);
        assert_eq!(history.window(300, u64::MAX / 2), Counted { requests: 1.0, failed: 1.0 });
        history.clear();
        assert_eq!(history.window(2_592_000, 0), Counted::default());
        assert_eq!((before, room(&history)), (140, 140));
    }
}
