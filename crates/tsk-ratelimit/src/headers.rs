//! What clients are told of their limits, with every answer.
//!
//! `RateLimit` and `RateLimit-Policy` are as draft-ietf-httpapi-ratelimit-headers-11 has them: a list (RFC 9651 §3.1) with an
//! item for each limit. What is said is the amount `r` that is left, and the time `t`, in seconds, after which the account is
//! whole again; a client that takes no more than `r` in `t` is never refused. With a refusal, `t` is when as much as was asked
//! for could come, as `Retry-After` says too.

use std::{
    cell::RefCell,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use tsk_core::Ticket;

use crate::{
    Account, Decision, Quota,
    bound::Level,
    bucket,
    gate::{Watched, learn},
    records::Known,
};

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEGACY_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const LEGACY_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const LEGACY_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Which answers say how much is left, in `RateLimit` and `RateLimit-Policy`.
///
/// A refusal says in `Retry-After` when to come again in any case. Default: all answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Headers {
    /// All of them.
    #[default]
    Always,
    /// Those that refuse a request.
    Refusals,
    /// None.
    Never,
}

/// What clients are told.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Telling {
    pub(crate) headers: Headers,
    /// Whether it is told in `X-RateLimit-*` as well.
    pub(crate) is_legacy: bool,
}

/// What clients are told of a limit that is always the same.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) name: Box<str>,
    pub(crate) quota: Quota,
    /// Its place among all of them.
    number: u32,
    /// How an item of `RateLimit` begins: `"name";r=`.
    begin: Box<[u8]>,
    /// An item of `RateLimit-Policy`, whose clones count nothing.
    value: HeaderValue,
}

/// All that there ever were: who is told of one refers to it without a count that processors would have to share, and a reload
/// adds nothing but what is new.
static POLICIES: Mutex<Vec<&Policy>> = Mutex::new(Vec::new());

impl Policy {
    pub(crate) fn of(name: &str, quota: Quota) -> &'static Self {
        let mut policies = POLICIES.lock().unwrap_or_else(PoisonError::into_inner);
        let known = policies.iter().find(|known| *known.name == *name && known.quota == quota);
        known.copied().unwrap_or_else(|| {
            let policy: &Self = Box::leak(Box::new(Self {
                name: name.into(),
                quota,
                number: u32::try_from(policies.len()).unwrap_or(u32::MAX),
                begin: format!("\"{name}\";r=").into_bytes().into(),
                value: policy_value(name, quota),
            }));
            policies.push(policy);
            policy
        })
    }
}

/// An item of `RateLimit-Policy` (§3.1): the window only where it is whole seconds, as it has no others.
fn policy_value(name: &str, quota: Quota) -> HeaderValue {
    let mut text = format!("\"{name}\";q={}", quota.limit());
    if quota.window().subsec_nanos() == 0 {
        text += &format!(";w={}", quota.window().as_secs());
    }
    if quota.most_at_once() != quota.limit() {
        text += &format!(";tsk-burst={}", quota.most_at_once());
    }
    HeaderValue::from_static(text.leak())
}

/// What clients are told of one limit: seconds, rounded up, so that nobody comes too early.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    policy: &'static Policy,
    remaining: u32,
    seconds: u32,
}

impl Mark {
    /// Of a request that goes on, after which so many ticks are owed.
    #[inline]
    pub(crate) fn within(level: &Level, debt: u64) -> Self {
        let seconds = u32::try_from(bucket::seconds(debt)).unwrap_or(u32::MAX);
        Self { policy: level.policy, remaining: level.bucket.remaining(debt), seconds }
    }

    #[inline]
    pub(crate) fn new(policy: &'static Policy, decision: &Decision) -> Self {
        let time = match decision.retry_after {
            Some(retry_after) if retry_after < Duration::MAX => retry_after,
            _ => decision.reset,
        };
        Self { policy, remaining: decision.remaining, seconds: seconds(time) }
    }

    #[inline]
    pub(crate) fn stamp(&self, headers: &mut HeaderMap, is_legacy: bool) {
        headers.append(RATELIMIT, self.value());
        headers.append(RATELIMIT_POLICY, self.policy.value.clone());
        if is_legacy {
            self.stamp_legacy(headers);
        }
    }

    /// The item of `RateLimit` (§4.1). Most clients are far from their limits and get the same, which is remembered.
    #[inline]
    fn value(&self) -> HeaderValue {
        let remembered = VALUES.try_with(|values| {
            let values = &mut *values.borrow_mut();
            // Limits of which as much is left are told apart, or the one would be forgotten for the other each time.
            let left = self.remaining.wrapping_mul(31).wrapping_add(self.seconds);
            let at = left.wrapping_add(self.policy.number.wrapping_mul(17)) as usize % REMEMBERED;
            match &mut values[at] {
                Some((mark, Some(value))) if mark.is(self) => value.clone(),
                Some((mark, value)) if mark.is(self) => value.insert(self.written()).clone(),
                other => {
                    // What comes once is not worth keeping.
                    *other = Some((*self, None));
                    self.written()
                }
            }
        });
        // A thread that exits remembers nothing any more.
        remembered.unwrap_or_else(|_| self.written())
    }

    fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.policy, other.policy)
            && (self.remaining, self.seconds) == (other.remaining, other.seconds)
    }

    #[inline(never)]
    fn written(&self) -> HeaderValue {
        let mut numbers = (itoa::Buffer::new(), itoa::Buffer::new());
        let pieces = [
            &self.policy.begin[..],
            numbers.0.format(self.remaining).as_bytes(),
            b";t=",
            numbers.1.format(self.seconds).as_bytes(),
        ];
        let (mut text, mut length) = ([0; LONGEST], 0);
        for piece in pieces {
            text[length..length + piece.len()].copy_from_slice(piece);
            length += piece.len();
        }
        HeaderValue::from_bytes(&text[..length]).expect("names of limits are valid in a header")
    }

    /// Who else said so before was further in: what is told is the limit of which the least is left.
    fn stamp_legacy(&self, headers: &mut HeaderMap) {
        let before = headers.get(LEGACY_REMAINING).and_then(|value| value.to_str().ok()?.parse().ok());
        if before.is_none_or(|before: u32| self.remaining < before) {
            headers.insert(LEGACY_LIMIT, self.policy.quota.limit().into());
            headers.insert(LEGACY_REMAINING, self.remaining.into());
            headers.insert(LEGACY_RESET, self.seconds.into());
        }
    }
}

/// Whole seconds, rounded up.
#[inline]
pub(crate) fn seconds(time: Duration) -> u32 {
    let seconds = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// What an answer is to say of the limits that a request was within, and who is to learn of it: it need not be kept after that.
#[derive(Debug, Default)]
pub struct Stamp(Told);

/// It is moved with the request, so it is small where there is little to tell.
#[derive(Debug, Default)]
enum Told {
    #[default]
    Nothing,
    One(Mark),
    Two(Mark, Mark),
    /// One, if any, whose rule learns of the answer.
    Watched(Option<Mark>, Arc<Known>, Account),
    More(Box<More>),
}

#[derive(Debug)]
struct More {
    /// There are mostly one or two.
    marks: SmallVec<[Mark; 2]>,
    is_legacy: bool,
    watched: Watched,
}

impl Stamp {
    #[inline]
    pub(crate) fn one(mark: impl FnOnce() -> Mark, telling: Telling, watched: Watched) -> Self {
        let Telling { headers, is_legacy } = telling;
        let tells = headers == Headers::Always;
        match watched {
            Watched::None if !tells => Self::default(),
            Watched::None if !is_legacy => Self(Told::One(mark())),
            Watched::One(known, account) if !(tells && is_legacy) => {
                Self(Told::Watched(tells.then(mark), known, account))
            }
            watched => Self::several([mark()].into_iter(), telling, watched),
        }
    }

    pub(crate) fn several(marks: impl Iterator<Item = Mark>, telling: Telling, watched: Watched) -> Self {
        let Telling { headers, is_legacy } = telling;
        let marks = marks.take(if headers == Headers::Always { usize::MAX } else { 0 }).collect();
        let more = More { marks, is_legacy, watched };
        match (&*more.marks, &more.watched) {
            ([], Watched::None) => Self::default(),
            ([one], Watched::None) if !is_legacy => Self(Told::One(*one)),
            ([first, second], Watched::None) if !is_legacy => Self(Told::Two(*first, *second)),
            _ => Self(Told::More(Box::new(more))),
        }
    }
}

impl Ticket for Stamp {
    const HELD: bool = false;

    #[inline]
    fn stamp(&self, headers: &mut HeaderMap) {
        match &self.0 {
            Told::Nothing | Told::Watched(None, ..) => {}
            Told::One(mark) | Told::Watched(Some(mark), ..) => mark.stamp(headers, false),
            Told::Two(first, second) => {
                first.stamp(headers, false);
                second.stamp(headers, false);
            }
            Told::More(more) => more.marks.iter().for_each(|mark| mark.stamp(headers, more.is_legacy)),
        }
    }

    #[inline]
    fn answered(&self, status: StatusCode) {
        match &self.0 {
            Told::Nothing | Told::One(_) | Told::Two(..) => {}
            Told::Watched(_, known, account) => learn(known, *account, status),
            Told::More(more) => more.watched.answered(status),
        }
    }
}

/// The longest item: a name of 64 characters, two numbers of ten digits, and what is around them.
const LONGEST: usize = 96;

/// How many values a thread remembers.
const REMEMBERED: usize = 64;

/// What was said last at a place, and its value if it was said twice.
type Said = Option<(Mark, Option<HeaderValue>)>;

thread_local! {
    static VALUES: RefCell<[Said; REMEMBERED]> = const { RefCell::new([const { None }; REMEMBERED]) };
}

#[cfg(test)]
mod tests;
