//! When what failed is tried again: the [rules of OTLP/HTTP].
//!
//! [rules of OTLP/HTTP]: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};

/// Before the first repetition, at most.
const FIRST: Duration = Duration::from_millis(200);
/// Before any repetition, at most, unless the collector asks for more.
const LONGEST: Duration = Duration::from_secs(10);
/// As much as a collector may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(30);

/// What an answer means for the spans that were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// They have arrived.
    Taken,
    /// They are to be sent again, and not before so long, if the collector says when.
    Later(Option<Duration>),
    /// They are too many at once.
    TooLarge,
    /// They will never be taken.
    Refused,
}

impl Meaning {
    /// Of the answer's head. A redirection is a refusal: no header field with a secret goes where a stranger says.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Self {
        match status.as_u16() {
            200..300 => Self::Taken,
            413 => Self::TooLarge,
            429 | 502 | 503 | 504 => Self::Later(retry_after(headers, now)),
            _ => Self::Refused,
        }
    }
}

/// RFC 9110 §10.2.3: seconds or a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(asked.min(LONGEST_ASKED))
}

/// How long to wait: longer each time until something succeeds, and never as long as others that failed at the same moment.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Something has succeeded.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Something has failed. `random` is from 0 to 1.
    pub(super) fn next(&mut self, asked: Option<Duration>, random: f64) -> Duration {
        let longest = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        // Half of it is for certain, so that a collector which is down is not hurried.
        let wait = longest.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0);
        match asked {
            // All that were told the same come spread over a tenth of it.
            Some(asked) => wait.max(asked.mul_f64(1.0 + random.clamp(0.0, 1.0) / 10.0)),
            None => wait,
        }
    }
}

#[cfg(test)]
mod tests;
