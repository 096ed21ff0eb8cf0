//! What a test found out: said as it is found to people, and all at once to programs.

use std::fmt;

use serde::Serialize;

use crate::Exit;
use crate::check::routes::Asked;
use crate::check::{Check, Lines, Verdict};
use crate::load;
use crate::output::Output;
use crate::terminal;

/// What a test found out.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) checks: Vec<Check>,
    pub(super) server: Option<Check>,
    pub(super) routes: Vec<Asked>,
    pub(super) load: Option<load::Report>,
    pub(super) thresholds: Vec<Check>,
}

impl Report {
    fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        let routes = self.routes.iter().map(|asked| &asked.check);
        for check in self.checks.iter().chain(&self.server).chain(routes).chain(&self.thresholds) {
            match check.verdict {
                Verdict::Ok => summary.ok += 1,
                Verdict::Warn => summary.warn += 1,
                Verdict::Fail => summary.fail += 1,
                Verdict::Skip => summary.skip += 1,
            }
        }
        summary
    }
}

/// How often each verdict was given.
#[derive(Debug, Default, Serialize)]
struct Summary {
    ok: usize,
    warn: usize,
    fail: usize,
    skip: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { ok, warn, fail, skip } = self;
        write!(f, "{ok} ok, {warn} with a warning, {fail} failed, {skip} skipped")
    }
}

/// The report with its summary, as programs get it.
#[derive(Serialize)]
struct Whole<'r> {
    #[serde(flatten)]
    report: &'r Report,
    summary: Summary,
}

/// Says what was found as soon as it is, for a load test may take long; to programs nothing before the end.
pub(super) struct Progress(Output);

impl Progress {
    pub(super) fn new(output: Output) -> Self {
        Self(output)
    }

    pub(super) fn checks(&mut self, checks: &[Check]) {
        self.say(|| Lines(checks).to_string());
    }

    pub(super) fn server(&mut self, report: &Report) {
        let routes = report.routes.iter().map(|asked| &asked.check);
        let checks: Vec<Check> = report.server.iter().chain(routes).cloned().collect();
        self.say(|| format!("\n{}", Lines(&checks)));
    }

    pub(super) fn load(&mut self, report: &Report) {
        if let Some(load) = &report.load {
            self.say(|| format!("\n{load}"));
        }
        if !report.thresholds.is_empty() {
            self.say(|| format!("\n{}", Lines(&report.thresholds)));
        }
    }

    /// Ends it, with what it comes to.
    pub(super) fn finish(self, report: Report) -> Exit {
        let summary = report.summary();
        let exit = if summary.fail > 0 { Exit::Unfit } else { Exit::Success };
        match self.0 {
            Output::Text => terminal::say(format_args!("\n{summary}")),
            Output::Json => terminal::say(crate::output::json(&Whole { report: &report, summary })),
        }
        exit
    }

    fn say(&self, text: impl FnOnce() -> String) {
        if self.0 == Output::Text {
            terminal::verdicts(&text());
        }
    }
}
