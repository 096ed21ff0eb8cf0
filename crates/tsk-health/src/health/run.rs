//! What makes the checks, and tells of them.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime},
};

use tokio::{
    task::{Id, JoinError, JoinSet},
    time::{Instant, sleep_until, timeout},
};
use tsk_core::{
    Drain,
    check::{Finding, Status},
};

use super::{Health, State, patient::patient};
use crate::{
    notice::{Delivery, Notice},
    pulse::Pulse,
};

/// How often a heartbeat that is silent is felt, to be told of when it beats again.
const FEEL: Duration = Duration::from_secs(1);

/// How long those who are to be told of something get once the service stops.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What a task was for.
#[derive(Debug, Clone, Copy)]
enum Job {
    Check(usize),
    Notice(usize),
}

enum Done {
    Found(Finding),
    Told(Result<(), String>),
}

/// What there is to do at some moment.
struct Step {
    begun: Vec<usize>,
    late: Vec<usize>,
    deliveries: Vec<Delivery>,
    next: Option<Instant>,
}

#[derive(Default)]
struct Tasks {
    set: JoinSet<Done>,
    jobs: HashMap<Id, Job>,
    /// How to give up a check that is being made.
    checks: HashMap<usize, tokio::task::AbortHandle>,
}

impl Health {
    /// Makes the checks, and tells whoever is to be told, until the drain starts; from then on the service is not ready.
    ///
    /// Each check, and each notice, is a task on the runtime on which this is awaited, and ends with it: one that hangs holds up
    /// no other. Nor does a check that blocks its thread, which it should not, on a runtime of several threads: that goes on
    /// with another in its place. A runtime of one thread stands still meanwhile. To be awaited once.
    pub async fn run(&self, drain: Drain) {
        let hold = drain.hold();
        if self.0.is_run.swap(true, Ordering::Relaxed) {
            tracing::warn!("the checks of health are run twice; this time does nothing");
            drain.started().await;
            return;
        }
        let mut tasks = Tasks::default();
        let started = drain.started();
        tokio::pin!(started);
        loop {
            let step = self.step(Instant::now(), &mut tasks);
            tokio::select! {
                biased;
                () = &mut started => break,
                Some(joined) = tasks.set.join_next_with_id() => self.joined(joined, &mut tasks),
                () = sleep_until(step.unwrap_or_else(Instant::now)), if step.is_some() => {}
                () = self.0.wake.notified() => {}
            }
        }
        self.0.leases.drain();
        self.0.looked.send_modify(|count| *count += 1);
        for (_, check) in tasks.checks.drain() {
            check.abort();
        }
        let _ = timeout(LAST_WORDS, self.tell_the_rest(&mut tasks)).await;
        drop(hold);
    }

    /// Does what is due, and says when there is more.
    fn step(&self, now: Instant, tasks: &mut Tasks) -> Option<Instant> {
        let Step { begun, late, deliveries, next } = {
            let mut state = self.state();
            let late = state.engine.expire(now);
            let begun = state.engine.begin(now);
            for change in state.engine.changes(now) {
                let notice = self.notice(change.index, &state, now);
                state.desk.changed(change.index, notice, now);
            }
            let felt = self.feel(&mut state, now);
            let deliveries = state.desk.deliveries(now);
            self.publish(&state, now);
            let next = [state.engine.next(now), state.desk.next(), felt].into_iter().flatten().min();
            Step { begun, late, deliveries, next }
        };
        self.0.looked.send_modify(|count| *count += 1);
        for index in late {
            if let Some(check) = tasks.checks.remove(&index) {
                check.abort();
            }
        }
        for index in begun {
            let check = Arc::clone(&self.0.checks[index].check);
            let task = tasks
                .set
                .spawn(async move { Done::Found(patient(async move { check.check().await }).await) });
            tasks.jobs.insert(task.id(), Job::Check(index));
            tasks.checks.insert(index, task);
        }
        tasks.deliver(deliveries);
        next
    }

    fn joined(&self, joined: Result<(Id, Done), JoinError>, tasks: &mut Tasks) {
        let (id, done) = match joined {
            Ok((id, done)) => (id, Some(done)),
            Err(error) if error.is_panic() => (error.id(), Some(Done::Told(Err("it panicked".into())))),
            Err(error) => (error.id(), None),
        };
        let Some(job) = tasks.jobs.remove(&id) else { return };
        let (mut state, now) = (self.state(), Instant::now());
        match (job, done) {
            (Job::Check(index), done) => {
                tasks.checks.remove(&index);
                let finding = done.map(|done| match done {
                    Done::Found(finding) => finding,
                    Done::Told(_) => Finding::fail("the check panicked"),
                });
                state.engine.found(index, now, finding);
            }
            (Job::Notice(index), Some(Done::Told(told))) => state.desk.told(index, told, now),
            (Job::Notice(index), _) => state.desk.told(index, Err("it was given up".into()), now),
        }
    }

    /// What has changed last is told even to those who stop.
    async fn tell_the_rest(&self, tasks: &mut Tasks) {
        loop {
            let deliveries = self.state().desk.deliveries(Instant::now());
            tasks.deliver(deliveries);
            if !tasks.jobs.values().any(|job| matches!(job, Job::Notice(_))) {
                return;
            }
            match tasks.set.join_next_with_id().await {
                Some(joined) => self.joined(joined, tasks),
                None => return,
            }
        }
    }

    /// Has told of heartbeats that have fallen silent, or are there again, and says when to feel them next.
    fn feel(&self, state: &mut State, now: Instant) -> Option<Instant> {
        let (checks, pulses) = (self.0.checks.len(), &self.0.pulses);
        for (index, pulse) in pulses.iter().enumerate() {
            let is_silent = !pulse.is_beating();
            if std::mem::replace(&mut state.silent[index], is_silent) != is_silent {
                state.desk.changed(checks + index, heard(pulse, is_silent), now);
            }
        }
        // One that beats now is silent for too long at the earliest when that time is over.
        let wait = |pulse: &Pulse| match pulse.silence().checked_sub(pulse.silent()) {
            Some(left) => left + Duration::from_millis(1),
            None => FEEL,
        };
        pulses.iter().map(|pulse| now + wait(pulse)).min()
    }

    fn notice(&self, index: usize, state: &State, now: Instant) -> Notice {
        let entry = state.engine.entry(index);
        Notice {
            check: self.0.checks[index].name.clone(),
            status: entry.level(now).status(),
            output: entry.output(now),
            observed: entry.last().and_then(|last| last.finding.observed),
            since: SystemTime::now() - (now - entry.since()),
            changes: 1,
        }
    }
}

/// How a heartbeat stands.
fn heard(pulse: &Pulse, is_silent: bool) -> Notice {
    let (silent, may_be) = (pulse.silent(), pulse.silence());
    let (status, output) = if is_silent {
        (Status::Fail, format!("no heartbeat for {} s, of at most {}", silent.as_secs(), may_be.as_secs()))
    } else {
        (Status::Pass, String::new())
    };
    let since = SystemTime::now() - silent.saturating_sub(may_be);
    Notice { check: pulse.name().to_owned(), status, output, observed: None, since, changes: 1 }
}

impl Tasks {
    fn deliver(&mut self, deliveries: Vec<Delivery>) {
        for Delivery { recipient, notifier, notices } in deliveries {
            let task = self.set.spawn(async move { Done::Told(notifier.notify(&notices).await) });
            self.jobs.insert(task.id(), Job::Notice(recipient));
        }
    }
}
