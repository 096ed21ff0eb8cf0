//! What waits for the application to hear it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{Error, Event, event::Gap};

/// What waits for the application to hear it: so many events, and so many bytes. Beyond that the oldest are dropped, and one gap in front
/// of the rest says so. The connection waits for nobody, as it has heartbeats and answers to see to.
#[derive(Debug)]
pub(super) struct Inbox {
    content: Mutex<Content>,
    count: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Content {
    events: VecDeque<(Event, usize)>,
    bytes: usize,
    lost: Option<Gap>,
    end: Option<Error>,
    /// Nothing comes any more behind what waits.
    is_over: bool,
    waker: Option<Waker>,
}

impl Inbox {
    pub(super) fn new(count: usize, bytes: usize) -> Self {
        Self { content: Mutex::default(), count, bytes }
    }

    /// Puts an event in that takes so many bytes.
    pub(super) fn put(&self, event: Event, weight: usize) {
        self.with(|content| {
            if content.is_over {
                return;
            }
            content.bytes += weight;
            content.events.push_back((event, weight));
            while content.events.len() > self.count || content.bytes > self.bytes {
                let Some((event, weight)) = content.events.pop_front() else { break };
                content.bytes -= weight;
                let gap = match event {
                    Event::Message(message) => {
                        let offset = message.position.map(|position| position.offset);
                        Gap { from: offset, to: offset }
                    }
                    Event::Gap(gap) => gap,
                    // Who is there can be asked at any time, and a gap says that there was a break.
                    _ => continue,
                };
                content.lost = Some(content.lost.map_or(gap, |lost| lost.and(gap)));
            }
        });
    }

    /// Ends it, with a reason where it is not the application that ends it.
    pub(super) fn end(&self, why: Option<Error>) {
        self.with(|content| {
            if !content.is_over {
                (content.is_over, content.end) = (true, why);
            }
        });
    }

    /// The next event; `None` where no more will come.
    pub(super) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut content = self.content();
        if let Some(gap) = content.lost.take() {
            return Poll::Ready(Some(Event::Gap(gap)));
        }
        if let Some((event, weight)) = content.events.pop_front() {
            content.bytes -= weight;
            return Poll::Ready(Some(event));
        }
        if content.is_over {
            return Poll::Ready(content.end.take().map(Event::Closed));
        }
        content.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Whoever waits is woken once the lock is free.
    fn with(&self, work: impl FnOnce(&mut Content)) {
        let mut content = self.content();
        work(&mut content);
        let waker = content.waker.take();
        drop(content);
        waker.into_iter().for_each(Waker::wake);
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::rooms::{
        client::event::Message,
        history::{Epoch, Position},
        phoenix::Payload,
    };

    fn message(offset: u64) -> Event {
        let payload = Payload::json("1").unwrap();
        Event::Message(Message {
            event: "said".into(),
            payload,
            position: Some(Position { epoch: Epoch(1), offset }),
        })
    }

    fn next(inbox: &Inbox) -> Option<Event> {
        match inbox.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => event,
            Poll::Pending => panic!("nothing waits"),
        }
    }

    #[test]
    fn what_ends_is_heard_to_its_end() {
        let inbox = Inbox::new(10, 1000);
        inbox.put(message(1), 1);
        inbox.end(Some(Error::closed("it is over")));
        inbox.put(message(2), 1);
        inbox.end(None);
        assert!(matches!(next(&inbox), Some(Event::Message(_))));
        assert!(matches!(next(&inbox), Some(Event::Closed(_))));
        assert!(next(&inbox).is_none());
    }

    proptest! {
        #[test]
        fn whatever_is_dropped_is_told_of_in_front_of_the_rest(
            steps in proptest::collection::vec(prop_oneof![(1_usize..40).prop_map(Some), Just(None)], 0..200),
        ) {
            let inbox = Inbox::new(5, 100);
            let (mut said, mut heard) = (0, 0);
            let mut hear = |inbox: &Inbox| {
                match inbox.poll_next(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(Some(Event::Message(message))) => {
                        heard += 1;
                        assert_eq!(message.position.unwrap().offset, heard);
                    }
                    Poll::Ready(Some(Event::Gap(gap))) => {
                        assert_eq!(gap.from, Some(heard + 1));
                        heard = gap.to.unwrap();
                    }
                    _ => return None,
                }
                Some(heard)
            };
            for step in steps {
                match step {
                    Some(weight) => {
                        said += 1;
                        inbox.put(message(said), weight);
                        let content = inbox.content();
                        prop_assert!(content.events.len() <= 5 && content.bytes <= 100);
                    }
                    None => drop(hear(&inbox)),
                }
            }
            let mut last = None;
            while let Some(heard) = hear(&inbox) {
                last = Some(heard);
            }
            prop_assert!(last.is_none_or(|last| last == said));
        }
    }
}
