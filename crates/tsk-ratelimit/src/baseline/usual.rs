//! A mean and a deviation that forget.

/// What a value usually is: an exponentially weighted mean, and the mean deviation from it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Usual {
    pub(super) mean: f32,
    pub(super) deviation: f32,
}

impl Usual {
    /// Takes a value into account with a weight from 0 to 1; the first has to have 1.
    #[inline]
    pub(super) fn learn(&mut self, value: f32, weight: f32) {
        self.mean += weight * (value - self.mean);
        self.deviation += weight * ((value - self.mean).abs() - self.deviation);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn taught(values: impl IntoIterator<Item = f32>) -> Usual {
        let mut usual = Usual::default();
        for (index, value) in values.into_iter().enumerate() {
            usual.learn(value, (1.0 / (index as f32 + 1.0)).max(1.0 / 64.0));
        }
        usual
    }

    #[test]
    fn a_constant_is_usual_and_does_not_deviate() {
        assert_eq!(taught([7.0; 100]), Usual { mean: 7.0, deviation: 0.0 });
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        let usual = taught([5.0; 200].into_iter().chain([50.0; 400]));
        assert!((49.0..=50.0).contains(&usual.mean), "{usual:?}");
    }

    proptest! {
        #[test]
        fn the_mean_is_among_the_values_and_the_deviation_within_their_range(
            values in prop::collection::vec(0.0f32..1e6, 1..300),
        ) {
            let (least, most) = values.iter().fold((f32::MAX, 0.0f32), |(a, b), v| (a.min(*v), b.max(*v)));
            let usual = taught(values);
            let slack = most * 1e-4;
            prop_assert!((least - slack..=most + slack).contains(&usual.mean), "{:?}", usual);
            prop_assert!((0.0..=most - least + slack).contains(&usual.deviation), "{:?}", usual);
        }
    }
}
