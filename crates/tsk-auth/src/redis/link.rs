//! The connection to a Redis, and the next one.

use std::{
    fs, io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use ::redis::{
    AsyncConnectionConfig, Client, FromRedisValue, RedisError, ScriptInvocation, TlsCertificates,
    aio::MultiplexedConnection, io::tcp::TcpSettings,
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use super::Settings;
use crate::Error;

/// How long nobody tries to connect after somebody has, half of it by chance: so that those who have lost the same server do not
/// storm it, and requests that would have to wait for nothing have their answer at once.
const PAUSE: Duration = Duration::from_millis(250);

/// How a Redis is reached.
pub(super) struct Link {
    client: Client,
    settings: Settings,
    /// Of the questions that may wait for an answer.
    places: Semaphore,
    slot: Mutex<Slot>,
    /// Held by the one who connects.
    connecting: tokio::sync::Mutex<()>,
    is_away: AtomicBool,
}

#[derive(Default)]
struct Slot {
    connection: Option<MultiplexedConnection>,
    /// Which one it is, to tell it from the one before.
    number: u64,
    not_before: Option<Instant>,
}

impl Slot {
    fn connection(&self) -> Option<(MultiplexedConnection, u64)> {
        self.connection.clone().map(|connection| (connection, self.number))
    }
}

/// Why there was no answer.
enum Failure {
    /// The connection is of no more use: the question can be asked again on another.
    Lost(io::Error),
    /// There is nobody who could be asked, or it was answered with an error.
    Final(io::Error),
}

impl Link {
    pub(super) fn new(settings: Settings) -> Result<Self, Error> {
        settings.validate()?;
        // A write never waits for the answer to the one before.
        let info = settings.info.clone().set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let client = match &settings.authorities {
            Some(path) => {
                let read = fs::read(path);
                let pem = read.map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
                Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: Some(pem) })
            }
            None => Client::open(info),
        };
        let client = client.map_err(|error| Error::new(error.to_string()))?;
        Ok(Self {
            client,
            places: Semaphore::new(settings.waiting),
            settings,
            slot: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
            is_away: AtomicBool::new(false),
        })
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) async fn call<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> io::Result<T> {
        let Ok(_place) = self.places.try_acquire() else {
            return Err(io::Error::other(format!("{} wait for Redis already", self.settings.waiting)));
        };
        let due = Instant::now() + self.settings.timeout;
        let answer = match self.ask(call, due).await {
            Err(Failure::Lost(_)) => self.ask(call, due).await,
            answer => answer,
        };
        let answer = answer.map_err(|failure| match failure {
            Failure::Lost(error) | Failure::Final(error) => error,
        });
        self.tell(answer.as_ref().err());
        answer
    }

    async fn ask<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>, due: Instant) -> Result<T, Failure> {
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "there was no answer in time");
        let connected = timeout_at(due, self.connection()).await;
        let (mut connection, number) =
            connected.map_err(late).and_then(|connected| connected).map_err(Failure::Final)?;
        match timeout_at(due, call.invoke_async(&mut connection)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if error.is_unrecoverable_error() => {
                self.leave(number);
                Err(Failure::Lost(told(&error)))
            }
            Ok(Err(error)) => Err(Failure::Final(told(&error))),
            // A connection on which something is late cannot be told from one on which nothing will ever come. Whoever else waits
            // on it may still have an answer.
            Err(elapsed) => {
                self.leave(number);
                Err(Failure::Final(late(elapsed)))
            }
        }
    }

    /// The connection, or the next one, which one connects for all.
    async fn connection(&self) -> io::Result<(MultiplexedConnection, u64)> {
        if let Some(connection) = self.slot().connection() {
            return Ok(connection);
        }
        let _connecting = self.connecting.lock().await;
        {
            let mut slot = self.slot();
            if let Some(connection) = slot.connection() {
                return Ok(connection);
            }
            let now = Instant::now();
            if slot.not_before.is_some_and(|not_before| now < not_before) {
                return Err(io::Error::new(io::ErrorKind::NotConnected, "there is no connection"));
            }
            // Beforehand, as whoever connects may give up.
            slot.not_before = Some(now + PAUSE.mul_f64(0.5 + fastrand::f64() / 2.0));
        }
        let limit = Some(self.settings.timeout);
        let config = AsyncConnectionConfig::new().set_connection_timeout(limit).set_response_timeout(None);
        let connected = self.client.get_multiplexed_async_connection_with_config(&config).await;
        let connection = connected.map_err(|error| told(&error))?;
        let mut slot = self.slot();
        slot.connection = Some(connection.clone());
        slot.number += 1;
        slot.not_before = None;
        Ok((connection, slot.number))
    }

    /// Leaves a connection, unless somebody has done so.
    fn leave(&self, number: u64) {
        let mut slot = self.slot();
        if slot.number == number {
            slot.connection = None;
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells operators once of an outage, and once of its end.
    fn tell(&self, error: Option<&io::Error>) {
        let address = self.settings.info.addr();
        match error {
            Some(error) if !self.is_away.swap(true, Relaxed) => {
                tracing::error!(%address, %error, "Redis cannot be asked: who shows a session or a key is not let in");
            }
            None if self.is_away.load(Relaxed) && self.is_away.swap(false, Relaxed) => {
                tracing::info!(%address, "Redis can be asked again");
            }
            Some(_) | None => {}
        }
    }
}

fn told(error: &RedisError) -> io::Error {
    io::Error::other(error.to_string())
}
