//! By what a session is found.

use std::{fmt, str::FromStr};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{Error, random};

/// What a browser shows to be let into its session: 256 random bits.
///
/// It is a secret: `Debug` does not show it, and no store has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Id([u8; 32]);

/// Where a session is kept: the SHA-256 of its [`Id`]. Nobody gets from here to there, so that it may be shown to the one whose
/// session it is, as in a list of devices.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

/// 256 bits in base 64.
const LENGTH: usize = 43;

impl Id {
    /// A new one.
    ///
    /// # Errors
    ///
    /// A system without randomness.
    pub fn generate() -> Result<Self, Error> {
        random::bytes().map(Self)
    }

    /// The one that a text is, as [`text`](Self::text) writes it.
    pub fn read(text: &str) -> Option<Self> {
        // Nothing else is decoded: a stranger may send anything.
        if text.len() != LENGTH {
            return None;
        }
        BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }

    /// As it stands in the cookie: 43 characters of base 64 (RFC 4648 §5).
    pub fn text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Where its session is kept.
    pub fn key(&self) -> Key {
        let digest = digest::digest(&digest::SHA256, &self.0);
        Key(digest.as_ref().try_into().expect("a SHA-256 has 32 bytes"))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Key {
    /// The first, in their order.
    pub(super) const FIRST: Self = Self([0; 32]);
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Id(..)")
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl FromStr for Key {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| Error::new("the key of a session is 64 digits of base 16, in lower case"))
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written_and_in_no_other_way() {
        let id = Id::generate().unwrap();
        let text = id.text();
        assert_eq!((text.len(), Id::read(&text)), (LENGTH, Some(id.clone())));
        assert_ne!(Id::generate().unwrap(), id);
        // The last character has two bits that are nothing's: but for one of four, it is another text of the same bytes.
        let others = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let same = others
            .chars()
            .filter(|last| Id::read(&format!("{}{last}", &text[..LENGTH - 1])) == Some(id.clone()));
        assert_eq!(same.count(), 1);
        assert!(!format!("{id:?}").contains(&text[..8]));
    }

    #[test]
    fn a_key_says_nothing_of_its_id() {
        let key = Id([7; 32]).key();
        assert!(!key.to_string().contains(&HEXLOWER.encode(&[7; 4])));
        assert_eq!(key.to_string().parse::<Key>().unwrap(), key);
        assert!("07".parse::<Key>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,50}", close in "[A-Za-z0-9_=+/-]{41,45}") {
            prop_assume!(text.len() != LENGTH);
            prop_assert_eq!(Id::read(&text), None);
            if let Some(id) = Id::read(&close) {
                prop_assert_eq!(id.text(), close);
            }
        }
    }
}
