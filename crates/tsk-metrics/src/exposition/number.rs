//! How numbers are written.

/// A whole number with its point, as OpenMetrics has the bounds of buckets: `1.0`, `0.005`, `+Inf`.
///
/// Prometheus 3 writes them so itself, whatever format it has read them in; a bound that was `1` in one format and
/// `1.0` in the other would be two series to an earlier one.
pub(crate) fn canonical(value: f64) -> String {
    let mut text = Vec::new();
    write(&mut text, value);
    let mut text = String::from_utf8(text).unwrap_or_default();
    if value.is_finite() && !text.contains(['.', 'e']) {
        text.push_str(".0");
    }
    text
}

/// A number as both formats read it.
pub(crate) fn write(out: &mut Vec<u8>, value: f64) {
    if value == f64::INFINITY {
        out.extend_from_slice(b"+Inf");
    } else if value == f64::NEG_INFINITY {
        out.extend_from_slice(b"-Inf");
    } else if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.fract() == 0.0 && value.abs() < 9e15 {
        out.extend_from_slice(itoa::Buffer::new().format(value as i64).as_bytes());
    } else if value.abs() < 1e-6 || value.abs() >= 9e15 {
        out.extend_from_slice(format!("{value:e}").as_bytes());
    } else {
        out.extend_from_slice(format!("{value}").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bounds_have_a_point() {
        for (value, text) in
            [(1.0, "1.0"), (0.005, "0.005"), (1e21, "1e21"), (f64::INFINITY, "+Inf"), (-2.5, "-2.5")]
        {
            assert_eq!(canonical(value), text);
        }
    }

    proptest! {
        #[test]
        fn a_number_is_read_as_it_was_written(value: f64) {
            let mut text = Vec::new();
            write(&mut text, value);
            let text = String::from_utf8(text).unwrap();
            let read: f64 = text.parse().unwrap();
            prop_assert!(read == value || read.is_nan() && value.is_nan(), "{text}");
        }
    }
}
