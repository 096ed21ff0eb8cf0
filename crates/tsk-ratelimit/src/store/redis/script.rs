//! The one script: what is asked with it, and what it answers.

use std::time::Duration;

use super::resp;
use crate::bucket::{duration, ticks};
use crate::{Account, Charge, Decision, Mode, Verdict, store::remote::Settled};

/// What the server runs, by its own clock and at one go.
pub(super) const TEXT: &str = include_str!("debit.lua");
/// The name of a script is the SHA-1 of its text, in hexadecimal digits.
pub(super) type Name = [u8; 40];

/// Writes the call that takes charges.
pub(super) fn debit<'c>(
    out: &mut Vec<u8>,
    name: &Name,
    prefix: &str,
    charges: impl ExactSizeIterator<Item = &'c Charge> + Clone,
) {
    call(out, name, prefix, charges, |charge| {
        if is_beyond_all(charge) { NEVER } else { signed(charge.bucket.price(charge.cost)) }
    });
}

/// Writes the call that gives charges back.
pub(super) fn credit<'c>(
    out: &mut Vec<u8>,
    name: &Name,
    prefix: &str,
    charges: impl ExactSizeIterator<Item = &'c Charge> + Clone,
) {
    call(out, name, prefix, charges, |charge| -signed(charge.bucket.price(charge.cost)));
}

fn call<'c>(
    out: &mut Vec<u8>,
    name: &Name,
    prefix: &str,
    charges: impl ExactSizeIterator<Item = &'c Charge> + Clone,
    price: impl Fn(&Charge) -> i64,
) {
    resp::words(out, 3 + 3 * charges.len());
    resp::word(out, b"EVALSHA");
    resp::word(out, name);
    resp::number_word(out, charges.len() as i64);
    for charge in charges.clone() {
        resp::word_of(out, [prefix.as_bytes(), &key(charge.account)]);
    }
    for charge in charges {
        resp::number_word(out, price(charge));
        resp::number_word(out, signed(most(charge)));
    }
}

/// Writes what finds out whether charges can be taken at all, and teaches the script to the server: two charges of keys of no
/// account, as a server that shares keys out among several takes no two together.
pub(super) fn probe(out: &mut Vec<u8>, prefix: &str) {
    resp::words(out, 9);
    resp::word(out, b"EVAL");
    resp::word(out, TEXT.as_bytes());
    resp::word(out, b"2");
    resp::word_of(out, [prefix.as_bytes(), b"probe-1"]);
    resp::word_of(out, [prefix.as_bytes(), b"probe-2"]);
    for _ in 0..2 {
        // So little that it is always allowed, and so written, and soon forgotten.
        resp::number_word(out, signed(ticks(Duration::from_millis(1))));
        resp::number_word(out, signed(ticks(Duration::from_secs(3600))));
    }
}

/// What was decided, of what the script answered; `None` where that is no answer to these charges.
pub(super) fn settled<'c>(
    numbers: &[i64],
    charges: impl ExactSizeIterator<Item = &'c Charge>,
) -> Option<Settled> {
    if numbers.len() != 2 * charges.len() || numbers.iter().any(|number| *number < 0) {
        return None;
    }
    let (mut refused, mut wait) = (false, Duration::ZERO);
    let decisions = charges
        .zip(numbers.chunks_exact(2))
        .map(|(charge, pair)| {
            let (debt, beyond) = (pair[0].unsigned_abs(), pair[1].unsigned_abs());
            refused |= beyond > 0;
            if charge.cost > 0 {
                wait = wait.max(duration(debt.saturating_sub(charge.bucket.whole())));
            }
            let stands = charge.bucket.decide(debt, 0, patience(charge.mode)).decision;
            let retry_after = match beyond {
                0 => None,
                _ if is_beyond_all(charge) => Some(Duration::MAX),
                _ => Some(duration(beyond)),
            };
            Decision { retry_after, ..stands }
        })
        .collect();
    let verdict = match (refused, wait) {
        (true, _) => Verdict::Refused,
        (false, Duration::ZERO) => Verdict::Allowed,
        (false, wait) => Verdict::Wait(wait),
    };
    Some(Settled { verdict, decisions })
}

/// The price of what is never allowed: more than may ever be owed, as exact as a number of Lua is, and within 63 bits.
const NEVER: i64 = 9_000_000_000_000_000_000;
/// What may be owed at most, whatever a charge says: twelve years. A burst is ten at most.
const MOST: u64 = 6_000_000_000_000_000_000;

fn is_beyond_all(charge: &Charge) -> bool {
    charge.cost > charge.bucket.quota().most_at_once()
}

/// What may be owed at most.
fn most(charge: &Charge) -> u64 {
    charge.bucket.whole().saturating_add(patience(charge.mode)).min(MOST)
}

fn signed(ticks: u64) -> i64 {
    ticks.min(MOST).cast_signed()
}

fn patience(mode: Mode) -> u64 {
    match mode {
        Mode::Refuse => 0,
        Mode::Delay { max } => ticks(max),
    }
}

fn key(account: Account) -> [u8; 16] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let bits = account.to_bits();
    std::array::from_fn(|at| DIGITS[(bits >> (60 - 4 * at)) as usize & 15])
}
