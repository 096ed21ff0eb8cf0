//! What a server says of itself.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};
use tsk::metrics::latency::Span;

/// What a server says of itself: the answer to `GET /status`, and what `status --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) pid: u32,
    pub(crate) phase: Phase,
    /// RFC 3339, in UTC.
    pub(crate) started: String,
    pub(crate) uptime_seconds: f64,
    pub(crate) configuration: Option<Configuration>,
    /// The overlay of the configuration that was chosen.
    pub(crate) env: Option<String>,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) admin: Option<String>,
    pub(crate) workers: usize,
    pub(crate) requests: Requests,
    pub(crate) connections: Connections,
    pub(crate) traffic: Traffic,
    /// Of the requests of the last minute; none where nothing is counted.
    pub(crate) latency: Option<Span>,
    /// Whether probes are told that it is ready.
    pub(crate) ready: bool,
    /// What the process holds of the machine's memory.
    pub(crate) memory_bytes: Option<u64>,
    /// How long it may take to end once it is told to stop.
    pub(crate) drain_timeout_seconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    Serving,
    Draining,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Configuration {
    pub(crate) file: String,
    /// Of the file as it was read, in hexadecimal.
    pub(crate) sha256: String,
}

impl Configuration {
    pub(crate) fn new(file: &Path, text: &str) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let sha256 = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { file: file.display().to_string(), sha256 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listener {
    pub(crate) address: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Requests {
    pub(crate) total: u64,
    pub(crate) per_second: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Connections {
    pub(crate) open: usize,
    /// Those with a request in flight.
    pub(crate) busy: usize,
    pub(crate) accepted: u64,
    pub(crate) max: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Traffic {
    pub(crate) received_bytes: u64,
    pub(crate) sent_bytes: u64,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, version, pid, requests, connections, traffic, .. } = self;
        let phase = match self.phase {
            Phase::Serving if self.ready => "serves",
            Phase::Serving => "serves and is not ready",
            Phase::Draining => "is draining",
        };
        write!(f, "{name} {version} {phase}, process {pid}")?;
        let mut row = |label: &str, value: &dyn fmt::Display| write!(f, "\n{label:<15}{value}");
        row("uptime", &format_args!("{}, since {}", whole_seconds(self.uptime_seconds), self.started))?;
        match &self.configuration {
            Some(Configuration { file, sha256 }) => {
                row("configuration", &format_args!("{file} (sha256 {})", &sha256[..sha256.len().min(12)]))?;
            }
            None => row("configuration", &"defaults and environment; no file")?,
        }
        if let Some(env) = &self.env {
            row("environment", env)?;
        }
        for (index, Listener { address }) in self.listeners.iter().enumerate() {
            row(if index == 0 { "listening on" } else { "" }, address)?;
        }
        if let Some(admin) = &self.admin {
            row("admin", admin)?;
        }
        row("requests", &format_args!("{}, {:.1} a second", requests.total, requests.per_second))?;
        if let Some(span) = &self.latency {
            row("latency", &Latency(span))?;
        }
        let Connections { open, busy, accepted, max } = connections;
        row("connections", &format_args!("{open} open of {max}, {busy} busy; {accepted} since the start"))?;
        let [received, sent] = [traffic.received_bytes, traffic.sent_bytes].map(size);
        row("traffic", &format_args!("{received} in, {sent} out"))?;
        if let Some(bytes) = self.memory_bytes {
            row("memory", &size(bytes))?;
        }
        row("workers", &self.workers)
    }
}

/// How long requests took of late.
struct Latency<'s>(&'s Span);

impl fmt::Display for Latency<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { requests, errors, p50, p90, p99, p999, .. } = self.0;
        let (Some(p50), Some(p90), Some(p99), Some(p999)) = (p50, p90, p99, p999) else {
            return f.write_str("no request in the last minute");
        };
        let [p50, p90, p99, p999] = [p50, p90, p99, p999].map(|seconds| millis(*seconds));
        write!(
            f,
            "p50 {p50}, p90 {p90}, p99 {p99}, p99.9 {p999}; {errors} errors of {requests} in the last minute"
        )
    }
}

/// To three figures, as more would say more than is known.
fn millis(seconds: f64) -> String {
    let millis = seconds * 1e3;
    let digits = if millis < 1.0 {
        3
    } else if millis < 10.0 {
        2
    } else if millis < 100.0 {
        1
    } else {
        0
    };
    format!("{millis:.digits$} ms")
}

fn size(bytes: u64) -> impl fmt::Display {
    ByteSize::b(bytes).display().iec()
}

fn whole_seconds(seconds: f64) -> impl fmt::Display {
    humantime::format_duration(Duration::from_secs(seconds as u64))
}
