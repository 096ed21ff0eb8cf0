//! Webhooks: JSON to anybody, and the form that Slack takes.

use humantime::format_rfc3339_seconds;
use serde_json::{Value, json};

use super::{Notice, Notify, Notifying, SharedSender, send::Target};

/// Sends each notice as JSON:
///
/// ```json
/// {
///   "service": "shop",
///   "labels": {"env": "live"},
///   "check": "db",
///   "status": "fail",
///   "output": "there is no connection: Connection refused (os error 111)",
///   "since": "2026-11-26T23:26:23Z",
///   "changes": 1,
///   "text": "db fails: there is no connection: Connection refused (os error 111)"
/// }
/// ```
#[derive(Debug)]
pub struct Webhook {
    target: Target,
    sender: SharedSender,
    form: Form,
}

/// How a notice looks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    Json,
    /// That of Slack's incoming webhooks, which Mattermost and others take too.
    Slack,
}

impl Webhook {
    pub(crate) fn new(target: Target, sender: SharedSender, form: Form) -> Self {
        Self { target, sender, form }
    }

    fn body(&self, notice: &Notice) -> Value {
        match self.form {
            Form::Json => json(notice, &self.sender),
            Form::Slack => json!({ "text": slack(notice, &self.sender) }),
        }
    }
}

impl Notify for Webhook {
    fn notify<'n>(&'n self, notices: &'n [Notice]) -> Notifying<'n> {
        Box::pin(async move {
            for notice in notices {
                self.target.post("", &self.body(notice)).await?;
            }
            Ok(())
        })
    }
}

fn json(notice: &Notice, sender: &SharedSender) -> Value {
    let mut body = json!({
        "service": sender.service,
        "labels": sender.labels,
        "check": notice.check,
        "status": notice.word(),
        "output": notice.output,
        "since": format_rfc3339_seconds(notice.since).to_string(),
        "changes": notice.changes,
        "text": notice.line(),
    });
    if let Some((value, unit)) = notice.observed {
        body["observedValue"] = value.into();
        body["observedUnit"] = unit.into();
    }
    body
}

/// In the markup of Slack, in which three characters are to be escaped, so that nobody is mentioned.
fn slack(notice: &Notice, sender: &SharedSender) -> String {
    let sign = match notice.word() {
        "pass" => ":white_check_mark:",
        "warn" => ":warning:",
        _ => ":rotating_light:",
    };
    let service = sender.service.as_deref().map_or(String::new(), |service| format!("*{service}*: "));
    let line = notice.line();
    let said = format!("{service}{line}");
    format!("{sign} {}", said.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::SystemTime};

    use tsk_core::check::Status;

    use super::*;
    use crate::notice::Sender;

    #[test]
    fn slack_mentions_nobody() {
        let notice = Notice {
            check: "db".into(),
            status: Status::Fail,
            output: "<!channel> & co".into(),
            observed: None,
            since: SystemTime::UNIX_EPOCH,
            changes: 3,
        };
        let sender = Arc::new(Sender { service: Some("shop".into()), ..Sender::default() });
        let text = ":rotating_light: *shop*: db fails: &lt;!channel&gt; &amp; co (3 changes)";
        assert_eq!(slack(&notice, &sender), text);
    }
}
