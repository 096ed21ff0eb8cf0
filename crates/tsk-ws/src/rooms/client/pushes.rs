//! What is to be said, until it is answered.

use std::{collections::BTreeMap, collections::HashMap};

use tokio::{sync::oneshot, time::Instant};

use super::{Error, Reply, settings::Settings, settings::WhenFull};
use crate::rooms::{phoenix::Payload, topic::Topic};

pub(super) type Answer = oneshot::Sender<Result<Reply, Error>>;

/// Something that is to be said.
#[derive(Debug)]
pub(super) struct Pushed {
    pub(super) topic: Topic,
    pub(super) event: Box<str>,
    pub(super) payload: Payload<'static>,
    /// Whether the server does it once, however often it is sent.
    pub(super) is_repeatable: bool,
    pub(super) until: Option<Instant>,
    pub(super) answer: Answer,
}

#[derive(Debug)]
struct Waiting {
    pushed: Pushed,
    /// By what the answer will say that it answers, where one is waited for.
    reference: Option<u64>,
    /// Whether it was sent ever.
    is_sent: bool,
}

/// What is to be said, in order, until it is answered: bounded in count and in bytes.
#[derive(Debug, Default)]
pub(super) struct Pushes {
    waiting: BTreeMap<u64, Waiting>,
    /// Of those that were sent, by what their answers say.
    sent: HashMap<u64, u64>,
    next: u64,
    bytes: usize,
}

impl Pushes {
    /// Adds one, if there is room for it or room is made.
    pub(super) fn add(&mut self, pushed: Pushed, settings: &Settings) -> Result<(), Error> {
        const FULL: &str = "as much waits to be sent as may";
        let weight = weight(&pushed);
        if weight > settings.queue_bytes {
            return Err(Error::full("it is larger than all that may wait to be sent"));
        }
        while self.waiting.len() >= settings.queue || self.bytes + weight > settings.queue_bytes {
            let oldest = self.waiting.iter().find(|(_, waiting)| !waiting.is_sent).map(|(number, _)| *number);
            match oldest.filter(|_| settings.when_full == WhenFull::DropOldest) {
                Some(number) => self.end(number, Err(Error::dropped())),
                None => return Err(Error::full(FULL)),
            }
        }
        self.bytes += weight;
        self.waiting.insert(self.next, Waiting { pushed, reference: None, is_sent: false });
        self.next += 1;
        Ok(())
    }

    /// Takes note that the next is sent whose room `is_open`, by this reference; unless too many have no answer yet.
    pub(super) fn send(
        &mut self,
        reference: u64,
        most: usize,
        is_open: impl Fn(&Topic) -> bool,
    ) -> Option<&Pushed> {
        if self.sent.len() >= most {
            return None;
        }
        // What was said before in a room goes before: of those that are not sent the first is.
        let unsent = self
            .waiting
            .iter_mut()
            .find(|(_, waiting)| waiting.reference.is_none() && is_open(&waiting.pushed.topic));
        let (number, waiting) = unsent?;
        (waiting.reference, waiting.is_sent) = (Some(reference), true);
        self.sent.insert(reference, *number);
        Some(&waiting.pushed)
    }

    /// Whether [`send`](Self::send) would give one.
    pub(super) fn answer(&mut self, reference: u64, answer: Result<Reply, Error>) -> bool {
        let Some(number) = self.sent.get(&reference).copied() else { return false };
        self.end(number, answer);
        true
    }

    /// The room of one that was sent by this reference.
    pub(super) fn topic(&self, reference: u64) -> Option<&Topic> {
        let number = self.sent.get(&reference)?;
        self.waiting.get(number).map(|waiting| &waiting.pushed.topic)
    }

    /// What was sent in these rooms is not answered any more: it is to be sent again, or nobody knows what became of it.
    pub(super) fn interrupt(&mut self, is_one: impl Fn(&Topic) -> bool) {
        let numbers: Vec<u64> = self.sent.values().copied().collect();
        for number in numbers {
            let Some(waiting) = self.waiting.get_mut(&number).filter(|waiting| is_one(&waiting.pushed.topic))
            else {
                continue;
            };
            if waiting.pushed.is_repeatable {
                self.sent.extract_if(|_, sent| *sent == number).for_each(drop);
                waiting.reference = None;
            } else {
                self.end(number, Err(Error::unanswered()));
            }
        }
    }

    /// Nothing more is said in these rooms.
    pub(super) fn close(&mut self, why: &Error, is_one: impl Fn(&Topic) -> bool) {
        let closed = self.waiting.iter().filter(|(_, waiting)| is_one(&waiting.pushed.topic));
        let closed: Vec<(u64, bool)> = closed.map(|(number, waiting)| (*number, waiting.is_sent)).collect();
        for (number, is_sent) in closed {
            self.end(number, Err(if is_sent { Error::unanswered() } else { why.clone() }));
        }
    }

