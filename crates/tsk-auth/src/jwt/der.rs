//! Public keys in DER (RFC 5280 §4.1, RFC 8017 §A.1.1): as much of it as keys have.

/// A public key as `openssl` writes it, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PublicKey<'a> {
    Rsa { n: &'a [u8], e: &'a [u8] },
    P256(&'a [u8]),
    P384(&'a [u8]),
    Ed25519(&'a [u8]),
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

impl<'a> PublicKey<'a> {
    /// Reads a SubjectPublicKeyInfo; `None` for what is none, or of a kind that is not taken.
    pub(crate) fn read(der: &'a [u8]) -> Option<Self> {
        let mut whole = Reader(der).only(SEQUENCE)?;
        let mut algorithm = Reader(whole.take(SEQUENCE)?);
        let bits = whole.take(BIT_STRING)?.strip_prefix(&[0])?;
        whole.end()?;
        let name = algorithm.take(OID)?;
        let key = if name == RSA {
            algorithm.take(NULL)?;
            let mut numbers = Reader(bits).only(SEQUENCE)?;
            let (n, e) = (unsigned(numbers.take(INTEGER)?), unsigned(numbers.take(INTEGER)?));
            numbers.end()?;
            Self::Rsa { n, e }
        } else if name == EC {
            match algorithm.take(OID)? {
                P256 => Self::P256(bits),
                P384 => Self::P384(bits),
                _ => return None,
            }
        } else if name == ED25519 {
            Self::Ed25519(bits)
        } else {
            return None;
        };
        algorithm.end()?;
        Some(key)
    }
}

/// An RSAPublicKey of a modulus and an exponent, both without leading zeros.
pub(crate) fn rsa(n: &[u8], e: &[u8]) -> Vec<u8> {
    let mut numbers = Vec::with_capacity(n.len() + e.len() + 16);
    for number in [n, e] {
        // The first bit is a sign.
        let is_signed = number.first().is_none_or(|first| first & 0x80 != 0);
        numbers.push(INTEGER);
        length(number.len() + usize::from(is_signed), &mut numbers);
        numbers.extend(is_signed.then_some(0));
        numbers.extend(number);
    }
    let mut der = vec![SEQUENCE];
    length(numbers.len(), &mut der);
    der.extend(numbers);
    der
}

fn length(length: usize, der: &mut Vec<u8>) {
    if length < 0x80 {
        der.push(length as u8);
        return;
    }
    let bytes = length.to_be_bytes();
    let bytes = &bytes[length.leading_zeros() as usize / 8..];
    der.push(0x80 | bytes.len() as u8);
    der.extend(bytes);
}

/// Without the zeros in front.
pub(crate) fn unsigned(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The content of the next element, which has that tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let rest = self.0.strip_prefix(&[tag])?;
        let (&first, mut rest) = rest.split_first()?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            // No key is longer than 64 KiB.
            let count = usize::from(first & 0x7f);
            let bytes = rest.get(..count).filter(|_| (1..=2).contains(&count))?;
            rest = &rest[count..];
            bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
        };
        let content = rest.get(..length)?;
        self.0 = &rest[length..];
        Some(content)
    }

    /// A reader of the content of the one element that there is.
    fn only(mut self, tag: u8) -> Option<Self> {
        let content = self.take(tag)?;
        self.end()?;
        Some(Self(content))
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_of_rsa_is_read(mut n in prop::collection::vec(any::<u8>(), 1..600), mut e in prop::collection::vec(any::<u8>(), 1..5)) {
            n[0] |= 1;
            e[0] |= 1;
            let key = rsa(&n, &e);
            let mut numbers = Reader(&key).only(SEQUENCE).unwrap();
            prop_assert_eq!(unsigned(numbers.take(INTEGER).unwrap()), n);
            prop_assert_eq!(unsigned(numbers.take(INTEGER).unwrap()), e);
            prop_assert!(numbers.end().is_some());
        }

        #[test]
        fn no_bytes_whatever_are_more_than_refused(der in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = PublicKey::read(&der);
        }
    }
}
