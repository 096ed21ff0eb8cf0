//! `Range` (RFC 9110 §14.1.2, §14.2).

use std::ops::Range;

use http::{HeaderMap, header};

use crate::conditional::only;

/// The ranges that a request asks for, not yet of any file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ranges {
    first: Spec,
    /// No allocation for a single range.
    others: Vec<Spec>,
}

/// What of a file is to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// The last bytes of an empty file, which are all of it.
    Whole,
    /// Never empty.
    One(Range<u64>),
    /// At least two, of which none is empty and no two touch.
    Several(Vec<Range<u64>>),
    /// There are no such bytes.
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spec {
    Bytes { first: u64, last: u64 },
    Suffix(u64),
}

/// As many as a reader of a document asks for at once. More are a client that is broken or means harm.
const MAX_RANGES: usize = 16;

/// Two ranges with less than this between them are sent as one: the head of a part costs as much.
const GAP: u64 = 128;

impl Ranges {
    /// `None` where the header is to be ignored: of another unit, malformed, repeated, or of more ranges than anybody
    /// needs.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        Self::parse(only(headers, header::RANGE)?.as_bytes())
    }

    fn parse(value: &[u8]) -> Option<Self> {
        let (unit, set) = value.split_at_checked(b"bytes=".len())?;
        if !unit.eq_ignore_ascii_case(b"bytes=") {
            return None;
        }
        // A list may have empty members (RFC 9110 §5.6.1.2).
        let mut members = set.split(|byte| *byte == b',').map(trim).filter(|member| !member.is_empty());
        let mut ranges = Self { first: Spec::parse(members.next()?)?, others: Vec::new() };
        for member in members {
            if ranges.others.len() + 1 == MAX_RANGES {
                return None;
            }
            ranges.others.push(Spec::parse(member)?);
        }
        Some(ranges)
    }

    /// What they are of a file of that length. Those that it does not have are left out; those that overlap or nearly
    /// touch become one, in the place of the earliest (RFC 9110 §15.3.7.2). So what is sent is never longer than the
    /// file, but for the heads of the parts.
    pub(super) fn select(&self, len: u64) -> Selection {
        let specs = std::iter::once(&self.first).chain(&self.others);
        if self.others.is_empty() && len == 0 && matches!(self.first, Spec::Suffix(1..)) {
            return Selection::Whole;
        }
        let mut selected: Vec<Range<u64>> = Vec::new();
        for range in specs.filter_map(|spec| spec.of(len)) {
            coalesce(&mut selected, range);
        }
        match selected.len() {
            0 => Selection::Nothing,
            1 => Selection::One(selected.remove(0)),
            _ => Selection::Several(selected),
        }
    }
}

fn coalesce(selected: &mut Vec<Range<u64>>, mut range: Range<u64>) {
    let mut place = selected.len();
    // A range that has grown may reach others than it did before.
    while let Some(at) = selected.iter().position(|other| touch(other, &range)) {
        let other = selected.remove(at);
        range = range.start.min(other.start)..range.end.max(other.end);
        place = place.min(at).min(selected.len());
    }
    selected.insert(place, range);
}

fn touch(a: &Range<u64>, b: &Range<u64>) -> bool {
    a.start <= b.end.saturating_add(GAP) && b.start <= a.end.saturating_add(GAP)
}

impl Spec {
    fn parse(member: &[u8]) -> Option<Self> {
        let dash = member.iter().position(|byte| *byte == b'-')?;
        let (first, last) = (&member[..dash], &member[dash + 1..]);
        if first.is_empty() {
            return Some(Self::Suffix(number(last)?));
        }
        let first = number(first)?;
        let last = if last.is_empty() { u64::MAX } else { number(last)? };
        (first <= last).then_some(Self::Bytes { first, last })
    }

    fn of(self, len: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::Bytes { first, last } => first..last.saturating_add(1).min(len),
            Self::Suffix(count) => len.saturating_sub(count)..len,
        };
        (!range.is_empty()).then_some(range)
    }
}

/// Digits alone. A number that is too large for any file is as good as the largest.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |number: u64, digit: &u8| number.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Some(digits.iter().fold(0, digit))
}

