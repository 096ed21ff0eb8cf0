#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use tsk_core::context::Trace;

use super::*;

fn counts(histogram: &Histogram) -> (f64, Vec<u64>) {
    let mut counts = Vec::new();
    (histogram.read(&mut counts), counts)
}

#[test]
fn a_bound_belongs_to_the_bucket_below_it() {
    let bounds = Arc::new(Bounds::new(Measure::Time, &[0.005, 1.0]));
    let histogram = Histogram::new(bounds);
    for nanoseconds in [0, 5_000_000, 5_000_001, 1_000_000_000, 1_000_000_001] {
        histogram.record(Here::new(), nanoseconds);
    }
    assert_eq!(counts(&histogram).1, [2, 2, 1]);
}

#[test]
fn what_is_no_number_is_left_out() {
    let histogram = Histogram::new(Arc::new(Bounds::new(Measure::Real, &[1.0])));
    for value in [f64::NAN, 1.0, 2.5, -3.0] {
        histogram.record_real(value, 1);
    }
    histogram.record_real(0.5, 10);
    assert_eq!(counts(&histogram), (5.5, vec![12, 1]));
}

#[test]
fn more_buckets_than_a_line_has_are_all_there() {
    let bounds: Vec<f64> = (1..=64).map(f64::from).collect();
    let histogram = Histogram::new(Arc::new(Bounds::new(Measure::Whole, &bounds)));
    for value in 0..100 {
        histogram.record(Here::new(), value);
    }
    let (sum, counts) = counts(&histogram);
    assert_eq!((sum, counts.iter().sum::<u64>(), counts[64]), (4950.0, 100, 35));
}

#[test]
fn an_exemplar_stays_for_a_second() {
    let histogram = Histogram::new(Arc::new(Bounds::new(Measure::Time, &[1.0])));
    let trace = |id| Trace { id, span: 1, is_sampled: true };
    for (id, at) in [(1, 1_000), (2, 1_999), (3, 2_000)] {
        histogram.offer(Exemplar { trace: trace(id), value: 1, at });
        let expected = if id == 3 { 3 } else { 1 };
        assert_eq!(histogram.exemplar(0).unwrap().trace.id, expected);
    }
    assert_eq!(histogram.exemplar(1), None);
}

proptest! {
    #[test]
    fn every_value_is_in_the_first_bucket_that_has_room_for_it(
        mut bounds in prop::collection::btree_set(1_u32..10_000, 1..64).prop_map(|set| set.into_iter().map(f64::from).collect::<Vec<_>>()),
        values in prop::collection::vec(0_u32..20_000, 0..100),
    ) {
        bounds.dedup();
        let whole = Histogram::new(Arc::new(Bounds::new(Measure::Whole, &bounds)));
        let real = Histogram::new(Arc::new(Bounds::new(Measure::Real, &bounds)));
        let mut expected = vec![0; bounds.len() + 1];
        for value in &values {
            whole.record(Here::new(), (*value).into());
            real.record_real((*value).into(), 1);
            let bucket = bounds.iter().position(|bound| f64::from(*value) <= *bound).unwrap_or(bounds.len());
            expected[bucket] += 1;
        }
        let sum: f64 = values.iter().copied().map(f64::from).sum();
        prop_assert_eq!(counts(&whole), (sum, expected.clone()));
        prop_assert_eq!(counts(&real), (sum, expected));
    }
}
