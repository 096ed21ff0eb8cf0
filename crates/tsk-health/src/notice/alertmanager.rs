//! Alerts for the Alertmanager of Prometheus, by its API v2 (`api/v2/openapi.yaml` in its repository).

use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_millis;
use serde_json::{Value, json};
use tsk_core::check::Status;

use super::{Notice, Notify, Notifying, SharedSender, send::Target};

/// Sends a check that fails as an alert, again and again until it works, and then that it is resolved.
///
/// The alert is called `HealthCheckFailing`, and has the labels `check`, `severity` (`critical` or `warning`), `service` and
/// those of the configuration. It ends by itself some time after it was last sent, should the process be gone.
#[derive(Debug)]
pub struct Alertmanager {
    target: Target,
    sender: SharedSender,
    resolve_timeout: Duration,
}

/// After how much of the time in which an alert ends by itself it is sent again: three may be lost.
const AGAIN: u32 = 4;

impl Alertmanager {
    pub(crate) fn new(target: Target, sender: SharedSender, resolve_timeout: Duration) -> Self {
        Self { target, sender, resolve_timeout }
    }

    /// After how long an alert is sent again.
    pub(crate) fn again(resolve_timeout: Duration) -> Duration {
        resolve_timeout / AGAIN
    }

    /// The alerts that say so. A label is part of what an alert is, so one of another severity is another alert: whatever a
    /// check is now, it is no longer the other.
    fn alerts(&self, notice: &Notice, now: SystemTime) -> Vec<Value> {
        let severity = |status| if status == Status::Fail { "critical" } else { "warning" };
        let each = [Status::Fail, Status::Warn].into_iter().map(|status| {
            let ends = if status == notice.status { now + self.resolve_timeout } else { now };
            let mut labels = json!(self.sender.labels);
            labels["alertname"] = "HealthCheckFailing".into();
            labels["check"] = notice.check.clone().into();
            labels["severity"] = severity(status).into();
            if let Some(service) = &self.sender.service {
                labels["service"] = service.clone().into();
            }
            let mut alert = json!({
                "labels": labels,
                "annotations": { "summary": notice.line(), "description": notice.output },
                "endsAt": format_rfc3339_millis(ends).to_string(),
            });
            if status == notice.status {
                alert["startsAt"] = format_rfc3339_millis(notice.since.min(now)).to_string().into();
            }
            alert
        });
        each.collect()
    }
}

impl Notify for Alertmanager {
    fn notify<'n>(&'n self, notices: &'n [Notice]) -> Notifying<'n> {
        Box::pin(async move {
            let now = SystemTime::now();
            let alerts: Vec<Value> = notices.iter().flat_map(|notice| self.alerts(notice, now)).collect();
            self.target.post("/api/v2/alerts", &alerts.into()).await
        })
    }
}
