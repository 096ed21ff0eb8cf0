//! Everything, in the form of draft-inadarei-api-health-check-06.

use std::time::SystemTime;

use humantime::format_rfc3339_millis;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::{Health, engine::Entry, notice::word, settings::Kind};

/// The whole: §3 and §4 of the draft, and what it lets be added: `probe`, `groups` and `since` of a check, and what became of
/// notices.
pub(crate) fn report(health: &Health) -> Value {
    let mut report = Map::new();
    report.insert("status".into(), word(health.status()).into());
    let about = health.about();
    if let Some(service) = &about.service {
        report.insert("serviceId".into(), service.clone().into());
    }
    if let Some(version) = &about.version {
        report.insert("releaseId".into(), version.clone().into());
    }
    if let Some(output) = output(health) {
        report.insert("output".into(), output.into());
    }
    let now = Instant::now();
    let state = health.state();
    let mut checks = Map::new();
    for (index, check) in health.checks().iter().enumerate() {
        let (key, value) = entry(&check.name, state.engine.entry(index), now);
        checks.insert(key, json!([value]));
    }
    for pulse in health.pulses() {
        let status = if pulse.is_beating() { "pass" } else { "fail" };
        let value = json!({
            "componentType": "component",
            "probe": "liveness",
            "status": status,
            "observedValue": pulse.silent().as_millis() as f64 / 1000.0,
            "observedUnit": "s",
            "output": format!("it may be silent for {}", humantime::format_duration(pulse.silence())),
            "time": format_rfc3339_millis(SystemTime::now()).to_string(),
        });
        checks.insert(format!("{}:silence", pulse.name()), json!([value]));
    }
    report.insert("checks".into(), checks.into());
    report.insert(
        "probes".into(),
        json!({
            "live": health.is_live(),
            "ready": health.is_ready(),
            "started": health.has_started(),
            "draining": health.leases().is_draining(),
        }),
    );
    report.insert("notices".into(), state.desk.report());
    report.into()
}

/// Why the whole fails where no check says so.
fn output(health: &Health) -> Option<&'static str> {
    if health.leases().is_draining() {
        Some("the service is being stopped")
    } else if !health.has_started() {
        Some("the service is starting")
    } else {
        None
    }
}

/// A check: what it measured, or else how long it took.
fn entry(name: &str, entry: &Entry, now: Instant) -> (String, Value) {
    let time = |at: Instant| format_rfc3339_millis(SystemTime::now() - (now - at)).to_string();
    let mut value = json!({
        "componentType": "component",
        "status": word(entry.level(now).status()),
        "probe": match entry.settings.kind {
            Kind::Readiness => "readiness",
            Kind::Startup => "startup",
            Kind::None => "none",
        },
        "since": time(entry.since()),
    });
    if !entry.settings.groups.is_empty() {
        value["groups"] = json!(entry.settings.groups);
    }
    let output = entry.output(now);
    if !output.is_empty() {
        value["output"] = output.into();
    }
    let Some(last) = entry.last() else { return (name.to_owned(), value) };
    value["time"] = time(last.at).into();
    let (measured, observed, unit) = match last.finding.observed {
        Some((observed, unit)) => ("", json!(observed), unit),
        None => (":responseTime", json!(last.took.as_micros() as f64 / 1000.0), "ms"),
    };
    value["observedValue"] = observed;
    value["observedUnit"] = unit.into();
    (format!("{name}{measured}"), value)
}
