//! The three parts of a token (RFC 7515 §7.1).

use data_encoding::BASE64URL_NOPAD;

use super::Refusal;

/// The bytes of the longest signature there is: RSA with 8,192 bits.
const MAX_SIGNATURE: usize = 1024;

/// A token in its parts, decoded.
#[derive(Debug)]
pub(crate) struct Compact<'a> {
    /// What is signed: header and payload as they were sent.
    pub(crate) signed: &'a [u8],
    pub(crate) header: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    pub(crate) fn read(token: &'a [u8], max_length: usize) -> Result<Self, Refusal> {
        if token.len() > max_length {
            return Err(Refusal::TooLong);
        }
        let mut dots = memchr::memchr_iter(b'.', token);
        let (Some(first), Some(second)) = (dots.next(), dots.next()) else { return Err(Refusal::Form) };
        match dots.count() {
            0 => {}
            // Five parts are those of an encrypted token (RFC 7516 §7.1).
            2 => return Err(Refusal::Encrypted),
            _ => return Err(Refusal::Form),
        }
        let [header, payload, signature] = [&token[..first], &token[first + 1..second], &token[second + 1..]];
        let signature = decode(signature)?;
        if signature.len() > MAX_SIGNATURE {
            return Err(Refusal::Form);
        }
        let signed = &token[..second];
        Ok(Self { signed, header: decode(header)?, payload: decode(payload)?, signature })
    }
}

/// One way to write each value: no padding, and no bit that is left over may be set, or else one token could be written
/// in several ways.
fn decode(part: &[u8]) -> Result<Vec<u8>, Refusal> {
    if part.is_empty() {
        return Err(Refusal::Form);
    }
    BASE64URL_NOPAD.decode(part).map_err(|_| Refusal::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(token: &str) -> Option<Refusal> {
        Compact::read(token.as_bytes(), 64).err()
    }

    #[test]
    fn three_parts_in_one_spelling() {
        assert_eq!(refusal("e30.e30.AA"), None);
        for token in [
            "",
            ".",
            "..",
            "...",
            "e30",
            "e30.e30",
            "e30..AA",
            ".e30.AA",
            "e30.e30.",
            "e30.e30.AA.",
            "e30.e30.AA.AA",
            "e30.e30.AA=",
            "e30.e30.AA==",
            "e30=.e30.AA",
            "e30.e30.AB",
            "e31.e30.AA",
            "e30.e30.A",
            "e30.e30.A+",
            "e30.e30.A/",
            "e30.e30.AA ",
            " e30.e30.AA",
            "e30.e30.AA\n",
            "e30.e30\0.AA",
            "e30.e3é.AA",
            "e30,e30,AA",
        ] {
            assert_eq!(refusal(token), Some(Refusal::Form), "{token:?}");
        }
        assert_eq!(refusal("e30.AA.AA.AA.AA"), Some(Refusal::Encrypted));
    }

    #[test]
    fn what_is_too_long_is_not_looked_at() {
        assert_eq!(refusal(&"A".repeat(65)), Some(Refusal::TooLong));
        let token = format!("e30.e30.{}", "A".repeat(4 * MAX_SIGNATURE));
        assert_eq!(Compact::read(token.as_bytes(), 1 << 20).err(), Some(Refusal::Form));
    }
}