/// Takes off optional whitespace (RFC 9110 §5.6.3).
fn trim(mut member: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = member {
        member = rest;
    }
    member
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use Selection::{Nothing, One, Several, Whole};

    fn select(value: &str, len: u64) -> Option<Selection> {
        Ranges::parse(value.as_bytes()).map(|ranges| ranges.select(len))
    }

    #[test]
    fn selects_what_the_file_has() {
        for (value, expected) in [
            ("bytes=0-0", One(0..1)),
            ("Bytes=0-9", One(0..10)),
            ("bytes=990-", One(990..1000)),
            ("bytes=990-5000", One(990..1000)),
            ("bytes=-10", One(990..1000)),
            ("bytes=-5000", One(0..1000)),
            ("bytes= 0-1 ,,\t500-501 ,", Several(vec![0..2, 500..502])),
            ("bytes=500-501,0-1", Several(vec![500..502, 0..2])),
            ("bytes=0-1,2000-", One(0..2)),
            ("bytes=1000-", Nothing),
            ("bytes=-0", Nothing),
            ("bytes=99999999999999999999999-", Nothing),
            ("bytes=2000-,3000-", Nothing),
        ] {
            assert_eq!(select(value, 1000), Some(expected), "{value}");
        }
        assert_eq!(select("bytes=-5", 0), Some(Whole));
        assert_eq!(select("bytes=0-,-5", 0), Some(Nothing));
    }

    #[test]
    fn ranges_that_touch_are_sent_once() {
        for (value, expected) in [
            ("bytes=0-9,5-15", One(0..16)),
            ("bytes=0-9,10-19", One(0..20)),
            ("bytes=0-9,138-139", One(0..140)),
            ("bytes=0-9,139-140", Several(vec![0..10, 139..141])),
            ("bytes=800-,0-9,790-810", Several(vec![790..1000, 0..10])),
            ("bytes=0-9,800-809,400-409,5-805", One(0..810)),
            ("bytes=0-0,-1", Several(vec![0..1, 999..1000])),
        ] {
            assert_eq!(select(value, 1000), Some(expected), "{value}");
        }
    }

    #[test]
    fn ignores_what_is_no_set_of_ranges() {
        for value in [
            "",
            "bytes",
            "bytes=",
            "bytes= ",
            "bytes=,",
            "byte=0-1",
            "items=0-1",
            "bytes 0-1",
            "bytes=-",
            "bytes=a-b",
            "bytes=1",
            "bytes=5-1",
            "bytes=+1-2",
            "bytes=0x1-2",
            "bytes=1--2",
            "bytes=0-1,x",
            "bytes=0 - 1",
            "bytes=1-2-3",
        ] {
            assert_eq!(select(value, 1000), None, "{value:?}");
        }
        let many = |count: usize| format!("bytes={}", vec!["0-0"; count].join(","));
        assert!(select(&many(MAX_RANGES), 1000).is_some());
        assert_eq!(select(&many(MAX_RANGES + 1), 1000), None);
    }

    proptest! {
        #[test]
        fn what_is_sent_is_every_byte_asked_for_and_never_twice(
            specs in prop::collection::vec((0_u64..1200, 0_u64..300, any::<bool>()), 1..MAX_RANGES),
            len in 0_u64..1000,
        ) {
            let text = specs.iter().map(|(first, count, is_suffix)| {
                if *is_suffix { format!("-{count}") } else { format!("{first}-{}", first + count) }
            });
            let value = format!("bytes={}", text.collect::<Vec<_>>().join(","));
            let sent = match select(&value, len).unwrap() {
                Whole | Nothing => Vec::new(),
                One(range) => vec![range],
                Several(ranges) => ranges,
            };
            let times = |byte: u64| sent.iter().filter(|range| range.contains(&byte)).count();
            for byte in 0..len {
                let is_asked_for = specs.iter().any(|(first, count, is_suffix)| {
                    if *is_suffix { byte + count >= len } else { (*first..=first + count).contains(&byte) }
                });
                prop_assert!(times(byte) <= 1, "{value}: {byte} of {len} twice in {sent:?}");
                prop_assert!(!is_asked_for || times(byte) == 1, "{value}: {byte} of {len} not in {sent:?}");
            }
            prop_assert!(sent.iter().all(|range| !range.is_empty() && range.end <= len));
        }
    }
}
