//! From changes to who is told of them.

use std::{fmt, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::Instant;
use tsk_core::check::Status;

use super::{Notice, Notify, queue::Queue, teller::Teller};

/// Somebody who is told.
#[derive(Clone)]
pub(crate) struct Recipient {
    pub(crate) name: String,
    pub(crate) notifier: Arc<dyn Notify>,
    /// From what on they want to know.
    pub(crate) from: Status,
    /// After how long they have to be told again of what still is so.
    pub(crate) again: Option<Duration>,
}

impl Recipient {
    pub(crate) fn own(name: String, notifier: Arc<dyn Notify>) -> Self {
        Self { name, notifier, from: Status::Warn, again: None }
    }
}

/// Where changes come in and notices go out.
pub(crate) struct Desk {
    tellers: Vec<Teller>,
    recipients: Vec<(Recipient, Queue)>,
    quiet: Duration,
    random: fastrand::Rng,
}

/// Somebody to be told of something.
pub(crate) struct Delivery {
    pub(crate) recipient: usize,
    pub(crate) notifier: Arc<dyn Notify>,
    pub(crate) notices: Vec<Notice>,
}

impl Desk {
    pub(crate) fn new(checks: usize, recipients: Vec<Recipient>, quiet: Duration, now: Instant) -> Self {
        let queue = |recipient: Recipient| {
            let queue = Queue::new(recipient.again, now);
            (recipient, queue)
        };
        Self {
            tellers: vec![Teller::new(); checks],
            recipients: recipients.into_iter().map(queue).collect(),
            quiet,
            random: fastrand::Rng::new(),
        }
    }

    pub(crate) fn changed(&mut self, index: usize, notice: Notice, now: Instant) {
        self.tellers[index].changed(notice, now);
    }

    /// Whoever is to be told of something now.
    pub(crate) fn deliveries(&mut self, now: Instant) -> Vec<Delivery> {
        for teller in &mut self.tellers {
            let before = teller.told();
            let Some(notice) = teller.tell(now, self.quiet) else { continue };
            for (recipient, queue) in &mut self.recipients {
                // Who wants to know of failures alone is told when one has become a mere warning: that is its end.
                let notice = match notice.status {
                    status if status >= recipient.from => notice.clone(),
                    _ if before >= recipient.from => Notice { status: Status::Pass, ..notice.clone() },
                    _ => continue,
                };
                queue.push(notice, now);
            }
        }
        let due = self.recipients.iter_mut().enumerate().filter_map(|(index, (recipient, queue))| {
            let notices = queue.take(now)?;
            Some(Delivery { recipient: index, notifier: Arc::clone(&recipient.notifier), notices })
        });
        due.collect()
    }

    pub(crate) fn told(&mut self, index: usize, result: Result<(), String>, now: Instant) {
        let (recipient, queue) = &mut self.recipients[index];
        if let Err(error) = &result {
            tracing::warn!(recipient = %recipient.name, "a notice of health was not taken, and is tried again: {error}");
        }
        queue.told(result, now, &mut self.random);
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        let tellers = self.tellers.iter().filter_map(Teller::next);
        tellers.chain(self.recipients.iter().filter_map(|(_, queue)| queue.next())).min()
    }

    /// Goes on where another has got to, given the checks that both have: `(here, there)`. Of those that are `gone` nobody
    /// would hear any more, so what was told of them is taken back.
    pub(crate) fn succeed(
        &mut self,
        former: &Self,
        kept: &[(usize, usize)],
        gone: Vec<(usize, Notice)>,
        now: Instant,
    ) {
        for (here, there) in kept {
            self.tellers[*here] = former.tellers[*there].clone();
        }
        for (recipient, queue) in &mut self.recipients {
            let Some((_, old)) = former.recipients.iter().find(|(other, _)| other.name == recipient.name)
            else {
                continue;
            };
            queue.succeed(old);
            for (there, notice) in &gone {
                if former.tellers[*there].told() >= recipient.from {
                    queue.push(notice.clone(), now);
                }
            }
        }
    }

    pub(crate) fn report(&self) -> Value {
        let each = self.recipients.iter().map(|(recipient, queue)| {
            json!({
                "name": recipient.name,
                "waiting": queue.waiting(),
                "told": queue.counts.told,
                "retried": queue.counts.retried,
                "lost": queue.counts.lost,
                "error": queue.error,
            })
        });
        each.collect()
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("tellers", &self.tellers).finish_non_exhaustive()
    }
}
