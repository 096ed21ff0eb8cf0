//! `ETag` and `Last-Modified` (RFC 9110 §8.8).

use std::{
    fs::Metadata,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    accept::Coding,
    conditional::{ETag, Validators},
};

/// 1981-01-01. Archives and reproducible builds set times to the first second that their format has: 1970 or 1980.
const PLACEHOLDERS_END: Duration = Duration::from_secs(347_155_200);

/// FAT keeps times in steps of two seconds; no other file system in use is coarser.
const COARSEST_CLOCK: Duration = Duration::from_secs(2);

/// Those of a file; none where the modification time says nothing. What is in another coding is other bytes, and so has
/// another tag, though length and time be the same.
pub(super) fn of(metadata: &Metadata, coding: Option<Coding>, now: SystemTime) -> Validators {
    let modified = metadata.modified().ok();
    modified.and_then(|modified| new(metadata.len(), modified, coding, now)).unwrap_or_default()
}

fn new(len: u64, modified: SystemTime, coding: Option<Coding>, now: SystemTime) -> Option<Validators> {
    let age = now.duration_since(modified);
    let is_strong = age.is_ok_and(|age| age >= COARSEST_CLOCK);
    let since = modified.duration_since(UNIX_EPOCH).ok().filter(|since| *since >= PLACEHOLDERS_END)?;
    let now = now.duration_since(UNIX_EPOCH).ok()?;
    let nanos = since.as_nanos();
    let tag = match coding {
        None => ETag::version(format_args!("{len:x}-{nanos:x}")),
        Some(coding) => ETag::version(format_args!("{len:x}-{nanos:x}-{}", coding.name())),
    };
    // A date that is still to come would be sent as the response's own (RFC 9110 §8.8.2.1).
    let seconds = Duration::from_secs(since.min(now).as_secs());
    Some(Validators {
        etag: Some(if is_strong { tag } else { tag.weak() }),
        last_modified: Some(UNIX_EPOCH + seconds),
    })
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
        new(255, modified, None, now()).unwrap()
    }

    #[test]
    fn a_tag_is_strong_once_the_clock_has_moved_on() {
        let tag = |nanoseconds| aged(nanoseconds).etag.unwrap().to_string();
        assert_eq!(tag(2_000_000_000), "\"ff-18fae2761c7e6c00\"");
        for young in [1_999_999_999, 0, -1, -5_000_000_000] {
            assert!(tag(young).starts_with("W/\"ff-"), "{young}");
        }
    }

    #[test]
    fn a_nanosecond_or_a_byte_makes_another_tag() {
        let of = |len, age| new(len, now() - Duration::from_nanos(age), None, now()).unwrap().etag;
        assert_ne!(of(1, 9_000_000_000), of(1, 9_000_000_001));
        assert_ne!(of(1, 9_000_000_000), of(2, 9_000_000_000));
    }

    #[test]
    fn last_modified_is_never_in_the_future() {
        assert_eq!(aged(-86_400_000_000_000).last_modified, Some(now()));
        assert_eq!(aged(1_000_000_000).last_modified, Some(now() - Duration::from_secs(1)));
    }

    #[test]
    fn a_time_that_says_nothing_gives_no_validators() {
        let at = |seconds| new(1, UNIX_EPOCH + Duration::from_secs(seconds), None, now());
        assert!(at(0).is_none() && at(1).is_none() && at(315_532_800).is_none());
        assert!(at(347_155_200).is_some());
        assert!(new(1, UNIX_EPOCH - Duration::from_secs(1), None, now()).is_none());
    }
}
