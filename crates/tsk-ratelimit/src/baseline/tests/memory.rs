//! Memory is what was given, whoever comes.

use proptest::prelude::*;

use super::*;

fn of(memory: usize) -> Settings {
    Settings { memory, ..Settings::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn however_many_keys_come_no_memory_is_taken(
        bytes in 65_536usize..300_000,
        keys in prop::collection::vec(any::<u64>(), 1..5000),
    ) {
        let quota = Quota::new(600, Duration::from_secs(60));
        let mut made = None;
        let table = allocation_counter::measure(|| {
            made = Some(Baseline::new(&of(bytes), quota, 7, Instant::now()).unwrap());
        });
        let baseline = made.unwrap();
        let scope = Accounts::new().of_rule("any");
        prop_assert!(table.bytes_total as usize <= bytes + 2048, "{} of {bytes}", table.bytes_total);
        let allocations = allocation_counter::measure(|| {
            for (number, key) in keys.iter().enumerate() {
                let now = baseline.epoch + Duration::from_millis(number as u64 * 20);
                baseline.arrived(scope.account(key), "/", now);
                baseline.answered(scope.account(key), key % 2 == 0);
            }
        });
        prop_assert_eq!(allocations.count_total, 0);
        let (known, most) = baseline.occupancy();
        prop_assert!(known <= most);
    }
}

#[test]
fn invented_keys_do_not_push_out_that_somebody_is_tight() {
    let quota = Quota::new(600, Duration::from_secs(60));
    let baseline = Baseline::new(&of(64 << 10), quota, 7, Instant::now()).unwrap();
    let mut clock = Clock::new(&baseline);
    clock.known(0, 20, 4);
    clock.flood(0);
    for number in 1..100_000 {
        baseline.arrived(clock.account(number), "/", clock.now + Duration::from_micros(number));
    }
    let (known, most) = baseline.occupancy();
    assert_eq!(known, most);
    assert_eq!(clock.standing(0).step, 3);
    assert_eq!(baseline.tight(10, clock.now).len(), 1);
}

#[test]
fn the_one_that_was_silent_for_longest_makes_room() {
    let quota = Quota::new(600, Duration::from_secs(60));
    let baseline = Baseline::new(&of(64 << 10), quota, 7, Instant::now()).unwrap();
    let scope = Accounts::new().of_rule("any");
    let again = scope.account("again and again");
    let mut now = baseline.epoch;
    for number in 0..50_000 {
        now += Duration::from_millis(1);
        baseline.arrived(scope.account(&number), "/", now);
        if number % 20 == 0 {
            baseline.arrived(again, "/", now);
        }
    }
    assert!(baseline.standing(again, now).is_some());
}

#[test]
fn a_key_takes_at_most_so_much() {
    let quota = Quota::new(600, Duration::from_secs(60));
    let baseline = Baseline::new(&of(4 << 20), quota, 7, Instant::now()).unwrap();
    let (_, most) = baseline.occupancy();
    assert!((4 << 20) / most <= 144, "{}", (4 << 20) / most);
}