    /// Gives up what is past its deadline.
    pub(super) fn expire(&mut self, now: Instant) {
        let is_due = |waiting: &Waiting| waiting.pushed.until.is_some_and(|until| until <= now);
        let due = self.waiting.iter().filter(|(_, waiting)| is_due(waiting));
        let due: Vec<(u64, bool)> = due.map(|(number, waiting)| (*number, waiting.is_sent)).collect();
        for (number, is_sent) in due {
            self.end(number, Err(Error::timed_out(is_sent)));
        }
    }

    /// When the first of them is past its deadline.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.values().filter_map(|waiting| waiting.pushed.until).min()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn end(&mut self, number: u64, answer: Result<Reply, Error>) {
        let Some(Waiting { pushed, reference, .. }) = self.waiting.remove(&number) else { return };
        self.bytes -= weight(&pushed);
        if let Some(reference) = reference {
            self.sent.remove(&reference);
        }
        // Whoever does not wait for the answer does not want it.
        let _ = pushed.answer.send(answer);
    }
}

/// What it takes to keep one, in bytes.
fn weight(pushed: &Pushed) -> usize {
    size_of::<Waiting>() + pushed.event.len() + pushed.payload.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn pushed(length: usize, is_repeatable: bool) -> (Pushed, oneshot::Receiver<Result<Reply, Error>>) {
        let (answer, answered) = oneshot::channel();
        let payload = Payload::json(format!("\"{}\"", "x".repeat(length))).unwrap();
        let topic = Topic::new("a").unwrap();
        (Pushed { topic, event: "said".into(), payload, is_repeatable, until: None, answer }, answered)
    }

    fn settings(when_full: WhenFull) -> Settings {
        Settings { queue: 5, queue_bytes: 2000, when_full, ..Settings::default() }
    }

    #[test]
    fn what_was_sent_is_sent_again_in_order_or_nobody_knows() {
        let (mut pushes, settings) = (Pushes::default(), settings(WhenFull::Refuse));
        let mut answers = Vec::new();
        for is_repeatable in [true, false, true, true] {
            let (pushed, answered) = pushed(1, is_repeatable);
            pushes.add(pushed, &settings).unwrap();
            answers.push(answered);
        }
        assert!((1..=3).all(|reference| pushes.send(reference, 3, |_| true).is_some()));
        assert!(pushes.send(4, 3, |_| true).is_none(), "three have no answer yet");
        assert!(pushes.answer(3, Err(Error::taken())) && !pushes.answer(3, Err(Error::taken())));
        pushes.interrupt(|_| true);
        assert!(answers[1].try_recv().unwrap().unwrap_err().is_sent());
        assert_eq!(pushes.len(), 2);
        assert!(!pushes.answer(1, Err(Error::taken())), "that was another connection");
        assert!(pushes.send(5, 3, |_| true).is_some() && pushes.send(6, 3, |_| true).is_some());
        pushes.answer(5, Err(Error::taken()));
        assert!(answers[0].try_recv().unwrap().unwrap_err().is_taken(), "the first is the first again");
        pushes.close(&Error::closed("over"), |_| true);
        assert!(answers[3].try_recv().unwrap().unwrap_err().is_sent());
    }

    proptest! {
        #[test]
        fn no_more_waits_than_may_and_each_is_answered_once(
            lengths in proptest::collection::vec(0_usize..900, 1..60), drops: bool, sent in 0_u64..4,
        ) {
            let settings = settings(if drops { WhenFull::DropOldest } else { WhenFull::Refuse });
            let (mut pushes, mut answers) = (Pushes::default(), Vec::new());
            for length in lengths {
                let (pushed, answered) = pushed(length, true);
                match pushes.add(pushed, &settings) {
                    Ok(()) => answers.push(answered),
                    Err(error) => prop_assert!(error.is_full()),
                }
                for reference in 0..sent {
                    if !pushes.sent.contains_key(&reference) {
                        pushes.send(reference, 4, |_| true);
                    }
                }
                prop_assert!(pushes.len() <= 5 && pushes.bytes <= 2000);
                let bytes: usize = pushes.waiting.values().map(|waiting| weight(&waiting.pushed)).sum();
                prop_assert_eq!(bytes, pushes.bytes);
            }
            let mut dropped = 0;
            for answer in &mut answers {
                if let Ok(answer) = answer.try_recv() {
                    prop_assert!(answer.unwrap_err().is_dropped());
                    dropped += 1;
                }
            }
            prop_assert_eq!(dropped + pushes.len(), answers.len());
            pushes.close(&Error::closed("over"), |_| true);
            prop_assert!(pushes.is_empty() && pushes.bytes == 0 && pushes.sent.is_empty());
        }
    }
}
