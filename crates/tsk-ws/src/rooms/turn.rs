//! What is being decided, so that what a client sends again meanwhile is not decided twice.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::watch;

use super::{
    Inner,
    recent::{Done, Name},
    room::Refusal,
    topic::Topic,
};

/// Messages of a room that code is deciding of. There are no more of them than members, as each member says one thing at a time.
#[derive(Debug, Default)]
pub(crate) struct Deciding(HashMap<Name, Waiting>);

/// What waits for the decision of a message; `None` before there is one. It ends without one where the first sender has gone.
pub(crate) type Waiting = watch::Receiver<Option<Result<Done, Refusal>>>;

/// The right to decide of a message, and the duty: whoever has sent it again waits meanwhile. Where it is dropped, the next may.
#[derive(Debug)]
pub(crate) struct Turn {
    rooms: Arc<Inner>,
    topic: Topic,
    name: Name,
    decided: watch::Sender<Option<Result<Done, Refusal>>>,
}

impl Deciding {
    /// Whose decision is waited for, if it is somebody's turn.
    pub(crate) fn find(&self, name: &Name) -> Option<Waiting> {
        self.0.get(name).cloned()
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Turn {
    /// Takes the turn, which is nobody's.
    pub(crate) fn take(rooms: &Arc<Inner>, topic: &Topic, name: &Name, deciding: &mut Deciding) -> Self {
        let (decided, waiting) = watch::channel(None);
        deciding.0.insert(name.clone(), waiting);
        Self { rooms: Arc::clone(rooms), topic: topic.clone(), name: name.clone(), decided }
    }

    /// Tells those who wait.
    pub(crate) fn decide(self, decision: Result<Done, Refusal>) {
        self.decided.send_replace(Some(decision));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Its owner is in the room, which is therefore the one that it was taken in.
        self.rooms.hub.with_existing(&self.topic, |room| room.deciding().0.remove(&self.name));
    }
}
