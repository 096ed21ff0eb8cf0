//! `ETag` and `Last-Modified` (RFC 9110 §8.8).

use std::{
    fs::Metadata,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::HeaderValue;

/// What tells one state of a file from another.
#[derive(Debug, Clone)]
pub(super) struct Validators {
    /// With its quotes, and `W/` before them where it is weak.
    tag: String,
    /// Whole seconds since 1970, never in the future.
    modified: u64,
    is_strong: bool,
}

/// 1981-01-01. Archives and reproducible builds set times to the first second that their format has: 1970 or 1980.
const PLACEHOLDERS_END: Duration = Duration::from_secs(347_155_200);

/// FAT keeps times in steps of two seconds; no other file system in use is coarser.
const COARSEST_CLOCK: Duration = Duration::from_secs(2);

impl Validators {
    /// `None` where the modification time says nothing.
    pub(super) fn of(metadata: &Metadata, now: SystemTime) -> Option<Self> {
        Self::new(metadata.len(), metadata.modified().ok()?, now)
    }

    fn new(len: u64, modified: SystemTime, now: SystemTime) -> Option<Self> {
        let age = now.duration_since(modified);
        let is_strong = age.is_ok_and(|age| age >= COARSEST_CLOCK);
        let since = modified.duration_since(UNIX_EPOCH).ok().filter(|since| *since >= PLACEHOLDERS_END)?;
        let now = now.duration_since(UNIX_EPOCH).ok()?;
        let tag = format!("{}\"{len:x}-{:x}\"", if is_strong { "" } else { "W/" }, since.as_nanos());
        // A date that is still to come would be sent as the response's own (RFC 9110 §8.8.2.1).
        Some(Self { tag, modified: since.min(now).as_secs(), is_strong })
    }

    pub(super) fn etag(&self) -> HeaderValue {
        HeaderValue::from_str(&self.tag).expect("hexadecimal digits are valid in a header")
    }

    pub(super) fn last_modified(&self) -> HeaderValue {
        let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(self.modified));
        HeaderValue::try_from(date).expect("a date is valid in a header")
    }

    /// Whether `tag` names this state, byte for byte (RFC 9110 §8.8.3.2).
    pub(super) fn matches_strongly(&self, tag: &[u8]) -> bool {
        self.is_strong && tag == self.tag.as_bytes()
    }

    /// Whether `tag` names this state, or one that is as good.
    pub(super) fn matches_weakly(&self, tag: &[u8]) -> bool {
        opaque(tag) == opaque(self.tag.as_bytes())
    }

    pub(super) fn is_modified_since(&self, date: SystemTime) -> bool {
        UNIX_EPOCH + Duration::from_secs(self.modified) > date
    }

    /// Whether the date is `Last-Modified` and, at this age of the file, a strong validator (RFC 9110 §8.8.2.2).
    pub(super) fn is_date(&self, date: SystemTime) -> bool {
        self.is_strong && UNIX_EPOCH + Duration::from_secs(self.modified) == date
    }
}

fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn aged(nanoseconds: i64) -> Validators {
        let age = Duration::from_nanos(nanoseconds.unsigned_abs());
        let modified = if nanoseconds < 0 { now() + age } else { now() - age };
        Validators::new(255, modified, now()).unwrap()
    }

    #[test]
    fn a_tag_is_strong_once_the_clock_has_moved_on() {
        assert_eq!(aged(2_000_000_000).etag(), "\"ff-18fae2761c7e6c00\"");
        assert!(aged(2_000_000_000).is_strong);
        for young in [1_999_999_999, 0, -1, -5_000_000_000] {
            assert!(aged(young).tag.starts_with("W/\"ff-"), "{young}");
        }
        assert!(aged(1).matches_weakly(aged(1).tag.trim_start_matches("W/").as_bytes()));
        assert!(!aged(1).matches_strongly(aged(1).tag.as_bytes()));
    }

    #[test]
    fn a_date_is_strong_when_the_tag_is() {
        let date = |age| now() - Duration::from_secs(age);
        assert!(aged(2_000_000_000).is_date(date(2)));
        assert!(!aged(2_000_000_000).is_date(date(1)));
        assert!(!aged(1_000_000_000).is_date(date(1)));
    }

    #[test]
    fn a_nanosecond_or_a_byte_makes_another_tag() {
        let of = |len, age| Validators::new(len, now() - Duration::from_nanos(age), now()).unwrap().tag;
        assert_ne!(of(1, 9_000_000_000), of(1, 9_000_000_001));
        assert_ne!(of(1, 9_000_000_000), of(2, 9_000_000_000));
    }

    #[test]
    fn last_modified_is_never_in_the_future() {
        assert_eq!(aged(-86_400_000_000_000).last_modified(), *httpdate::fmt_http_date(now()));
        assert_eq!(
            aged(1_000_000_000).last_modified(),
            *httpdate::fmt_http_date(now() - Duration::from_secs(1))
        );
    }

    #[test]
    fn a_time_that_says_nothing_gives_no_validators() {
        let at = |seconds| Validators::new(1, UNIX_EPOCH + Duration::from_secs(seconds), now());
        assert!(at(0).is_none() && at(1).is_none() && at(315_532_800).is_none());
        assert!(at(347_155_200).is_some());
        assert!(Validators::new(1, UNIX_EPOCH - Duration::from_secs(1), now()).is_none());
    }
}
