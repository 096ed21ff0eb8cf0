//! What was said and what was heard, and whether that agrees.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use tsk_ws::rooms::Position;

/// Who has said it, and the how manieth of that one it is.
pub(super) type Said = (usize, u64);

/// What was said and what was heard, over all rooms.
pub(super) struct Ledger {
    rooms: Mutex<HashMap<String, Room>>,
    counts: Mutex<Counts>,
    listeners: watch::Sender<usize>,
    is_said: watch::Sender<bool>,
}

#[derive(Default)]
struct Room {
    /// What is at each offset, whoever heard it first.
    at: HashMap<u64, Said>,
    /// Where the server says that something was said.
    answered: HashMap<Said, u64>,
    last: u64,
}

/// What was counted.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) said: usize,
    /// Sent again, because the answer was lost, and not said again.
    pub(super) repeated: usize,
    pub(super) heard: usize,
    pub(super) rejoined: usize,
    pub(super) gaps: usize,
    /// Messages that gaps were about.
    pub(super) lost: u64,
    /// Gaps in rooms that keep enough.
    pub(super) needless: usize,
    /// What should not be, of which the first few are shown.
    pub(super) wrong: usize,
}

impl Ledger {
    pub(super) fn new(rooms: impl Iterator<Item = String>) -> Self {
        let rooms = rooms.map(|topic| (topic, Room::default())).collect();
        Self {
            rooms: Mutex::new(rooms),
            counts: Mutex::default(),
            listeners: watch::Sender::new(0),
            is_said: watch::Sender::new(false),
        }
    }

    /// Somebody listens.
    pub(super) fn listens(&self) {
        self.listeners.send_modify(|listeners| *listeners += 1);
    }

    pub(super) async fn wait_for_listeners(&self, count: usize) {
        // It fails only where there is no ledger any more.
        let _ = self.listeners.subscribe().wait_for(|listeners| *listeners >= count).await;
    }

    /// Something was said, and the server says where.
    pub(super) fn answered(&self, topic: &str, said: Said, offset: u64, is_repeated: bool) {
        let mut counts = self.counts();
        (counts.said, counts.repeated) = (counts.said + 1, counts.repeated + usize::from(is_repeated));
        drop(counts);
        self.with(topic, |room| {
            room.last = room.last.max(offset);
            room.answered.insert(said, offset);
        });
    }

    /// Something was heard behind what was heard last.
    pub(super) fn heard(&self, topic: &str, before: Position, said: Said, at: Position) {
        self.counts().heard += 1;
        if (at.epoch, at.offset) != (before.epoch, before.offset + 1) {
            self.wrong(format!("{topic}: {at} is heard after {before}"));
        }
        let first = self.with(topic, |room| *room.at.entry(at.offset).or_insert(said));
        if first != said {
            self.wrong(format!("{topic}: {at} is {first:?} to one and {said:?} to another"));
        }
    }

    /// Something is lost behind what was heard last.
    pub(super) fn lost(&self, topic: &str, before: Position, from: Option<u64>, to: Option<u64>) {
        let (Some(from), Some(to)) = (from, to) else {
            return self.wrong(format!(
                "{topic}: {from:?} to {to:?} is lost, and the server was there all the time"
            ));
        };
        if from != before.offset + 1 || to < from {
            self.wrong(format!("{topic}: {from} to {to} is lost after {before}"));
        }
        let mut counts = self.counts();
        counts.gaps += 1;
        counts.lost += to - from + 1;
        counts.needless += usize::from(topic.starts_with("kept:"));
    }

    pub(super) fn rejoined(&self) {
        self.counts().rejoined += 1;
    }

    pub(super) fn wrong(&self, what: String) {
        let mut counts = self.counts();
        counts.wrong += 1;
        if counts.wrong <= 10 {
            println!("wrong: {what}");
        }
    }

    /// Nothing more is said.
    pub(super) fn all_is_said(&self) {
        self.is_said.send_replace(true);
    }

    /// Tells when nothing more is said.
    pub(super) fn is_said(&self) -> watch::Receiver<bool> {
        self.is_said.subscribe()
    }

    /// The offset of the last that was said in a room.
    pub(super) fn last(&self, topic: &str) -> u64 {
        self.with(topic, |room| room.last)
    }

    /// Whether nothing was wrong: what was answered is where the server said, and nothing is there twice.
    pub(super) fn holds(&self) -> bool {
        let rooms: Vec<String> = self.rooms().keys().cloned().collect();
        for topic in rooms {
            let wrong = self.with(&topic, |room| {
                let mut wrong = Vec::new();
                let twice = room.at.len() - room.at.values().collect::<HashSet<_>>().len();
                if twice > 0 {
                    wrong.push(format!("{topic}: {twice} messages were said twice"));
                }
                for (said, offset) in &room.answered {
                    // What nobody heard was lost to all of them, and that was told.
                    if room.at.get(offset).is_some_and(|there| there != said) {
                        wrong.push(format!("{topic}: {said:?} is not at {offset}, where the server said"));
                    }
                }
                wrong
            });
            wrong.into_iter().for_each(|what| self.wrong(what));
        }
        let counts = self.counts();
        // A run in which nobody came back, or nothing was lost or sent again, has shown nothing.
        let is_shown = counts.rejoined > 0 && counts.gaps > 0 && counts.repeated > 0;
        if !is_shown {
            println!("too little happened: let it run longer");
        }
        is_shown && counts.wrong == 0 && counts.needless == 0
    }

    fn with<R>(&self, topic: &str, work: impl FnOnce(&mut Room) -> R) -> R {
        work(self.rooms().get_mut(topic).expect("it is one of the rooms"))
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<String, Room>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { said, repeated, heard, rejoined, gaps, lost, needless, wrong } = &*self.counts();
        write!(
            f,
            "{rejoined} rooms joined again; {said} messages said, {repeated} of them sent again and said once; {heard} heard; \
             {gaps} gaps of {lost} messages, {needless} where enough is kept; {wrong} wrong"
        )
    }
}
