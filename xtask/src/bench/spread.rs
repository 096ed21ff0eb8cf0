//! The median of some samples, with the lowest and the highest.

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// `None` where there is no sample.
    pub(crate) fn of(samples: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut samples: Vec<f64> = samples.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        let (low, high) = (*samples.first()?, *samples.last()?);
        let middle = samples.len() / 2;
        let median = if samples.len() % 2 == 1 {
            samples[middle]
        } else {
            (samples[middle - 1] + samples[middle]) / 2.0
        };
        Some(Self { median, low, high })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Spread;

    #[test]
    fn takes_the_middle_of_an_odd_number_of_samples() {
        assert_eq!(Spread::of([9.0, 1.0, 2.0]).unwrap(), Spread { median: 2.0, low: 1.0, high: 9.0 });
    }

    #[test]
    fn halves_the_two_in_the_middle_of_an_even_number() {
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 9.0]).unwrap().median, 3.0);
    }

    #[test]
    fn has_no_median_of_nothing() {
        assert_eq!(Spread::of([]), None);
    }
}
