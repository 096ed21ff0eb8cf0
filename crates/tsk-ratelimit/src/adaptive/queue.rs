//! Those who wait for a place.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::Priority;

/// Those who wait for a place, what matters most in front. It is bounded.
///
/// In a burst the first to come is the first to go on. Where the queue has not been empty for a while, that would have
/// everyone wait for as long as anyone may, to be answered just before they give up: then whoever came last is served while
/// somebody still waits for it, and the oldest make room (controlled delay and «adaptive LIFO», B. Maurer, «Fail at Scale»,
/// ACM Queue 13.8, 2015).
#[derive(Debug)]
pub(super) struct Queue<W> {
    critical: VecDeque<W>,
    normal: VecDeque<W>,
    bound: usize,
    /// Since when somebody has been waiting, without a moment in which nobody was.
    since: Option<Instant>,
}

/// Longer than this, a queue is no burst.
const BURST: Duration = Duration::from_millis(100);

impl<W> Queue<W> {
    /// A queue in which so many of each priority may wait, but for what is sheddable, which does not.
    pub(super) fn new(bound: usize) -> Self {
        Self { critical: VecDeque::new(), normal: VecDeque::new(), bound, since: None }
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.critical.len() + self.normal.len()
    }

    /// Whether no more of a priority may wait.
    pub(super) fn is_full(&mut self, priority: Priority) -> bool {
        let bound = self.bound;
        self.of(priority).is_none_or(|queue| queue.len() >= bound)
    }

    /// Adds one; gives back who cannot wait, or can no longer.
    pub(super) fn push(&mut self, waiter: W, priority: Priority, now: Instant) -> Option<W> {
        let (is_standing, is_full) = (self.is_standing(now), self.is_full(priority));
        let Some(queue) = self.of(priority) else { return Some(waiter) };
        if is_full && (!is_standing || queue.is_empty()) {
            return Some(waiter);
        }
        let out = if is_full { queue.pop_front() } else { None };
        queue.push_back(waiter);
        self.since.get_or_insert(now);
        out
    }

    /// Takes out who is next, of those for whose priority there is room. It is asked for room only where somebody waits, who
    /// is taken out if there is.
    pub(super) fn pop(&mut self, now: Instant, has_room: impl Fn(Priority) -> bool) -> Option<W> {
        let is_standing = self.is_standing(now);
        let next = [Priority::Critical, Priority::Normal].into_iter().find_map(|priority| {
            let queue = self.of(priority).filter(|queue| !queue.is_empty() && has_room(priority))?;
            if is_standing { queue.pop_back() } else { queue.pop_front() }
        });
        if self.len() == 0 {
            self.since = None;
        }
        next
    }

    /// Takes out those who do not wait any more.
    pub(super) fn retain(&mut self, mut waits: impl FnMut(&W) -> bool) {
        self.critical.retain(&mut waits);
        self.normal.retain(waits);
        if self.len() == 0 {
            self.since = None;
        }
    }

    fn is_standing(&self, now: Instant) -> bool {
        self.since.is_some_and(|since| now.saturating_duration_since(since) > BURST)
    }

    fn of(&mut self, priority: Priority) -> Option<&mut VecDeque<W>> {
        match priority {
            Priority::Critical => Some(&mut self.critical),
            Priority::Normal => Some(&mut self.normal),
            Priority::Sheddable => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Priority::*, *};

    fn all(queue: &mut Queue<u32>, now: Instant) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop(now, |_| true)).collect()
    }

    #[test]
    fn what_matters_most_goes_first_and_in_a_burst_who_came_first() {
        let (mut queue, now) = (Queue::new(8), Instant::now());
        for (waiter, priority) in [(1, Normal), (2, Critical), (3, Normal), (4, Critical)] {
            assert_eq!(queue.push(waiter, priority, now), None);
        }
        assert_eq!(all(&mut queue, now), [2, 4, 1, 3]);
    }

    #[test]
    fn in_a_queue_that_stands_the_last_goes_first_and_the_oldest_makes_room() {
        let (mut queue, now) = (Queue::new(3), Instant::now());
        for waiter in 1..=3 {
            assert_eq!(queue.push(waiter, Normal, now), None);
        }
        assert_eq!(queue.push(4, Normal, now), Some(4), "a burst is bounded");
        let later = now + 2 * BURST;
        assert_eq!(queue.push(5, Normal, later), Some(1));
        assert_eq!(queue.len(), 3);
        assert_eq!(all(&mut queue, later), [5, 3, 2]);
        queue.push(6, Normal, later);
        queue.push(7, Normal, later);
        assert_eq!(all(&mut queue, later), [6, 7], "it was empty, so this is another burst");
    }

    #[test]
    fn nobody_waits_where_there_is_no_room_for_their_priority() {
        let (mut queue, now) = (Queue::new(3), Instant::now());
        queue.push(1, Normal, now);
        assert_eq!(queue.pop(now, |priority| priority == Critical), None);
        queue.push(2, Critical, now);
        assert_eq!(queue.pop(now, |priority| priority == Critical), Some(2));
    }

    #[test]
    fn what_is_sheddable_does_not_wait_and_where_nobody_may_nobody_does() {
        let now = Instant::now();
        assert_eq!(Queue::new(3).push(1, Sheddable, now), Some(1));
        assert_eq!(Queue::new(0).push(1, Critical, now), Some(1));
    }
}
