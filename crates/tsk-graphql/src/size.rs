//! How sizes are written.

use bytesize::ByteSize;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// In the largest unit in which it is a whole number, as in `"256 KiB"`, so that nothing is lost.
pub(crate) fn serialize<S: Serializer>(size: &ByteSize, serializer: S) -> Result<S::Ok, S::Error> {
    let (mut number, mut unit) = (size.as_u64(), 0);
    while number != 0 && number.is_multiple_of(1024) {
        (number, unit) = (number / 1024, unit + 1);
    }
    format!("{number} {}", UNITS[unit]).serialize(serializer)
}

/// As in `"256 KiB"`, or a number of bytes.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
    ByteSize::deserialize(deserializer)
}
