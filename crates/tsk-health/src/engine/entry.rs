//! One check: when it is due, what it found, how it stands.

use std::time::Duration;

use tokio::time::Instant;
use tsk_core::check::{Finding, Status};

use super::ago;
use crate::settings::{Kind, Settings};
use crate::threshold::Threshold;

/// How a check stands, after its thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// It has neither passed nor failed often enough yet.
    Unknown,
    Pass,
    Warn,
    Fail,
}

impl Level {
    pub(crate) fn works(self) -> bool {
        matches!(self, Level::Pass | Level::Warn)
    }

    /// In the three words there are. What is not known yet does not work yet.
    pub(crate) fn status(self) -> Status {
        match self {
            Level::Pass => Status::Pass,
            Level::Warn => Status::Warn,
            Level::Unknown | Level::Fail => Status::Fail,
        }
    }
}

/// What was found last.
#[derive(Debug, Clone)]
pub(crate) struct Ran {
    /// When it was found.
    pub(crate) at: Instant,
    /// How long the check took.
    pub(crate) took: Duration,
    pub(crate) finding: Finding,
}

/// One check.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) settings: Settings,
    due: Instant,
    running: Option<Running>,
    failing: Threshold,
    warning: Threshold,
    /// Whether it has ever worked.
    has_worked: bool,
    last: Option<Ran>,
    /// How it stood when that was last looked at, and since when.
    stood: (Level, Instant),
}

#[derive(Debug, Clone, Copy)]
struct Running {
    since: Instant,
    /// Its time is over: it counts as failed, and has not ended yet.
    is_late: bool,
}

/// What is kept of a line for operators.
const OUTPUT: usize = 256;

impl Entry {
    pub(super) fn new(settings: Settings, now: Instant) -> Self {
        Self {
            due: now + settings.start_delay,
            settings,
            running: None,
            failing: Threshold::default(),
            warning: Threshold::default(),
            has_worked: false,
            last: None,
            stood: (Level::Unknown, now),
        }
    }

    pub(super) fn succeed(&mut self, former: &Self) {
        self.due = former.due.min(self.due + self.settings.interval);
        self.failing = former.failing.clone();
        self.warning = former.warning.clone();
        self.has_worked = former.has_worked;
        self.last = former.last.clone();
        self.stood = former.stood;
    }

    /// When it is to be made next, if ever.
    pub(super) fn due(&self) -> Option<Instant> {
        let is_over = self.settings.kind == Kind::Startup && self.has_worked;
        (!is_over).then_some(self.due)
    }

    /// Whether it is to be made now; `next` is when it is due again.
    pub(super) fn begin(&mut self, now: Instant, next: Instant) -> bool {
        self.due = next;
        match self.running {
            None => {
                self.running = Some(Running { since: now, is_late: false });
                true
            }
            Some(Running { since, is_late: true }) => {
                let output = format!("the check of {} ago has not come back", ago(now - since));
                self.record(now, now - since, Finding::fail(output));
                false
            }
            Some(Running { is_late: false, .. }) => false,
        }
    }

    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let Some(running) = self.running.as_mut().filter(|running| !running.is_late) else { return false };
        let took = now - running.since;
        if took < self.settings.timeout {
            return false;
        }
        running.is_late = true;
        let output = format!("there was no result within {}", ago(self.settings.timeout));
        self.record(now, took, Finding::fail(output));
        true
    }

    pub(super) fn found(&mut self, now: Instant, finding: Option<Finding>) {
        let Some(running) = self.running.take() else { return };
        // One that is late has been counted.
        if let Some(finding) = finding.filter(|_| !running.is_late) {
            self.record(now, now - running.since, finding);
        }
    }

    fn record(&mut self, now: Instant, took: Duration, mut finding: Finding) {
        let rule = self.settings.rule();
        self.failing.record(finding.status == Status::Fail, rule);
        self.warning.record(finding.status != Status::Pass, rule);
        self.has_worked |= finding.status != Status::Fail;
        finding.output = one_line(&finding.output);
        self.last = Some(Ran { at: now, took, finding });
    }

    pub(crate) fn last(&self) -> Option<&Ran> {
        self.last.as_ref()
    }

    /// When the last result is too old. That a start has succeeded does not age.
    pub(super) fn stale_at(&self) -> Option<Instant> {
        let last = self.last.as_ref().filter(|_| self.settings.kind != Kind::Startup)?;
        Some(last.at + self.settings.oldest())
    }

    pub(crate) fn is_stale(&self, now: Instant) -> bool {
        self.stale_at().is_some_and(|stale| stale <= now)
    }

    pub(crate) fn level(&self, now: Instant) -> Level {
        if self.is_stale(now) || self.failing.is_on() {
            Level::Fail
        } else if !self.has_worked {
            Level::Unknown
        } else if self.warning.is_on() {
            Level::Warn
        } else {
            Level::Pass
        }
    }

    /// Since when it has stood as it stands.
    pub(crate) fn since(&self) -> Instant {
        self.stood.1
    }

    /// How it stands, if that has changed.
    pub(super) fn turn(&mut self, now: Instant) -> Option<Level> {
        let level = self.level(now);
        let has_changed = level != self.stood.0;
        if has_changed {
            self.stood = (level, now);
        }
        has_changed.then_some(level)
    }

    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        let late = self.running.filter(|running| !running.is_late);
        let late = late.map(|running| running.since + self.settings.timeout);
        let stale = self.stale_at().filter(|stale| *stale > now);
        [self.due(), late, stale].into_iter().flatten().min()
    }

    /// What there is to say of it, for operators.
    pub(crate) fn output(&self, now: Instant) -> String {
        match &self.last {
            None => "there is no result yet".into(),
            Some(last) if self.is_stale(now) => format!("the last result is {} old", ago(now - last.at)),
            Some(last) => last.finding.output.clone(),
        }
    }
}

/// What another program has said may have line ends in it, and no end.
fn one_line(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(OUTPUT).collect();
    line.truncate(line.trim_end().len());
    line
}
