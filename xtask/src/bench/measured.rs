//! What a load cost the server that bore it.

use std::process::Command;

use super::server::Time;
use crate::Error;

/// One server under one load for a while.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) requests: f64,
    pub(crate) requests_per_second: f64,
    pub(crate) cpu_micros: f64,
    /// The share of the time for which the server was ready to run and others had its core. Alone on a machine it is
    /// nearly nothing; beyond a few hundredths only the CPU time still says something.
    pub(crate) waited: f64,
    /// Not known of HTTP/2: h2load's own latencies are per stream of a saturated connection.
    pub(crate) latency: Option<Latency>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Latency {
    pub(crate) mean_millis: f64,
    pub(crate) p99_millis: f64,
}

/// What a client says of the load that it put on a server.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) failed: u64,
    pub(crate) latency: Option<Latency>,
}

impl Measured {
    /// Has a client put its load on the server of this process, and reads what it says of it. A request that failed is
    /// an error.
    pub(crate) fn of(
        process: u32,
        client: &mut Command,
        read: impl Fn(&str) -> Option<Outcome>,
    ) -> Result<Self, Error> {
        let before = Time::of(process)?;
        let output = client.output()?;
        let after = Time::of(process)?;
        let said = String::from_utf8_lossy(&output.stdout);
        let wrong = |why: &str| format!("{why}\n{client:?}\n{said}");
        if !output.status.success() {
            return Err(wrong(&String::from_utf8_lossy(&output.stderr)).into());
        }
        let outcome = read(&said).ok_or_else(|| wrong("no result"))?;
        if outcome.failed > 0 || outcome.requests == 0 {
            return Err(wrong("some requests failed").into());
        }
        let requests = outcome.requests as f64;
        Ok(Self {
            requests,
            requests_per_second: requests / outcome.seconds,
            cpu_micros: (after.ran - before.ran).as_secs_f64() * 1e6 / requests,
            waited: (after.waited - before.waited).as_secs_f64() / outcome.seconds,
            latency: outcome.latency,
        })
    }

    /// What follows a line of progress, where others had the core.
    pub(crate) fn remark(&self) -> &'static str {
        if self.waited > 0.05 { "  disturbed" } else { "" }
    }
}
