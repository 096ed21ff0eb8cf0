//! Days of the calendar, as versions and their ends are named.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A day that there is, in the Gregorian calendar: `2026-03-01` (RFC 3339 §5.6, `full-date`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads it: ten characters, and a day from 1970 on.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = text else { return None };
        let number = |digits: &[&u8]| {
            let value =
                |sum: u16, digit: &&u8| digit.is_ascii_digit().then(|| sum * 10 + u16::from(**digit - b'0'));
            digits.iter().try_fold(0, value)
        };
        let (year, month, day) = (number(&[y0, y1, y2, y3])?, number(&[m0, m1])?, number(&[d0, d1])?);
        let date = Self { year, month: month as u8, day: day as u8 };
        (year >= 1970 && (1..=12).contains(&month) && (1..=date.days()).contains(&date.day)).then_some(date)
    }

    /// When it begins, in UTC.
    pub(super) fn begin(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.number() * 24 * 60 * 60)
    }

    /// How many days it is after the first of January 1970.
    fn number(self) -> u64 {
        let years = (1970..self.year).map(|year| if is_leap(year) { 366 } else { 365 });
        let months = (1..self.month).map(|month| Self { month, ..self }.days());
        years.sum::<u64>() + months.map(u64::from).sum::<u64>() + u64::from(self.day) - 1
    }

    /// How many days its month has.
    fn days(self) -> u8 {
        match self.month {
            2 if is_leap(self.year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_day_is_read_and_what_is_none_is_not() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400),
            ("2024-02-29", 1_709_164_800),
            ("2026-03-01", 1_772_323_200),
            ("9999-12-31", 253_402_214_400),
        ] {
            let begin = Date::parse(text.as_bytes()).unwrap().begin();
            assert_eq!(begin.duration_since(UNIX_EPOCH).unwrap().as_secs(), seconds, "{text}");
        }
        for text in [
            "",
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "2026-01-00",
            "1969-12-31",
            "2026-1-1",
            "2026-01-015",
            "2026/01/01",
            "+026-01-01",
            "2026-01-0x",
            "２026-01-01",
            "20260101",
        ] {
            assert_eq!(Date::parse(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn is_the_day_that_other_calendars_have(day in 0_u64..2_932_896) {
            let time = UNIX_EPOCH + Duration::from_secs(day * 86_400);
            let text = humantime::format_rfc3339_seconds(time).to_string();
            prop_assert_eq!(Date::parse(&text.as_bytes()[..10]).unwrap().begin(), time);
        }

        #[test]
        fn nothing_panics_and_the_order_is_that_of_the_text(a in "[0-9]{4}-[0-9]{2}-[0-9]{2}", b in ".{0,12}") {
            let (a, b) = ((&a, Date::parse(a.as_bytes())), (&b, Date::parse(b.as_bytes())));
            if let (Some(first), Some(second)) = (a.1, b.1) {
                prop_assert_eq!(first.cmp(&second), a.0.cmp(b.0));
            }
        }
    }
}
