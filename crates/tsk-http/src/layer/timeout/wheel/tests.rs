#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    task::Wake,
};

use proptest::prelude::*;

use super::*;

/// Counts how often it was woken.
#[derive(Default)]
struct Count(AtomicU32);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

impl Wheel {
    /// Lets time pass, and wakes.
    fn pass(&mut self, now: u64) -> usize {
        let mut woken = Vec::new();
        self.advance(now, &mut woken);
        let count = woken.len();
        woken.into_iter().for_each(Waker::wake);
        count
    }

    fn places(&self) -> usize {
        self.entries.len()
    }
}

fn waker() -> Waker {
    Waker::noop().clone()
}

#[test]
fn wakes_at_the_tick_and_not_before() {
    let mut wheel = Wheel::default();
    let (count, far) = (Arc::new(Count::default()), SLOTS as u64 * 3 + 7);
    wheel.insert(far, Arc::clone(&count).into()).unwrap();
    for tick in 1..far {
        assert_eq!(wheel.pass(tick), 0);
    }
    assert_eq!((wheel.pass(far), wheel.len()), (1, 0));
    assert_eq!(count.0.load(Relaxed), 1);
}

#[test]
fn a_tick_that_has_passed_is_the_next_one() {
    let mut wheel = Wheel::default();
    wheel.pass(10);
    wheel.insert(3, waker()).unwrap();
    assert_eq!(wheel.pass(10), 0);
    assert_eq!(wheel.pass(11), 1);
}

#[test]
fn places_are_used_again() {
    let mut wheel = Wheel::default();
    for tick in 0..100_000 {
        let key = wheel.insert(tick % 977, waker()).unwrap();
        assert!(wheel.remove(key).is_some());
    }
    assert_eq!((wheel.len(), wheel.places()), (0, 1));
}

#[test]
fn one_who_is_gone_cannot_touch_who_came_after() {
    let mut wheel = Wheel::default();
    let first = wheel.insert(1, waker()).unwrap();
    assert_eq!(wheel.pass(1), 1);
    let second = wheel.insert(5, waker()).unwrap();
    assert!(wheel.remove(first).is_none());
    assert!(wheel.replace(first, waker()).is_err());
    assert_eq!(wheel.reset().len(), 1);
    let third = wheel.insert(5, waker()).unwrap();
    assert!(wheel.remove(second).is_none());
    assert!(wheel.remove(third).is_some());
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u64),
    Remove(usize),
    Replace(usize),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..2_000_u64).prop_map(Step::Insert),
        2 => any::<usize>().prop_map(Step::Remove),
        1 => any::<usize>().prop_map(Step::Replace),
        2 => prop_oneof![0..4_u64, 0..3_000_u64].prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 1..200)
}

proptest! {
    /// It does what a sorted map does.
    #[test]
    fn wakes_those_whose_time_is_up_and_nobody_else(steps in steps()) {
        let (mut wheel, mut now) = (Wheel::default(), 0);
        let mut model = BTreeMap::new();
        let mut known: Vec<(Key, u32)> = Vec::new();
        let mut counts: Vec<Arc<Count>> = Vec::new();
        for step in steps {
            match step {
                Step::Insert(ticks) => {
                    let count = Arc::new(Count::default());
                    let key = wheel.insert(now + ticks, Arc::clone(&count).into()).unwrap();
                    let id = u32::try_from(counts.len()).unwrap();
                    model.insert(id, (now + ticks).max(now + 1));
                    counts.push(count);
                    known.push((key, id));
                }
                Step::Remove(index) if !known.is_empty() => {
                    let (key, id) = known[index % known.len()];
                    prop_assert_eq!(wheel.remove(key).is_some(), model.remove(&id).is_some());
                }
                Step::Replace(index) if !known.is_empty() => {
                    let (key, id) = known[index % known.len()];
                    let waker = Arc::clone(&counts[id as usize]).into();
                    prop_assert_eq!(wheel.replace(key, waker).is_ok(), model.contains_key(&id));
                }
                Step::Remove(_) | Step::Replace(_) => {}
                Step::Pass(ticks) => {
                    now += ticks;
                    let due: Vec<_> = model.iter().filter(|&(_, &tick)| tick <= now).map(|(&id, _)| id).collect();
                    let before: u32 = counts.iter().map(|count| count.0.load(Relaxed)).sum();
                    prop_assert_eq!(wheel.pass(now), due.len());
                    let after: u32 = counts.iter().map(|count| count.0.load(Relaxed)).sum();
                    prop_assert_eq!(after - before, u32::try_from(due.len()).unwrap());
                    for id in due {
                        model.remove(&id);
                        prop_assert_eq!(counts[id as usize].0.load(Relaxed), 1);
                    }
                }
            }
            prop_assert_eq!(wheel.len(), model.len());
        }
        prop_assert!(wheel.places() <= counts.len());
        prop_assert_eq!(wheel.reset().len(), model.len());
    }
}
