#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn said(offset: u64, bytes: usize) -> Entry<u64> {
    Entry { item: offset, bytes, offset: Some(offset), key: None }
}

fn kept(item: u64, bytes: usize) -> Entry<u64> {
    Entry { item, bytes, offset: None, key: None }
}

fn keyed(offset: u64, key: &str) -> Entry<u64> {
    Entry { key: Some(key.into()), ..said(offset, 1) }
}

fn all(queue: &mut Queue<u64>) -> Vec<Next<u64>> {
    std::iter::from_fn(|| queue.pop()).collect()
}

fn gap(lane: Lane, from: u64, to: u64) -> Next<u64> {
    Next::Gap(lane, Gap { from: Some(from), to })
}

#[test]
fn who_reads_slowly_misses_the_oldest_and_is_told_so_once() {
    let mut queue = Queue::new(100);
    let lane = queue.open(3, Slow::DropOldest);
    for offset in 1..=5 {
        queue.push(lane, said(offset, 1)).unwrap();
        assert!(queue.bytes() <= 3);
    }
    assert_eq!(all(&mut queue), [gap(lane, 1, 2), Next::Item(3), Next::Item(4), Next::Item(5)]);
    assert!(queue.is_empty());
}

#[test]
fn an_answer_is_never_dropped() {
    let mut queue = Queue::new(100);
    let lane = queue.open(3, Slow::DropOldest);
    queue.push(lane, kept(0, 1)).unwrap();
    (1..=9).for_each(|offset| queue.push(lane, said(offset, 1)).unwrap());
    assert_eq!(all(&mut queue), [Next::Item(0), gap(lane, 1, 7), Next::Item(8), Next::Item(9)]);
    (0..3).for_each(|item| queue.push(lane, kept(item, 1)).unwrap());
    assert_eq!(queue.push(lane, kept(3, 1)), Err(Full));
}

#[test]
fn the_latest_takes_the_place_of_what_has_its_key() {
    let mut queue = Queue::new(100);
    let lane = queue.open(3, Slow::Coalesce);
    for (offset, key) in [(1, "a"), (2, "b"), (3, "a"), (4, "a"), (5, "b")] {
        queue.push(lane, keyed(offset, key)).unwrap();
    }
    assert_eq!(all(&mut queue), [Next::Item(4), Next::Item(5)]);
    for (offset, key) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
        queue.push(lane, keyed(offset, key)).unwrap();
    }
    assert_eq!(all(&mut queue), [gap(lane, 1, 1), Next::Item(2), Next::Item(3), Next::Item(4)]);
}

#[test]
fn a_room_may_have_whoever_is_slow_disconnected() {
    let mut queue = Queue::new(100);
    let lane = queue.open(2, Slow::Disconnect);
    queue.push(lane, said(1, 2)).unwrap();
    assert_eq!(queue.push(lane, said(2, 1)), Err(Full));
}

#[test]
fn a_room_in_which_much_is_said_holds_up_no_other() {
    let mut queue = Queue::new(100);
    let (loud, quiet) = (queue.open(50, Slow::DropOldest), queue.open(50, Slow::DropOldest));
    (1..=9).for_each(|offset| queue.push(loud, said(offset, 1)).unwrap());
    queue.push(quiet, said(100, 1)).unwrap();
    let order = all(&mut queue);
    assert_eq!(order.iter().position(|next| *next == Next::Item(100)), Some(1));
}

#[test]
fn a_large_message_passes_where_nothing_else_waits() {
    let mut queue = Queue::new(10);
    let lane = queue.open(5, Slow::DropOldest);
    queue.push(lane, said(1, 1000)).unwrap();
    queue.push(lane, said(2, 1)).unwrap();
    assert_eq!(all(&mut queue), [gap(lane, 1, 1), Next::Item(2)]);
}

#[test]
fn a_room_that_is_left_says_no_more_but_what_has_to_be_said() {
    let mut queue = Queue::new(100);
    let lane = queue.open(50, Slow::DropOldest);
    queue.push(lane, said(1, 5)).unwrap();
    queue.push(lane, kept(0, 1)).unwrap();
    queue.close(lane);
    queue.push(lane, said(2, 5)).unwrap();
    assert_eq!((queue.bytes(), all(&mut queue)), (1, vec![Next::Item(0)]));
    // Its place is free again.
    assert_eq!(queue.open(50, Slow::DropOldest), lane);
}

proptest! {
    /// Whatever is pushed and taken, in each lane every offset is heard once, in order, or said to be lost.
    #[test]
    fn everything_is_heard_in_order_or_said_to_be_lost(
        steps in proptest::collection::vec((0_usize..3, 0_usize..6, any::<bool>(), any::<bool>()), 0..200), limit in 1_usize..40,
    ) {
        let mut queue = Queue::new(limit);
        let lanes = [queue.open(limit, Slow::DropOldest), queue.open(7, Slow::DropOldest), queue.open(3, Slow::DropOldest)];
        let (mut said_in, mut heard_in) = ([0_u64; 3], [0_u64; 3]);
        // Its lane is the hundreds of an item.
        let hear = |next: Next<u64>, heard: &mut [u64; 3]| match next {
            Next::Gap(lane, Gap { from, to }) => {
                let at = lanes.iter().position(|one| *one == lane).unwrap();
                prop_assert_eq!(from, Some(heard[at] + 1));
                heard[at] = to;
                Ok(())
            }
            Next::Item(item) => {
                let at = usize::try_from(item / 1_000).unwrap();
                prop_assert_eq!(item % 1_000, heard[at] + 1);
                heard[at] += 1;
                Ok(())
            }
        };
        for (at, bytes, takes, twice) in steps {
            said_in[at] += 1;
            let offset = said_in[at];
            let item = at as u64 * 1_000 + offset;
            // Where another lane takes all there is, the client is disconnected.
            if queue.push(lanes[at], Entry { item, bytes: bytes + 1, offset: Some(offset), key: None }).is_err() {
                return Ok(());
            }
            prop_assert!(queue.bytes() <= limit + 3 * 6);
            for _ in 0..usize::from(takes) + usize::from(takes && twice) {
                if let Some(next) = queue.pop() {
                    hear(next, &mut heard_in)?;
                }
            }
        }
        while let Some(next) = queue.pop() {
            hear(next, &mut heard_in)?;
        }
        prop_assert_eq!(said_in, heard_in);
        prop_assert_eq!(queue.bytes(), 0);
    }
}
