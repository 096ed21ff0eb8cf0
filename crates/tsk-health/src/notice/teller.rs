//! What of the changes of a check is told: the last, and not too often.

use std::time::Duration;

use tokio::time::Instant;
use tsk_core::check::Status;

use super::Notice;

/// The changes of one check.
///
/// What is told first is told at once. Then there is quiet for a while, in which changes are kept; at its end the check is
/// told of if it stands otherwise than was told. So nobody is told twice the same, and who flaps is told of once in a while.
#[derive(Debug, Clone)]
pub(crate) struct Teller {
    told: Status,
    quiet_until: Option<Instant>,
    /// How it stands, how often that has changed since it was told of, and when it may be told of.
    last: Option<(Notice, Instant)>,
}

impl Teller {
    /// Nobody needs to be told that a check works that never failed.
    pub(crate) fn new() -> Self {
        Self { told: Status::Pass, quiet_until: None, last: None }
    }

    pub(crate) fn changed(&mut self, mut notice: Notice, now: Instant) {
        notice.changes += self.last.as_ref().map_or(0, |(last, _)| last.changes);
        let due = self.quiet_until.map_or(now, |until| until.max(now));
        self.last = Some((notice, due));
    }

    /// What is to be told now.
    pub(crate) fn tell(&mut self, now: Instant, quiet: Duration) -> Option<Notice> {
        if self.next().is_none_or(|due| due > now) {
            return None;
        }
        let (notice, _) = self.last.take()?;
        self.told = notice.status;
        self.quiet_until = Some(now + quiet);
        Some(notice)
    }

    /// What was told last.
    pub(crate) fn told(&self) -> Status {
        self.told
    }

    /// When there is something to be told.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.last.as_ref().filter(|(last, _)| last.status != self.told).map(|(_, due)| *due)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use proptest::prelude::*;

    use super::*;

    fn notice(status: Status) -> Notice {
        Notice {
            check: "db".into(),
            status,
            output: String::new(),
            observed: None,
            since: SystemTime::UNIX_EPOCH,
            changes: 1,
        }
    }

    const QUIET: Duration = Duration::from_secs(60);

    fn statuses() -> impl Strategy<Value = Status> {
        prop_oneof![Just(Status::Pass), Just(Status::Warn), Just(Status::Fail)]
    }

    proptest! {
        /// However it flaps: never the same twice, never two within the quiet time, and in the end what is so was told.
        #[test]
        fn tells_what_is_new_and_not_too_often(steps in proptest::collection::vec((0..50_u64, statuses()), 1..100)) {
            let mut now = Instant::now();
            let mut teller = Teller::new();
            let (mut told, mut when, mut changes, mut counted) = (Status::Pass, None, 0, 0);
            let mut last = Status::Pass;
            let end = [(1000, None)];
            for (wait, status) in steps.into_iter().map(|(wait, status)| (wait, Some(status))).chain(end) {
                now += Duration::from_secs(wait);
                if let Some(status) = status.filter(|status| *status != last) {
                    teller.changed(notice(status), now);
                    last = status;
                    changes += 1;
                }
                if let Some(notice) = teller.tell(now, QUIET) {
                    prop_assert_ne!(notice.status, told);
                    prop_assert!(when.is_none_or(|when| now >= when + QUIET));
                    (told, when) = (notice.status, Some(now));
                    counted += notice.changes;
                }
                prop_assert!(teller.next().is_none_or(|due| due > now));
            }
            prop_assert_eq!(told, last);
            prop_assert!(counted <= changes);
        }
    }

    #[test]
    fn who_flaps_is_told_of_once_with_the_number_of_changes() {
        let now = Instant::now();
        let mut teller = Teller::new();
        teller.changed(notice(Status::Fail), now);
        assert_eq!(teller.tell(now, QUIET).map(|told| (told.status, told.changes)), Some((Status::Fail, 1)));
        for second in 1..=5 {
            let status = if second % 2 == 0 { Status::Fail } else { Status::Pass };
            teller.changed(notice(status), now + Duration::from_secs(second));
            assert_eq!(teller.tell(now + Duration::from_secs(second), QUIET), None);
        }
        assert_eq!(teller.next(), Some(now + QUIET));
        let told = teller.tell(now + QUIET, QUIET);
        assert_eq!(told.map(|told| (told.status, told.changes)), Some((Status::Pass, 5)));
    }
}
