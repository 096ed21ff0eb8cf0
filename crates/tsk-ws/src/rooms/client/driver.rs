//! The task of a client: its connection, and the next one.

use std::{
    future::{Future, pending},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until, timeout},
};
use tsk_core::{BoxError, Drain};

use super::{
    State,
    backoff::Backoff,
    engine::{Course, Engine},
};
use crate::{
    CloseCode, Message, Sender, Socket,
    client::{Connector, Request},
};

/// What all who use a client share.
#[derive(Debug)]
pub(super) struct Shared {
    engine: Mutex<Engine>,
    /// Told where the task has something to see to.
    changed: Notify,
}

impl Shared {
    pub(super) fn new(engine: Engine) -> Arc<Self> {
        Arc::new(Self { engine: Mutex::new(engine), changed: Notify::new() })
    }

    /// Does something that the task has to see to.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Engine) -> R) -> R {
        let done = work(&mut self.engine());
        self.changed.notify_one();
        done
    }

    pub(super) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What shows who is calling, asked for at each connection.
pub(super) type Token =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send>> + Send + Sync>;

/// How a client connects.
pub(super) struct Line {
    pub(super) shared: Arc<Shared>,
    pub(super) connector: Connector,
    pub(super) request: Request,
    pub(super) token: Option<Token>,
    pub(super) drain: Option<Drain>,
    /// How long a drain waits for what is not said yet.
    pub(super) patience: Duration,
}

impl Line {
    /// Goes on until the client is closed.
    pub(super) async fn run(self) {
        let hold = self.drain.as_ref().map(Drain::hold);
        let drained = async {
            match &self.drain {
                Some(drain) => drain.started().await,
                None => pending().await,
            }
            self.shared.with(|engine| engine.close(self.patience, Instant::now()));
            pending().await
        };
        tokio::select! {
            () = self.keep_connected() => {}
            () = drained => {}
        }
        self.shared.engine().over();
        drop(hold);
    }

    async fn keep_connected(&self) {
        let (first, most) = {
            let engine = self.shared.engine();
            (engine.settings().first_wait, engine.settings().longest_wait)
        };
        let mut backoff = Backoff::new(first, most);
        loop {
            let attempt = backoff.attempts().saturating_add(1);
            self.shared.engine().set_state(State::Connecting { attempt });
            let Some(connected) = self.meanwhile(self.connect()).await else { return };
            let (why, least) = match connected {
                Ok(socket) => {
                    let begin = Instant::now();
                    self.shared.engine().opened(begin);
                    let Some(why) = self.speak(socket).await else { return };
                    self.shared.engine().lost();
                    backoff.held(begin.elapsed());
                    (why, Duration::ZERO)
                }
                Err((why, least)) => (why, least),
            };
            let wait = backoff.next(fastrand::f64()).max(least.min(most));
            tracing::debug!(%why, ?wait, "a client of rooms is not connected");
            let until = Instant::now() + wait;
            self.shared.engine().set_state(State::Waiting {
                attempt: backoff.attempts(),
                until,
                why: why.into(),
            });
            if self.meanwhile(sleep_until(until)).await.is_none() {
                return;
            }
        }
    }

    /// Connects; or why it does not, and how long the server wants to be let alone.
    async fn connect(&self) -> Result<Socket, (String, Duration)> {
        let mut request = self.request.clone();
        if let Some(token) = &self.token {
            let deadline = self.shared.engine().settings().deadline;
            let token = timeout(deadline, token()).await.map_err(|_| "getting a token took too long".into());
            let token = token.and_then(|token| token.map_err(|error| format!("there is no token: {error}")));
            let shown = token.and_then(|token| request.bearer(&token).map_err(|error| error.to_string()));
            request = shown.map_err(|why| (why, Duration::ZERO))?;
        }
        let connected = self.connector.connect(&request).await;
        connected.map_err(|error| (error.to_string(), error.retry_after().unwrap_or_default()))
    }

    /// Waits, and sees to deadlines. `None` where the client ends.
    async fn meanwhile<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            let due = {
                let mut engine = self.shared.engine();
                let now = Instant::now();
                engine.tick(now, fastrand::f64());
                if engine.course(now) == Course::End {
                    return None;
                }
                engine.due(false)
            };
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = self.shared.changed.notified() => {}
                () = until(due) => {}
            }
        }
    }

    /// Speaks over a connection until it is lost, and says why. `None` where the client ends.
    async fn speak(&self, mut socket: Socket) -> Option<String> {
        let sender = socket.sender();
        loop {
            let (course, due) = self.send(&sender);
            match course {
                Course::On => {}
                Course::Again(why) => {
                    sender.abort();
                    return Some(why.into());
                }
                Course::End => {
                    socket.close(CloseCode::Normal, "").await;
                    return None;
                }
            }
            let is_queued = sender.queued() > 0;
            tokio::select! {
                received = socket.recv() => match received {
                    Some(Ok(message)) => {
                        if let Some(why) = self.hear(message) {
                            return Some(why);
                        }
                    }
                    Some(Err(error)) => return Some(error.to_string()),
                    None => return Some("the connection has ended".into()),
                },
                () = self.shared.changed.notified() => {}
                _ = sender.sent(), if is_queued => {}
                () = until(due) => {}
            }
        }
    }

    /// Does what is due, and sends what the system takes. It gives what is next, and when something is due.
    fn send(&self, sender: &Sender) -> (Course, Option<Instant>) {
        let mut engine = self.shared.engine();
        let now = Instant::now();
        engine.tick(now, fastrand::f64());
        // What the system does not take at once waits here, where it is still in order and has its deadlines.
        while sender.queued() == 0
            && let Some(message) = engine.next(now)
        {
            if sender.try_send(message).is_err() {
                break;
            }
        }
        (engine.course(now), engine.due(sender.queued() == 0))
    }

    /// Hears a message; and says why the connection is lost, if it is the last.
    fn hear(&self, message: Message) -> Option<String> {
        let (mut engine, now, random) = (self.shared.engine(), Instant::now(), fastrand::f64());
        match message {
            Message::Text(text) => engine.hear_text(&text, now, random),
            Message::Binary(bytes) => engine.hear_bytes(&bytes, now, random),
            Message::Close(frame) => return Some(closed(frame.as_ref())),
        }
        None
    }
}

/// However the task ends, those who wait for something learn of it.
impl Drop for Line {
    fn drop(&mut self) {
        self.shared.engine().over();
    }
}

fn closed(frame: Option<&crate::CloseFrame>) -> String {
    match frame {
        Some(frame) => format!("the server has closed the connection with {}: {}", frame.code, frame.reason),
        None => "the server has closed the connection".into(),
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}
