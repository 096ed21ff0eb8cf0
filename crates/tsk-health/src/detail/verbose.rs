//! Each check in a line, as the API server of Kubernetes lists its own.

use tokio::time::Instant;

use crate::{Health, probe::Question, settings::Kind};

/// What is answered to a probe whose checks may be left out.
pub(super) struct Verbose {
    pub(super) is_asked: bool,
    pub(super) holds: bool,
    pub(super) text: String,
}

/// `None` where the question is about a group that is none.
pub(super) fn verbose(health: &Health, question: Question<'_>, query: &str) -> Option<Verbose> {
    let parameters = || query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let is_asked = parameters().any(|(name, _)| name == "verbose");
    let excluded: Vec<&str> =
        parameters().filter(|(name, _)| *name == "exclude").map(|(_, value)| value).collect();
    let mut lines = Lines { text: String::new(), holds: true, excluded, known: Vec::new() };
    let name = match question {
        Question::Live => {
            for pulse in health.pulses() {
                let is_silent = !pulse.is_beating() && !health.leases().is_draining();
                let why = is_silent
                    .then(|| format!("it has been silent for {}", crate::engine::ago(pulse.silent())));
                lines.check(pulse.name(), why);
            }
            "livez"
        }
        Question::Ready => {
            lines.check("startup", (!health.has_started()).then(|| "the service is starting".into()));
            lines.check(
                "shutdown",
                health.leases().is_draining().then(|| "the service is being stopped".into()),
            );
            lines.checks(health, |kind, _| kind == Kind::Readiness);
            "readyz"
        }
        Question::Started => {
            lines.check("startup", (!health.has_started()).then(|| "the service is starting".into()));
            lines.checks(health, |kind, _| kind == Kind::Startup);
            "startupz"
        }
        Question::Group(group) => {
            health.group(group)?;
            lines.checks(health, |_, groups| groups.iter().any(|of| of == group));
            group
        }
    };
    lines.finish(name, is_asked)
}

struct Lines<'q> {
    text: String,
    holds: bool,
    excluded: Vec<&'q str>,
    known: Vec<String>,
}

impl Lines<'_> {
    fn checks(&mut self, health: &Health, is_meant: impl Fn(Kind, &[String]) -> bool) {
        let (state, now) = (health.state(), Instant::now());
        for (index, check) in health.checks().iter().enumerate() {
            if is_meant(check.settings.kind, &check.settings.groups) {
                let entry = state.engine.entry(index);
                let why = (!entry.level(now).works()).then(|| entry.output(now));
                self.check(&check.name, why);
            }
        }
    }

    /// A check, and why it does not work where it does not.
    fn check(&mut self, name: &str, why: Option<String>) {
        self.known.push(name.to_owned());
        if self.excluded.contains(&name) {
            self.text.push_str(&format!("[+]{name} excluded: ok\n"));
        } else if let Some(why) = why {
            self.holds = false;
            self.text.push_str(&format!("[-]{name} failed: {why}\n"));
        } else {
            self.text.push_str(&format!("[+]{name} ok\n"));
        }
    }

    fn finish(mut self, name: &str, is_asked: bool) -> Option<Verbose> {
        let unknown = self.excluded.iter().filter(|name| !self.known.iter().any(|known| known == *name));
        let unknown: Vec<String> = unknown.map(|name| format!("{name:?}")).collect();
        if !unknown.is_empty() {
            let unknown = unknown.join(",");
            self.text.push_str(&format!(
                "warn: some health checks cannot be excluded: no matches for {unknown}\n"
            ));
        }
        self.text.push_str(&format!("{name} check {}\n", if self.holds { "passed" } else { "failed" }));
        Some(Verbose { is_asked, holds: self.holds, text: self.text })
    }
}
