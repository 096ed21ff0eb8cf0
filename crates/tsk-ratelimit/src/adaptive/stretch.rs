//! How much longer than usual something takes, on a logarithmic scale.

use std::time::Duration;

/// The logarithm of a duration, or of a ratio of two, in parts of an octave: a doubling is [`OCTAVE`].
///
/// On this scale a ratio is a difference and an average one of the orders of magnitude, which a few that take very long do not
/// carry away. It is whole numbers, so that it costs little and is the same on every machine.
pub(super) type Log = i32;

/// A doubling.
pub(super) const OCTAVE: Log = 1024;

/// The logarithm of so many nanoseconds; at least that of one.
#[inline]
pub(super) fn log2(nanos: u64) -> Log {
    let nanos = nanos | 1;
    let exponent = 63 - nanos.leading_zeros();
    let mantissa = if exponent >= 10 { nanos >> (exponent - 10) } else { nanos << (10 - exponent) };
    let part = (mantissa & 1023) as Log;
    // A straight line between powers of two is up to a sixteenth too low in the middle; with this it is within a hundredth.
    let bow = (part * (OCTAVE - part) * 351) >> 20;
    exponent as Log * OCTAVE + part + bow
}

/// What that is the logarithm of.
pub(super) fn ratio(log: Log) -> f64 {
    (f64::from(log) / f64::from(OCTAVE)).exp2()
}

/// The duration that this is the logarithm of.
pub(super) fn duration(log: Log) -> Duration {
    Duration::from_nanos(ratio(log) as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_the_logarithm_within_a_hundredth(nanos in 1_000_u64..1 << 50) {
            let exact = (nanos as f64).log2() * f64::from(OCTAVE);
            prop_assert!((f64::from(log2(nanos)) - exact).abs() < 12.0);
        }

        #[test]
        fn what_is_longer_is_not_less(one in 0_u64..1 << 60, more in 0_u64..1 << 60) {
            prop_assert!(log2(one) <= log2(one + more));
        }
    }

    #[test]
    fn a_doubling_is_an_octave() {
        assert_eq!(log2(4096), 12 * OCTAVE);
        assert_eq!(log2(2_000_000) - log2(1_000_000), OCTAVE);
        assert_eq!(log2(0), 0);
    }
}
