//! Amounts of what runs out.

use std::{fmt, str::FromStr};

use bytesize::ByteSize;
use serde::{Deserialize, Serialize, Serializer};

/// An amount of disk or memory: a share of the whole, as `"10%"`, or a size, as `"2 GiB"`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum Amount {
    /// A share, in percent.
    Percent(f64),
    /// Bytes.
    Size(ByteSize),
}

impl Amount {
    /// Whether so much of a whole is less than the amount.
    pub(crate) fn is_more_than(self, free: u64, whole: u64) -> bool {
        match self {
            Amount::Size(size) => free < size.as_u64(),
            // Figures of disks are exact far below where numbers of this kind no longer are.
            Amount::Percent(percent) => (free as f64) * 100.0 < percent * (whole as f64),
        }
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let error = || AmountError(text.to_owned());
        let Some(percent) = text.strip_suffix('%') else {
            return text.parse().map(Self::Size).map_err(|_| error());
        };
        let percent = percent.trim().parse().map_err(|_| error())?;
        if (0.0..=100.0).contains(&percent) { Ok(Self::Percent(percent)) } else { Err(error()) }
    }
}

impl TryFrom<String> for Amount {
    type Error = AmountError;

    fn try_from(text: String) -> Result<Self, AmountError> {
        text.parse()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            // In bytes, so that nothing is lost.
            Self::Size(size) => write!(f, "{} B", size.as_u64()),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmountError(String);

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is neither a share nor a size; write 10% or 2 GiB", self.0)
    }
}

impl std::error::Error for AmountError {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn is_read_as_it_is_written() {
        for (text, amount) in [
            ("10%", Amount::Percent(10.0)),
            ("0.5 %", Amount::Percent(0.5)),
            ("2 GiB", Amount::Size(ByteSize::gib(2))),
            ("500MB", Amount::Size(ByteSize::mb(500))),
        ] {
            assert_eq!(text.parse(), Ok(amount));
            assert_eq!(amount.to_string().parse(), Ok(amount));
        }
        for none in ["", "%", "101%", "-1%", "much", "NaN%"] {
            assert!(none.parse::<Amount>().is_err(), "{none}");
        }
    }

    #[test]
    fn a_share_is_of_the_whole() {
        assert!(Amount::Percent(10.0).is_more_than(9, 100));
        assert!(!Amount::Percent(10.0).is_more_than(10, 100));
        assert!(Amount::Size(ByteSize::b(10)).is_more_than(9, 1000));
        assert!(!Amount::Size(ByteSize::b(10)).is_more_than(10, 1000));
    }
}
