//! Who has guessed wrong.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Who has guessed wrong: by accounts, be there such accounts or not, by addresses, and by devices.
///
/// The first few are let pass; after each further one there is a time in which no guess is looked at, twice as long as the
/// last, to a quarter of an hour. It is forgotten after half a day without any. A guess counts from when it begins, so that many
/// at the same time are no way around it; one that is right is forgotten.
///
/// It has 64 Ki places, 1.5 MiB, from the start and for ever. Names are kept as hashes. Whoever fills it with names makes those
/// go that have guessed least.
pub struct Failures {
    start: Instant,
    /// Nobody outside knows it, so that nobody can choose names that meet in a place.
    seed: RandomState,
    places: Mutex<Box<[Place]>>,
}

/// Whom guesses are counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Whom<'a> {
    /// Those who do not know an account's password.
    Account(&'a str),
    /// A browser that has known it before.
    Device(&'a str, [u8; 16]),
    /// The neighbourhood of an address.
    Prefix(Prefix),
}

/// The neighbourhood of an address: what one party commonly has. Of IPv4 the 24 first bits, of IPv6 the 56 first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Prefix(u64);

#[derive(Clone, Copy, Default)]
struct Place {
    /// The hash of whom it is for; of nobody where `count` is zero.
    hash: u64,
    count: u32,
    /// In seconds since the start, and so is the other.
    last: u32,
    until: u32,
}

/// How many places a hash may be in.
const WAYS: usize = 8;
const PLACES: usize = 64 * 1024;

/// How many guesses are let pass.
const FREE: u32 = 5;
/// The same for addresses, behind which may be an office.
const FREE_FOR_A_PREFIX: u32 = 50;

const LONGEST: u32 = 15 * 60;
const FORGOTTEN: u32 = 12 * 3600;

impl Failures {
    /// Nobody has guessed wrong. `now` is the time from which it counts.
    pub fn new(now: Instant) -> Self {
        let places = vec![Place::default(); PLACES].into();
        Self { start: now, seed: RandomState::new(), places: Mutex::new(places) }
    }

    /// Counts a guess for each of these, or says how long one of them has to wait.
    pub(crate) fn begin(&self, whom: &[Whom<'_>], now: Instant) -> Result<(), Duration> {
        let now = self.seconds(now);
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = whom.iter().filter_map(|one| {
            let hash = self.seed.hash_one(one);
            let place = ways(&mut places, hash).iter().find(|place| place.is_of(hash, now))?;
            place.until.checked_sub(now).filter(|wait| *wait > 0)
        });
        if let Some(wait) = waits.max() {
            return Err(Duration::from_secs(wait.into()));
        }
        for one in whom {
            let hash = self.seed.hash_one(one);
            let place = take(ways(&mut places, hash), hash, now);
            place.count = place.count.saturating_add(1);
            place.last = now;
            place.until = now.saturating_add(one.delay(place.count));
        }
        Ok(())
    }

    /// Takes back what was counted for a guess that was right: for an account and a device all, for an address that one.
    pub(crate) fn succeed(&self, whom: &[Whom<'_>], now: Instant) {
        let now = self.seconds(now);
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        for one in whom {
            let hash = self.seed.hash_one(one);
            if let Some(place) = ways(&mut places, hash).iter_mut().find(|place| place.is_of(hash, now)) {
                place.count = if let Whom::Prefix(_) = one { place.count - 1 } else { 0 };
                place.until = place.last.saturating_add(one.delay(place.count));
            }
        }
    }

    /// Takes back what was counted for a guess that nobody has looked at.
    pub(crate) fn forget(&self, whom: &[Whom<'_>], now: Instant) {
        let now = self.seconds(now);
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        for one in whom {
            let hash = self.seed.hash_one(one);
            if let Some(place) = ways(&mut places, hash).iter_mut().find(|place| place.is_of(hash, now)) {
                place.count -= 1;
                place.until = place.last.saturating_add(one.delay(place.count));
            }
        }
    }

    fn seconds(&self, now: Instant) -> u32 {
        u32::try_from(now.saturating_duration_since(self.start).as_secs()).unwrap_or(u32::MAX)
    }
}

fn ways(places: &mut [Place], hash: u64) -> &mut [Place] {
    let sets = places.len() / WAYS;
    // The remainder is less than the number of sets.
    let set = (hash % sets as u64) as usize;
    &mut places[set * WAYS..][..WAYS]
}

/// The place of a hash, or the one that matters least.
fn take(ways: &mut [Place], hash: u64, now: u32) -> &mut Place {
    let least = |place: &&mut Place| {
        let is_there = place.is_of(hash, now);
        (!is_there, !place.is_free(now), place.count, place.last)
    };
    let place = ways.iter_mut().min_by_key(least).expect("a set has ways");
    if !place.is_of(hash, now) {
        *place = Place { hash, ..Place::default() };
    }
    place
}

impl Place {
    fn is_free(&self, now: u32) -> bool {
        self.count == 0 || now.saturating_sub(self.last) >= FORGOTTEN
    }

    fn is_of(&self, hash: u64, now: u32) -> bool {
        self.hash == hash && !self.is_free(now)
    }
}

impl Whom<'_> {
    /// How long there is to wait after so many, in seconds.
    fn delay(&self, count: u32) -> u32 {
        let free = if let Whom::Prefix(_) = self { FREE_FOR_A_PREFIX } else { FREE };
        match count.checked_sub(free) {
            None | Some(0) => 0,
            Some(more) => 1_u32.checked_shl(more - 1).unwrap_or(LONGEST).min(LONGEST),
        }
    }
}

impl Prefix {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(u64::from(address.to_bits() >> 8)),
            // The first bit of 64 is set, so that it is none of the others.
            IpAddr::V6(address) => Self(1 << 63 | (address.to_bits() >> 72) as u64),
        }
    }
}

/// Without whom it has counted.
impl fmt::Debug for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failures").field("places", &PLACES).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn each_guess_has_to_wait_twice_as_long_as_the_last_to_a_quarter_of_an_hour() {
        let start = Instant::now();
        let failures = Failures::new(start);
        let ada = [Whom::Account("ada")];
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..20 {
            if let Err(wait) = failures.begin(&ada, after(start, now)) {
                waits.push(wait.as_secs());
                now += wait.as_secs();
                assert!(failures.begin(&ada, after(start, now - 1)).is_err());
                failures.begin(&ada, after(start, now)).unwrap();
            }
        }
        assert_eq!(waits[..12], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert!(failures.begin(&[Whom::Account("bob")], after(start, now)).is_ok(), "nobody else waits");
        let later = now + u64::from(FORGOTTEN);
        for _ in 0..FREE {
            failures.begin(&ada, after(start, later)).unwrap();
        }
    }

    #[test]
    fn who_knows_the_password_is_not_counted() {
        let start = Instant::now();
        let failures = Failures::new(start);
        let whom = [Whom::Account("ada"), Whom::Prefix(Prefix::of([192, 0, 2, 1].into()))];
        for _ in 0..1000 {
            failures.begin(&whom, start).unwrap();
            failures.succeed(&whom, start);
        }
        for _ in 0..1000 {
            failures.begin(&whom, start).unwrap();
            failures.forget(&whom, start);
        }
    }

    #[test]
    fn a_neighbourhood_that_tries_many_accounts_has_to_wait_and_the_next_has_not() {
        let start = Instant::now();
        let failures = Failures::new(start);
        let guess = |account: u32, address: &str| {
            let prefix = Prefix::of(address.parse().unwrap());
            failures.begin(&[Whom::Account(&account.to_string()), Whom::Prefix(prefix)], start)
        };
        for (one, neighbour, other) in [
            ("192.0.2.1", "192.0.2.200", "192.0.3.1"),
            ("2001:db8:0:1::1", "2001:db8:0:ff::9", "2001:db8:0:100::1"),
        ] {
            let refused = (0..200).filter(|account| guess(*account, one).is_err()).count();
            assert_eq!(refused, 200 - FREE_FOR_A_PREFIX as usize - 1, "{one}");
            assert!(guess(1000, neighbour).is_err(), "{neighbour}");
            assert!(guess(1000, other).is_ok(), "{other}");
        }
        assert_eq!(Prefix::of("::ffff:192.0.2.1".parse().unwrap()), Prefix::of([192, 0, 2, 1].into()));
    }

    #[test]
    fn a_flood_of_names_takes_no_memory_and_frees_nobody_who_has_to_wait() {
        let start = Instant::now();
        let failures = Failures::new(start);
        let mut now = 0;
        for guess in 0..2 * FREE {
            now = 100 * u64::from(guess);
            failures.begin(&[Whom::Account("ada")], after(start, now)).unwrap();
        }
        // They come later, so that she is not the newest.
        for number in 0..4 * PLACES {
            let _ = failures.begin(&[Whom::Account(&format!("user {number}"))], after(start, now + 1));
        }
        assert!(failures.begin(&[Whom::Account("ada")], after(start, now + 2)).is_err());
        assert_eq!(failures.places.lock().unwrap().len(), PLACES);
    }
}
