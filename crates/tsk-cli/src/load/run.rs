//! A load test from the first connection to the last answer.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::pacer::Pacer;
use super::plan::{Pace, Plan};
use super::progress::Progress;
use super::report::{Report, Rest};
use super::tally::Tally;
use super::worker::{Shared, Worker};
use crate::client::{Connection, Connector, Failure, Reason};

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);

/// Makes the requests of a plan, until the time is over or `stop` ends.
///
/// # Errors
///
/// If not one connection can be made to begin with.
pub(crate) async fn run(
    plan: Plan,
    connector: Connector,
    stop: impl Future<Output = ()>,
) -> Result<Report, Failure> {
    let shared = Arc::new(Shared::new(plan, connector));
    let connections = connect(&shared).await?;
    let start = Instant::now();
    let pacer = match shared.plan.pace {
        Pace::Open { .. } => {
            let (permits, waiting) = (Arc::clone(&shared.permits), connections.len());
            Some(Pacer::start(shared.schedule, start, permits, waiting))
        }
        Pace::Closed => None,
    };
    let mut workers = JoinSet::new();
    for connection in connections {
        workers.spawn(Worker { shared: Arc::clone(&shared), connection }.work(start));
    }
    let progress = Progress::new(shared.plan.total());
    let mut tick = tokio::time::interval(TICK);
    tokio::pin!(stop);
    let is_interrupted = loop {
        tokio::select! {
            ended = workers.join_next() => if ended.is_none() { break false },
            _ = tick.tick() => progress.show(start.elapsed(), shared.done.load(Relaxed), shared.wrong.load(Relaxed)),
            () = &mut stop => break true,
        }
    };
    drop(pacer);
    workers.shutdown().await;
    progress.finish();
    Ok(finish(&shared, start.elapsed(), is_interrupted))
}

/// Makes all connections before the first request is due; those that cannot be made now are tried again.
async fn connect(shared: &Arc<Shared>) -> Result<Vec<Option<Connection>>, Failure> {
    let mut tasks = JoinSet::new();
    for _ in 0..shared.plan.connections {
        let shared = Arc::clone(shared);
        tasks.spawn(async move {
            let connected = tokio::time::timeout(shared.plan.timeout, shared.connector.connect()).await;
            connected.unwrap_or_else(|_| Err(Failure::new(Reason::Timeout, "no connection in time")))
        });
    }
    let mut connections = Vec::new();
    let mut failure = None;
    for connected in tasks.join_all().await {
        connections.push(connected.map_err(|error| failure = Some(error)).ok());
    }
    match failure {
        Some(failure) if connections.iter().all(Option::is_none) => Err(failure),
        _ => Ok(connections),
    }
}

/// Counts what was due and is not among the answers.
fn finish(shared: &Shared, elapsed: Duration, is_interrupted: bool) -> Report {
    let Shared { plan, schedule, .. } = shared;
    let mut tally = std::mem::replace(&mut *shared.tally(), Tally::new());
    let (sent, done) = (shared.sent.load(Relaxed), shared.done.load(Relaxed));
    let mut unsent = 0;
    if let Pace::Open { .. } = plan.pace {
        let due = if is_interrupted { schedule.due_by(elapsed) } else { schedule.total() };
        // They are sent in their order, so that it is the last ones that were not.
        let first = sent.max(schedule.before(plan.warmup));
        unsent = due.saturating_sub(first);
        if unsent > 0 {
            let waited = |number| elapsed.saturating_sub(schedule.due(number));
            tally.unsent(unsent, waited(first), waited(due - 1));
        }
    }
    let rest = Rest { unsent, abandoned: sent - done, elapsed, is_interrupted };
    Report::new(plan, shared.connector.target(), &tally, &rest)
}
