//! How good is good enough.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Report;
use super::histogram::millis;
use crate::check::Check;

/// How good is good enough; what is not set does not count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Thresholds {
    pub(crate) p50: Option<Duration>,
    pub(crate) p90: Option<Duration>,
    pub(crate) p99: Option<Duration>,
    pub(crate) p999: Option<Duration>,
    pub(crate) max: Option<Duration>,
    pub(crate) errors: Option<Most>,
    /// Answers a second.
    pub(crate) min_rate: Option<f64>,
}

/// How many errors there may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Most {
    Count(u64),
    /// From 0 to 100.
    Percent(f64),
}

impl Thresholds {
    /// Whether there is any.
    pub(crate) fn is_any(&self) -> bool {
        let Thresholds { p50, p90, p99, p999, max, errors, min_rate } = self;
        [p50, p90, p99, p999, max].iter().any(|limit| limit.is_some())
            || errors.is_some()
            || min_rate.is_some()
    }

    /// Holds a report to each of them. That nothing at all was answered is never good enough.
    pub(crate) fn judge(&self, report: &Report) -> Vec<Check> {
        let mut checks = Vec::new();
        let latency = report.latency_seconds;
        for (name, limit, found) in [
            ("p50", self.p50, latency.map(|latency| latency.p50)),
            ("p90", self.p90, latency.map(|latency| latency.p90)),
            ("p99", self.p99, latency.map(|latency| latency.p99)),
            ("p999", self.p999, latency.map(|latency| latency.p999)),
            ("max", self.max, latency.map(|latency| latency.max)),
        ] {
            let Some(limit) = limit.map(|limit| limit.as_secs_f64()) else { continue };
            let found_text =
                found.map_or("nothing was measured".to_owned(), |found| format!("{} ms", millis(found)));
            let message = format!("{found_text}, of at most {} ms", millis(limit));
            checks.push(judged(name, found.is_some_and(|found| found <= limit), message));
        }
        if let Some(limit) = self.errors {
            let share = report.error_share() * 100.0;
            let (is_met, found) = match limit {
                Most::Count(most) => (report.errors <= most, report.errors.to_string()),
                Most::Percent(most) => (share <= most, format!("{share:.2}%")),
            };
            checks.push(judged("errors", is_met, format!("{found}, of at most {limit}")));
        }
        if let Some(least) = self.min_rate {
            let message = format!("{:.1} answers/s, of at least {least}", report.rate_achieved);
            checks.push(judged("min-rate", report.rate_achieved >= least, message));
        }
        if report.answers == 0 && report.requests > 0 {
            checks.push(Check::fail("answers", "not one request was answered", "see the errors above"));
        }
        checks
    }
}

fn judged(name: &str, is_met: bool, message: String) -> Check {
    let option = format!("--{name}");
    if is_met { Check::ok(option, message) } else { Check::unmet(option, message) }
}

impl FromStr for Most {
    type Err = String;

    fn from_str(text: &str) -> Result<Most, String> {
        const FORMS: &str = "write how many, as in `0`, or a share from 0% to 100%, as in `1%`";
        match text.strip_suffix('%') {
            Some(percent) => match percent.parse() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Most::Percent(percent)),
                _ => Err(FORMS.to_owned()),
            },
            None => text.parse().map(Most::Count).map_err(|_| FORMS.to_owned()),
        }
    }
}

impl fmt::Display for Most {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Most::Count(count) => count.fmt(f),
            Most::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn errors_are_a_number_or_a_share() {
        assert_eq!("0".parse(), Ok(Most::Count(0)));
        assert_eq!("1%".parse(), Ok(Most::Percent(1.0)));
        assert_eq!("0.1%".parse(), Ok(Most::Percent(0.1)));
        for text in ["", "%", "-1", "101%", "-1%", "NaN%", "inf%", "1 %", "one", "1.5"] {
            assert!(text.parse::<Most>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(count: u64, percent in 0.0..=100.0) {
            for most in [Most::Count(count), Most::Percent(percent)] {
                prop_assert_eq!(most.to_string().parse::<Most>().unwrap(), most);
            }
        }

        #[test]
        fn no_text_is_too_strange_to_be_refused(text in ".*") {
            let _ = text.parse::<Most>();
        }
    }
}
