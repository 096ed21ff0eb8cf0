//! A client of rooms that comes back by itself. Feature `client`.
//!
//! ```no_run
//! use serde_json::json;
//! use tsk_ws::rooms::client::{Client, Event};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("wss://chat.example.com/socket").connect()?;
//! let mut lobby = client.join("chat:lobby").latest(20).await?;
//! lobby.push("said", &json!({ "text": "hello" })).await?;
//! while let Some(event) = lobby.next().await {
//!     match event {
//!         Event::Message(message) => println!("{}: {:?}", message.event(), message.payload()),
//!         Event::Gap(gap) => println!("something was missed: {gap:?}"),
//!         _ => {}
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! It speaks Phoenix Channels V2 over a WebSocket. When the connection is lost, it makes another, joins its rooms again, and hears what
//! was said in the meantime, or one [`Event::Gap`] that says that it does not. What it says itself is sent again until it is answered,
//! and done once.
//!
//! # Modules, in reading order
//!
//! - `settings`, `builder`: what a client can be told.
//! - `event`, `error`, `channel`, `pool`: clients, as they are used.
//! - `backoff`, `place`, `inbox`, `pushes`, `identifier`, `roster`: engines, each of one matter.
//! - `member`, `engine`: rooms that a client is in, and all that it is at.
//! - `driver`: its task.

mod backoff;
mod builder;
mod channel;
mod driver;
mod engine;
mod error;
mod event;
mod identifier;
mod inbox;
mod member;
mod place;
mod pool;
mod pushes;
mod roster;
mod settings;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use self::driver::Shared;
pub use self::{
    builder::Builder,
    channel::{Channel, Join, Pushing, Speaker},
    error::Error,
    event::{Event, Gap, Joined, Message, Reply},
    pool::Pool,
    roster::{Changes, MAX_PRESENT, Roster},
    settings::WhenFull,
};

/// A connection to a server of rooms that is made again whenever it is lost. Clones share it.
///
/// It lives for as long as there is a clone, a [`Channel`] or a [`Speaker`]: when the last is dropped, the connection is closed, whatever
/// still waits. [`close`](Self::close) waits for that.
#[derive(Clone)]
pub struct Client(Arc<Held>);

/// What a client is held by.
struct Held {
    shared: Arc<Shared>,
    state: watch::Receiver<State>,
    deadline: Duration,
}

/// How far a client is with its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// A connection is being made.
    Connecting {
        /// Which attempt it is, from 1, since there was a connection that held.
        attempt: u32,
    },
    /// There is a connection.
    Connected,
    /// There is none, and another is made then.
    Waiting {
        /// How many attempts there were.
        attempt: u32,
        /// When the next is.
        until: Instant,
        /// Why there is no connection, in one line.
        why: Box<str>,
    },
    /// There is none, and there will be none.
    Closed,
}

impl Client {
    /// Begins to describe a client of the server whose rooms are at a URL, as the official client takes it: `wss://example.com/socket`,
    /// to which it adds `/websocket`.
    pub fn builder(url: &str) -> Builder {
        Builder::new(url)
    }

    /// Begins to join a room: [`Join`] is awaited.
    pub fn join(&self, topic: &str) -> Join {
        Join::new(Arc::clone(&self.0), topic)
    }

    /// How far it is with its connection.
    pub fn state(&self) -> State {
        self.0.state.borrow().clone()
    }

    /// The same, to be watched.
    pub fn watch(&self) -> watch::Receiver<State> {
        self.0.state.clone()
    }

    /// How many pushes wait to be sent or answered.
    pub fn unanswered(&self) -> usize {
        self.0.shared.engine().unanswered()
    }

    /// Closes it: nothing more can be said, and what waits is sent and answered, for at most so long. It gives how many pushes were
    /// given up. All clones are closed, and their channels.
    pub async fn close(&self, deadline: Duration) -> usize {
        self.begin_to_close(deadline);
        let mut state = self.0.state.clone();
        // An error says that the task has ended.
        let _ = state.wait_for(|state| *state == State::Closed).await;
        self.0.shared.engine().given_up()
    }

    fn begin_to_close(&self, deadline: Duration) {
        self.0.shared.with(|engine| engine.close(deadline, Instant::now()));
    }

    /// In how many rooms it is, or wants to be.
    pub fn rooms(&self) -> usize {
        self.0.shared.engine().rooms()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.with(engine::Engine::abandon);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}
