//! How durations and sizes are written in a configuration.
//!
//! ```
//! use std::time::Duration;
//! use tsk_http::config::text;
//!
//! #[derive(serde::Deserialize, serde::Serialize)]
//! struct Cache {
//!     /// `"1h"`, `"1m 30s"`
//!     #[serde(with = "text::Duration")]
//!     max_age: Duration,
//!     /// `"64 MiB"`, or a number of bytes
//!     #[serde(with = "text::Size")]
//!     size: bytesize::ByteSize,
//! }
//!
//! let cache: Cache = serde_json::from_str(r#"{ "max_age": "90s", "size": 2048 }"#)?;
//! assert_eq!(serde_json::to_string(&cache)?, r#"{"max_age":"1m 30s","size":"2 KiB"}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

use bytesize::ByteSize;
use humantime_serde::Serde;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A [`std::time::Duration`], or an `Option` of one, as in `"30s"`, `"1m 30s"`, `"500ms"`: for `#[serde(with = "…")]`.
#[derive(Debug)]
pub enum Duration {}

/// A [`ByteSize`], or an `Option` of one, as in `"2 MiB"`, or a number of bytes: for `#[serde(with = "…")]`.
///
/// It is written in the largest unit in which it is a whole number, so that nothing is lost.
#[derive(Debug)]
pub enum Size {}

impl Duration {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<T, S: Serializer>(duration: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        for<'t> Serde<&'t T>: Serialize,
    {
        humantime_serde::serialize(duration, serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// A text that is no duration.
    pub fn deserialize<'de, T, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>
    where
        Serde<T>: Deserialize<'de>,
    {
        humantime_serde::deserialize(deserializer)
    }
}

impl Size {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<T, S: Serializer>(size: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Copy + Into<Option<ByteSize>>,
    {
        let size: Option<ByteSize> = (*size).into();
        size.map(written).serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// A text that is no size.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

fn written(size: ByteSize) -> String {
    let mut number = size.as_u64();
    let mut units = UNITS.iter();
    let mut unit = units.next();
    while number != 0 && number.is_multiple_of(1024) {
        number /= 1024;
        unit = units.next();
    }
    // 2^64 is beyond every size, so that the units are enough.
    format!("{number} {}", unit.unwrap_or(&"EiB"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_size_is_written_in_whole_units() {
        for (size, text) in [
            (0, "0 B"),
            (240, "240 B"),
            (1024, "1 KiB"),
            (1500, "1500 B"),
            (1 << 21, "2 MiB"),
            (1 << 60, "1 EiB"),
        ] {
            assert_eq!(written(ByteSize(size)), text);
        }
    }

    proptest! {
        #[test]
        fn a_size_is_read_as_it_was_written(size: u64, shift in 0..64) {
            let size = ByteSize(size >> shift << shift);
            prop_assert_eq!(written(size).parse(), Ok(size));
        }
    }
}
