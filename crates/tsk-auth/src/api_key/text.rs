//! What a key looks like.

use std::fmt;

use crate::{Error, random};

/// A key as its holder has it: `tsk_live_`, an identifier of 12 characters, a secret of 32, and a checksum of 6.
///
/// The characters are digits and ASCII letters, so that a click selects it as one word. The secret has 190 bits. The checksum
/// is the CRC-32 of everything before it, in base 62. It shows its secret to whoever asks, and to nobody by `Debug`.
///
/// ```
/// use tsk_auth::api_key::{Environment, Text};
///
/// let key = Text::generate(Environment::Live)?;
/// assert_eq!(key.as_str().len(), 59);
/// assert_eq!(Text::read(key.as_str()), Some(key.clone()));
/// assert_eq!(format!("{key:?}"), format!("tsk_live_{}…", key.id()));
/// # Ok::<(), tsk_auth::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Text(Box<str>);

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// What is real: `tsk_live_`.
    #[default]
    Live,
    /// Trying things out: `tsk_test_`.
    Test,
}

const PREFIX: usize = "tsk_live_".len();
const ID: usize = 12;
const SECRET: usize = 32;
const CHECKSUM: usize = 6;
const SIGNED: usize = PREFIX + ID + SECRET;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Environment {
    /// What its keys begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Live => "tsk_live_",
            Self::Test => "tsk_test_",
        }
    }
}

impl Text {
    /// A new key.
    ///
    /// # Errors
    ///
    /// A system without randomness.
    pub fn generate(environment: Environment) -> Result<Self, Error> {
        Self::of(environment, &characters::<ID>()?)
    }

    /// A new key with that identifier, which is one.
    pub(super) fn of(environment: Environment, id: &str) -> Result<Self, Error> {
        let mut text = format!("{}{id}{}", environment.prefix(), characters::<SECRET>()?);
        text.push_str(&checksum(&text));
        Ok(Self(text.into()))
    }

    /// The key that a text is, if it has the form of one and its checksum is right.
    pub fn read(text: &str) -> Option<Self> {
        let is_one = text.len() == SIGNED + CHECKSUM
            && [Environment::Live, Environment::Test].iter().any(|of| text.starts_with(of.prefix()))
            && text.as_bytes()[PREFIX..].iter().all(u8::is_ascii_alphanumeric);
        // Both halves are ASCII by now.
        let (signed, sum) = is_one.then(|| text.split_at(SIGNED))?;
        (checksum(signed) == sum).then(|| Self(text.into()))
    }

    /// What it is for.
    pub fn environment(&self) -> Environment {
        if self.0.starts_with(Environment::Test.prefix()) { Environment::Test } else { Environment::Live }
    }

    /// Its identifier, which is no secret.
    pub fn id(&self) -> &str {
        &self.0[PREFIX..PREFIX + ID]
    }

    /// The whole of it, secret included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}…", self.environment().prefix(), self.id())
    }
}

/// Whether it has the form of an identifier.
pub(super) fn is_id(id: &str) -> bool {
    id.len() == ID && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn characters<const N: usize>() -> Result<String, Error> {
    let mut text = String::with_capacity(N);
    while text.len() < N {
        // 248 is the largest multiple of 62 in a byte: no character is likelier than another.
        let drawn = random::bytes::<N>()?;
        let fair =
            drawn.iter().filter(|byte| **byte < 248).map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        text.extend(fair.take(N - text.len()));
    }
    Ok(text)
}

fn checksum(text: &str) -> String {
    let mut sum = crc32fast::hash(text.as_bytes());
    let mut characters = [b'0'; CHECKSUM];
    for character in characters.iter_mut().rev() {
        *character = ALPHABET[sum as usize % 62];
        sum /= 62;
    }
    characters.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_checksum_is_the_crc_of_ieee_in_base_62() {
        // The check value of CRC-32/ISO-HDLC is cbf43926, which is 3WO9sU in base 62.
        let value = checksum("123456789").bytes().fold(0_u64, |value, byte| {
            value * 62 + ALPHABET.iter().position(|character| *character == byte).unwrap() as u64
        });
        assert_eq!(value, 0xcbf4_3926);
        assert_eq!(checksum("").len(), CHECKSUM);
    }

    #[test]
    fn a_key_with_one_wrong_character_is_none() {
        let key = Text::generate(Environment::Test).unwrap();
        assert_eq!((key.environment(), Text::read(key.as_str())), (Environment::Test, Some(key.clone())));
        for at in 0..key.as_str().len() {
            let mut wrong = key.as_str().as_bytes().to_vec();
            wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(Text::read(str::from_utf8(&wrong).unwrap()), None, "{at}");
        }
        assert_eq!(Text::read(&key.as_str()[..58]), None);
        assert_eq!(Text::read(&format!("{}0", key.as_str())), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,80}", tail in "[0-9A-Za-zäß€]{0,60}") {
            prop_assert_eq!(Text::read(&text), None);
            Text::read(&format!("tsk_live_{tail}"));
        }
    }
}
