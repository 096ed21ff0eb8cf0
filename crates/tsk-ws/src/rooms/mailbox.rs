//! What waits to be sent to one client, and whoever sends it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::{
    history::{Epoch, Position},
    packet::Packet,
    queue::{Entry, Full, Lane, Next, Queue, Slow},
    topic::Topic,
};
use crate::{CloseCode, Sender};

/// What waits to be sent to one client.
///
/// Whoever says something puts it in, with the room locked, so that all members hear it in one order; and has it sent once the
/// room is free again. A socket is written to at once, in the task that speaks, for as long as the system takes it.
#[derive(Debug)]
pub(crate) struct Mailbox {
    content: Mutex<Content>,
    /// Told where something waits that the task of the client has to see to.
    changed: Notify,
}

#[derive(Debug)]
struct Content {
    queue: Queue<Packet>,
    /// The rooms of the lanes, by which gaps are told.
    rooms: HashMap<Lane, (Topic, Epoch)>,
    /// The socket, where there is one that is open.
    socket: Option<Sender>,
    closed: Option<Closed>,
}

/// That a client is to be disconnected, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) code: CloseCode,
    pub(crate) reason: &'static str,
}

impl Closed {
    const SLOW: Self = Self { code: CloseCode::Policy, reason: "too slow for what is said" };
}

/// What a client gets next that asks for it.
#[derive(Debug)]
pub(crate) enum Taken {
    Packets(Vec<Packet>),
    /// Nothing more comes.
    Closed,
}

impl Mailbox {
    /// Holds at most so many bytes.
    pub(crate) fn new(limit: usize) -> Self {
        let (queue, rooms) = (Queue::new(limit), HashMap::new());
        let content = Mutex::new(Content { queue, rooms, socket: None, closed: None });
        Self { content, changed: Notify::new() }
    }

    /// Has everything sent to a socket from now on.
    pub(crate) fn attach(&self, socket: Sender) {
        self.content().socket = Some(socket);
        self.flush();
    }

    /// Opens a lane for a room.
    pub(crate) fn open(&self, topic: &Topic, epoch: Epoch, limit: usize, slow: Slow) -> Lane {
        let mut content = self.content();
        let lane = content.queue.open(limit, slow);
        content.rooms.insert(lane, (topic.clone(), epoch));
        lane
    }

    /// Closes the lane of a room.
    pub(crate) fn close_lane(&self, lane: Lane) {
        let mut content = self.content();
        content.queue.close(lane);
        content.rooms.remove(&lane);
    }

    /// Puts something in that is never dropped. It is not sent before [`flush`](Self::flush).
    pub(crate) fn put(&self, lane: Lane, packet: Packet) {
        self.put_entry(lane, Entry { bytes: packet.len(), item: packet, offset: None, key: None });
    }

    /// Puts something in. It is not sent before [`flush`](Self::flush). A client that is too slow is closed.
    pub(crate) fn put_entry(&self, lane: Lane, entry: Entry<Packet>) {
        let mut content = self.content();
        if content.closed.is_none() && content.queue.push(lane, entry) == Err(Full) {
            content.close(Closed::SLOW);
            // It does not read it anyway.
            content.queue.clear();
        }
    }

    /// Sends what the system takes, and has the client's task see to the rest.
    pub(crate) fn flush(&self) {
        let mut content = self.content();
        if !content.send() {
            drop(content);
            self.changed.notify_one();
        }
    }

    /// Has the client disconnected, once what waits is sent.
    pub(crate) fn close(&self, code: CloseCode, reason: &'static str) {
        self.content().close(Closed { code, reason });
        self.changed.notify_one();
    }

    /// Waits until there is something to see to.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Takes packets of up to so many bytes, at least one where there is one; for a client that asks for them.
    pub(crate) fn take(&self, most: usize) -> Taken {
        let mut content = self.content();
        let (mut packets, mut bytes) = (Vec::new(), 0);
        while bytes < most
            && let Some(packet) = content.next()
        {
            bytes += packet.len();
            packets.push(packet);
        }
        match content.closed {
            Some(_) if packets.is_empty() => Taken::Closed,
            _ => Taken::Packets(packets),
        }
    }

    /// Why the client is to be disconnected, if it is.
    pub(crate) fn closed(&self) -> Option<Closed> {
        self.content().closed
    }

    /// How many bytes wait.
    pub(crate) fn waiting(&self) -> usize {
        self.content().queue.bytes()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// Sends what the system takes. `false` where something is left for the task of the client.
    fn send(&mut self) -> bool {
        let Some(socket) = self.socket.clone() else { return self.queue.is_empty() && self.closed.is_none() };
        if socket.share_all(|| self.next()).is_err() {
            self.socket = None;
            return false;
        }
        self.queue.is_empty() && self.closed.is_none()
    }

    fn next(&mut self) -> Option<Packet> {
        loop {
            match self.queue.pop()? {
                Next::Item(packet) => return Some(packet),
                Next::Gap(lane, gap) => {
                    metrics::counter!("ws_messages_dropped_total")
                        .increment(gap.from.map_or(1, |from| gap.to - from + 1));
                    let Some((topic, epoch)) = self.rooms.get(&lane) else { continue };
                    return Some(Packet::gap(topic, Position { epoch: *epoch, offset: gap.to }, gap));
                }
            }
        }
    }

    fn close(&mut self, closed: Closed) {
        if self.closed.is_none() {
            metrics::counter!("ws_disconnects_total", "reason" => closed.reason).increment(1);
            self.closed = Some(closed);
        }
    }
}
