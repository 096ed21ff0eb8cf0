//! One connection's part in a load test.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::plan::{Pace, Plan};
use super::schedule::Schedule;
use super::tally::Tally;
use crate::client::{Answer, Connection, Connector, Failure, Read, Reason};

/// How long requests that are late may still be sent once the last one was due.
const CATCH_UP: Duration = Duration::from_secs(1);

/// How long a connection that cannot be made is left alone, where nothing else sets the pace.
const PAUSE: Duration = Duration::from_millis(100);

/// What the connections share.
pub(super) struct Shared {
    pub(super) plan: Plan,
    pub(super) connector: Connector,
    pub(super) schedule: Schedule,
    /// One for each request that is due.
    pub(super) permits: Arc<Semaphore>,
    /// The number of the next request.
    next: AtomicU64,
    /// Those that were sent, or could not be.
    pub(super) sent: AtomicU64,
    /// Those of which something came, counted or not, and those that failed.
    pub(super) done: AtomicU64,
    pub(super) wrong: AtomicU64,
    tally: Mutex<Tally>,
}

impl Shared {
    pub(super) fn new(plan: Plan, connector: Connector) -> Shared {
        let rate = match plan.pace {
            Pace::Open { rate } => rate,
            Pace::Closed => 1.0,
        };
        Shared {
            schedule: Schedule::new(rate, plan.total()),
            permits: Arc::new(Semaphore::new(0)),
            next: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            done: AtomicU64::new(0),
            wrong: AtomicU64::new(0),
            tally: Mutex::new(Tally::new()),
            plan,
            connector,
        }
    }

    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what came of a request; `turn` is nothing while it warms up.
    fn record(&self, result: &Result<Answer, Failure>, start: Instant, turn: Option<Turn>) {
        self.done.fetch_add(1, Relaxed);
        if !matches!(result, Ok(answer) if answer.status.as_u16() < 400) {
            self.wrong.fetch_add(1, Relaxed);
        }
        let Some(Turn { due, is_delayed }) = turn else { return };
        let now = start.elapsed();
        let mut tally = self.tally();
        tally.record(result, now.saturating_sub(due));
        tally.delayed += u64::from(is_delayed);
        tally.last = tally.last.max(now);
    }
}

/// When a request was to be made, from the start.
struct Turn {
    due: Duration,
    /// Whether every connection had another request then.
    is_delayed: bool,
}

/// A connection, made again when it is lost.
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) connection: Option<Connection>,
}

impl Worker {
    pub(super) async fn work(mut self, start: Instant) {
        match self.shared.plan.pace {
            Pace::Open { .. } => self.by_the_clock(start).await,
            Pace::Closed => self.one_after_the_other(start).await,
        }
    }

    async fn by_the_clock(&mut self, start: Instant) {
        let shared = Arc::clone(&self.shared);
        let end = shared.plan.total() + CATCH_UP;
        let uncounted = shared.schedule.before(shared.plan.warmup);
        let mut free = Duration::ZERO;
        loop {
            let Ok(permit) = shared.permits.acquire().await else { return };
            permit.forget();
            let number = shared.next.fetch_add(1, Relaxed);
            if number >= shared.schedule.total() || start.elapsed() >= end {
                return;
            }
            let due = shared.schedule.due(number);
            shared.sent.fetch_add(1, Relaxed);
            let result = self.ask(number).await;
            // Whoever was free took it at once: it waited if nobody was.
            let turn = Turn { due, is_delayed: free > due };
            shared.record(&result, start, Some(turn).filter(|_| number >= uncounted));
            free = start.elapsed();
        }
    }

    async fn one_after_the_other(&mut self, start: Instant) {
        let shared = Arc::clone(&self.shared);
        loop {
            let sent = start.elapsed();
            if sent >= shared.plan.total() {
                return;
            }
            let number = shared.next.fetch_add(1, Relaxed);
            shared.sent.fetch_add(1, Relaxed);
            let result = self.ask(number).await;
            let is_unreachable = matches!(&result, Err(failure) if failure.reason == Reason::Connect);
            let turn = Turn { due: sent, is_delayed: false };
            shared.record(&result, start, Some(turn).filter(|_| sent >= shared.plan.warmup));
            if is_unreachable {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn ask(&mut self, number: u64) -> Result<Answer, Failure> {
        let shared = Arc::clone(&self.shared);
        let requests = &shared.plan.requests;
        let request = &requests[(number % requests.len() as u64) as usize];
        let asked = async {
            // A server may close a connection that is idle at any time, also while a request is on its way.
            for _ in 0..2 {
                let kept = match self.connection.take() {
                    Some(mut kept) => kept.is_open().await.then_some(kept),
                    None => None,
                };
                let is_fresh = kept.is_none();
                let mut connection = match kept {
                    Some(kept) => kept,
                    None => shared.connector.connect().await?,
                };
                match connection.ask(request.clone(), Read::Whole).await {
                    Err(failure) if failure.is_unsent() && !is_fresh => {}
                    Err(failure) => return Err(failure),
                    Ok(answer) => {
                        self.connection = Some(connection);
                        return Ok(answer);
                    }
                }
            }
            Err(Failure::new(Reason::Closed, "the connection was closed"))
        };
        match tokio::time::timeout(shared.plan.timeout, asked).await {
            Ok(result) => result,
            Err(_) => Err(Failure::new(Reason::Timeout, "no answer in time")),
        }
    }
}
