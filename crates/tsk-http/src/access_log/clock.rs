//! The time of a line.

use std::time::{Duration, Instant, SystemTime};

/// A time as RFC 3339 has it, in UTC and with milliseconds.
pub(super) type Time = [u8; "2000-01-01T00:00:00.000Z".len()];

/// Tells what time it was at an instant.
///
/// The time of the system is asked for once a second: the text stays the same for so long, but for its fraction, and a line has
/// an instant already.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// When the second began that the text is of; `None` before the first.
    second: Option<Instant>,
    time: Time,
}

impl Clock {
    pub(super) fn at(&mut self, at: Instant) -> Time {
        let since = |second: Instant| at.saturating_duration_since(second);
        let fraction = match self.second.map(since) {
            Some(fraction) if fraction < SECOND => fraction,
            _ => since(self.turn(at)),
        };
        let end = self.time.len() - "000Z".len();
        self.time[end..end + 3].copy_from_slice(&digits(fraction.subsec_millis()));
        self.time
    }

    /// Another second, of the clock as it is set now; and when it began.
    #[cold]
    fn turn(&mut self, at: Instant) -> Instant {
        let ago = at.elapsed();
        let time = SystemTime::now().checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH);
        let fraction = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        let text = humantime::format_rfc3339_millis(time).to_string();
        // Up to the year 9999 it has this length.
        self.time = text.as_bytes().try_into().unwrap_or(*b"9999-12-31T23:59:59.999Z");
        let second = at.checked_sub(Duration::from_nanos(fraction.into())).unwrap_or(at);
        *self.second.insert(second)
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// The three digits of a number below 1,000, such as a status (RFC 9110 §15).
pub(super) fn digits(number: u32) -> [u8; 3] {
    [100, 10, 1].map(|unit| b'0' + (number / unit % 10) as u8)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn it_tells_the_time_of_an_instant() {
        let mut clock = Clock::default();
        let ago = Duration::from_secs(3);
        let (before, instant, after) =
            (SystemTime::now() - ago, Instant::now() - ago, SystemTime::now() - ago);
        for milliseconds in [0, 1, 400, 999, 1000, 1500, 2500] {
            let passed = Duration::from_millis(milliseconds);
            let time = clock.at(instant + passed);
            let time = humantime::parse_rfc3339(str::from_utf8(&time).unwrap()).unwrap();
            // A millisecond is told of once it has begun, and a moment passes between looks at the two clocks.
            let (earliest, latest) = (before + passed, after + passed + Duration::from_millis(50));
            assert!(time + Duration::from_millis(1) > earliest, "{time:?}, {earliest:?}");
            assert!(time <= latest, "{time:?}, {latest:?}");
        }
    }

    #[test]
    fn what_was_before_a_second_is_told_as_its_beginning() {
        let mut clock = Clock::default();
        let now = Instant::now();
        let later = clock.at(now);
        let earlier = clock.at(now - SECOND);
        assert_eq!(earlier[..19], later[..19]);
        assert_eq!(&earlier[19..], b".000Z");
    }
}
