//! Identifiers in hexadecimal digits.

/// The value of 1 to 32 digits, of which only lower case ones count where `is_strict`.
pub(super) fn read(digits: &[u8], is_strict: bool) -> Option<u128> {
    if digits.is_empty() || digits.len() > 32 {
        return None;
    }
    digits.iter().try_fold(0, |value: u128, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            b'A'..=b'F' if !is_strict => digit - b'A' + 10,
            _ => return None,
        };
        Some(value << 4 | u128::from(digit))
    })
}

/// The identifier of a trace: digits that are not all 0.
pub(super) fn trace(digits: &[u8], is_strict: bool) -> Option<u128> {
    read(digits, is_strict).filter(|id| *id != 0)
}

/// The identifier of a span: at most 16 digits that are not all 0.
pub(super) fn span(digits: &[u8], is_strict: bool) -> Option<u64> {
    let id = read(digits, is_strict).and_then(|id| u64::try_from(id).ok());
    id.filter(|id| *id != 0 && digits.len() <= 16)
}
