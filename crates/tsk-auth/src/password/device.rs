//! Browsers that have logged in before.

use std::{fmt, time::SystemTime};

use data_encoding::BASE64URL_NOPAD;
use http::HeaderMap;
use ring::hmac;
use tsk_core::RequestContext;

use crate::{
    Error, random,
    session::{Cookie, Shown},
    time::seconds,
};

/// Browsers that have logged in to an account before: they have a signed cookie that says so, for half a year.
///
/// Whoever guesses at an account has nobody wait who comes from a device that it knows. The cookie is no proof of who is calling,
/// and names nobody: it is good with the name of the account alone.
#[derive(Clone)]
pub struct Devices {
    key: hmac::Key,
    cookie: Cookie,
}

const AGE: u64 = 180 * 24 * 3600;
const NONCE: usize = 16;
const MAC: usize = 32;

/// When it ends, a number by which its guesses are counted, and the signature.
const LENGTH: usize = 8 + NONCE + MAC;

impl Devices {
    /// Devices that are known until the process ends.
    ///
    /// # Errors
    ///
    /// A system without randomness.
    pub fn new() -> Result<Self, Error> {
        Ok(Self::signed(&random::bytes()?))
    }

    /// Devices by a secret of 32 random bytes, which all instances of a service have in common and keep.
    pub fn signed(secret: &[u8; 32]) -> Self {
        let cookie = Cookie::new("device", false).expect("it is a name for a cookie").keep(AGE);
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret), cookie }
    }

    /// Gives the cookie over plain HTTP as well, to try a service out.
    ///
    /// # Errors
    ///
    /// None that is known.
    pub fn over_plain_http(mut self) -> Result<Self, Error> {
        self.cookie = Cookie::new("device", true)?.keep(AGE);
        Ok(self)
    }

    /// The number of a device that is known to an account.
    pub(crate) fn known(&self, headers: &HeaderMap, account: &str, now: SystemTime) -> Option<[u8; NONCE]> {
        let Shown::Value(text) = self.cookie.shown(headers) else { return None };
        self.read(text, account, now)
    }

    /// Has a browser be known from now on.
    pub(crate) fn give(&self, context: &RequestContext, account: &str, now: SystemTime) -> Result<(), Error> {
        self.cookie.give(context, &self.text(account, now)?);
        Ok(())
    }

    fn text(&self, account: &str, now: SystemTime) -> Result<String, Error> {
        let nonce: [u8; NONCE] = random::bytes()?;
        let mut bytes = seconds(now).saturating_add(AGE).to_be_bytes().to_vec();
        bytes.extend(nonce);
        let mac = hmac::sign(&self.key, &[&bytes, account.as_bytes()].concat());
        bytes.extend(mac.as_ref());
        Ok(BASE64URL_NOPAD.encode(&bytes))
    }

    fn read(&self, text: &str, account: &str, now: SystemTime) -> Option<[u8; NONCE]> {
        if text.len() != BASE64URL_NOPAD.encode_len(LENGTH) {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (signed, mac) = bytes.split_at_checked(LENGTH - MAC)?;
        hmac::verify(&self.key, &[signed, account.as_bytes()].concat(), mac).ok()?;
        let (until, nonce) = signed.split_first_chunk()?;
        let holds = seconds(now) < u64::from_be_bytes(*until);
        holds.then(|| nonce.try_into().ok())?
    }
}

impl fmt::Debug for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Devices").field("cookie", &self.cookie.name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_device_is_known_to_one_account_for_half_a_year_and_to_who_has_the_secret() {
        let devices = Devices::signed(&[7; 32]);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let text = devices.text("ada", now).unwrap();
        assert!(devices.read(&text, "ada", now).is_some());
        assert!(devices.read(&text, "ad", now).is_none() && devices.read(&text, "adab", now).is_none());
        assert!(devices.read(&text, "ada", now + Duration::from_secs(AGE - 1)).is_some());
        assert!(devices.read(&text, "ada", now + Duration::from_secs(AGE)).is_none());
        assert!(Devices::signed(&[8; 32]).read(&text, "ada", now).is_none());
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'A' { b'B' } else { b'A' };
            assert!(devices.read(str::from_utf8(&wrong).unwrap(), "ada", now).is_none(), "{at}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,90}", close in "[A-Za-z0-9_-]{75}") {
            let devices = Devices::signed(&[7; 32]);
            for text in [text, close] {
                prop_assert!(devices.read(&text, "ada", SystemTime::UNIX_EPOCH).is_none());
            }
        }
    }
}
