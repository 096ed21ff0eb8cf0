//! Several connections to one server.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{Builder, Client, Error, Held, Join, engine::Place, member::Asking};
use crate::rooms::topic::Topic;

/// Several connections to one server, over which rooms are spread: a connection is let into so many rooms only, and is as fast as one
/// task at each end. Clones share it.
///
/// A room is joined on the connection that is in the fewest, and stays there until it is left. It is joined once at a time, as by one
/// client.
///
/// ```no_run
/// use tsk_ws::rooms::client::{Client, Pool};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = Pool::connect(4, || Client::builder("wss://chat.example.com/socket"))?;
/// for n in 0..200 {
///     let room = pool.join(&format!("chat:{n}")).await?;
///     # drop(room);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Pool(Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    clients: Vec<Client>,
    /// Held while it is decided where a room is joined, so that it is at one place.
    deciding: Mutex<()>,
}

impl Pool {
    /// Makes so many connections, each as `builder` describes it.
    ///
    /// # Errors
    ///
    /// No connection at all, and what makes no sense to a client.
    pub fn connect(count: usize, builder: impl Fn() -> Builder) -> Result<Self, Error> {
        if count == 0 {
            return Err(Error::setting("a pool of no connection reaches nobody: name a number, such as 4"));
        }
        let clients = (0..count).map(|_| builder().connect()).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Inner { clients, deciding: Mutex::default() })))
    }

    /// Begins to join a room: [`Join`] is awaited.
    pub fn join(&self, topic: &str) -> Join {
        Join::in_pool(Arc::clone(&self.0), topic)
    }

    /// The clients, one for each connection: to watch them.
    pub fn clients(&self) -> &[Client] {
        &self.0.clients
    }

    /// Closes all, as [`Client::close`] closes one: at most so long in all. It gives how many pushes were given up.
    pub async fn close(&self, deadline: Duration) -> usize {
        let begin = Instant::now();
        let mut given_up = 0;
        // All are told before any is waited for.
        self.0.clients.iter().for_each(|client| client.begin_to_close(deadline));
        for client in &self.0.clients {
            given_up += client.close(deadline.saturating_sub(begin.elapsed())).await;
        }
        given_up
    }
}

impl Inner {
    pub(super) fn deadline(&self) -> Duration {
        self.clients.first().map_or(Duration::ZERO, |client| client.0.deadline)
    }

    /// Wants to be in a room, on the connection that is in the fewest.
    pub(super) fn join(
        &self,
        topic: &Topic,
        asking: Asking,
        deadline: Duration,
    ) -> Result<(Arc<Held>, Place), Error> {
        let _deciding = self.deciding.lock().unwrap_or_else(PoisonError::into_inner);
        if self.clients.iter().any(|client| client.0.shared.engine().is_in(topic)) {
            return Err(Error::taken());
        }
        let fewest = self.clients.iter().min_by_key(|client| client.rooms());
        let held = Arc::clone(&fewest.expect("a pool has a connection").0);
        let place = held.shared.with(|engine| engine.join(topic, asking, deadline, Instant::now()))?;
        Ok((held, place))
    }
}
