//! One of those who are told.

use std::{path::PathBuf, sync::Arc, time::Duration};

use http::HeaderValue;
use serde::{Deserialize, Serialize};
use tsk_core::check::Status;

use super::{LONGEST, make::Means, text};
use crate::{
    Error,
    notice::{Alertmanager, Command, Form, Log, Notify, Recipient, Sender, Target, Webhook},
    url::{Secret, Url},
};

/// Somebody who is told when a check stands otherwise: a table `[[health.notify]]` of `tsk.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NotifyConfig {
    /// Who is told. It has to be there.
    pub to: To,

    /// What they are called in the detail and in the log. Default: `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,

    /// From what on they are told: `"warn"` or `"fail"`. They are told of the end of it as well. Default: `"warn"`.
    #[serde(default)]
    pub from: NotifyFrom,

    /// Where they are: of `webhook`, `slack` and `alertmanager`, of the last without `/api`. Nothing of it is shown but
    /// scheme, host and port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,

    /// What is sent to them as `Authorization: Bearer …`. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,

    /// A PEM file of the authorities that are believed. Default: those that browsers trust.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,

    /// The program and its arguments: of `command`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,

    /// How long telling them may take. Default: 10 s.
    #[serde(default = "usual_timeout", with = "text::Duration")]
    pub timeout: Duration,

    /// After how long an alert ends that is not sent again, which it is four times in that time: of `alertmanager`.
    /// Default: 5 min.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "text::Duration")]
    pub resolve_timeout: Option<Duration>,
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum To {
    /// The log.
    Log,
    /// Whoever takes JSON: feature `client`.
    Webhook,
    /// Slack, or what takes its form: feature `client`.
    Slack,
    /// The Alertmanager of Prometheus: feature `client`.
    Alertmanager,
    /// A command.
    Command,
}

/// From what on somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NotifyFrom {
    /// From warnings on.
    #[default]
    Warn,
    /// Of failures alone.
    Fail,
}

fn usual_timeout() -> Duration {
    Duration::from_secs(10)
}

impl To {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            To::Log => "log",
            To::Webhook => "webhook",
            To::Slack => "slack",
            To::Alertmanager => "alertmanager",
            To::Command => "command",
        }
    }
}

impl NotifyConfig {
    /// Somebody of whom nothing else is said.
    pub fn new(to: To) -> Self {
        Self {
            to,
            name: None,
            from: NotifyFrom::Warn,
            url: None,
            token: None,
            authorities: None,
            command: Vec::new(),
            timeout: usual_timeout(),
            resolve_timeout: None,
        }
    }

    /// What they are called.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.to.name())
    }

    pub(crate) fn make(&self, place: &str, means: &Means) -> Result<Recipient, Error> {
        self.idle(place)?;
        let sender = Arc::new(Sender { service: means.service.clone(), labels: means.labels.clone() });
        let resolve_timeout = self.resolve_timeout.unwrap_or(Duration::from_secs(300));
        let mut again = None;
        let notifier: Arc<dyn Notify> = match self.to {
            To::Log => Arc::new(Log),
            To::Webhook => Arc::new(Webhook::new(self.target(place, means)?, sender, Form::Json)),
            To::Slack => Arc::new(Webhook::new(self.target(place, means)?, sender, Form::Slack)),
            To::Alertmanager => {
                if resolve_timeout < Duration::from_secs(1) || resolve_timeout > LONGEST {
                    return Err(Error::at(
                        format_args!("{place}.resolve_timeout"),
                        "write a time from 1s on",
                    ));
                }
                again = Some(Alertmanager::again(resolve_timeout));
                Arc::new(Alertmanager::new(self.target(place, means)?, sender, resolve_timeout))
            }
            To::Command => {
                let Some((program, arguments)) = self.command.split_first() else {
                    return Err(Error::at(
                        format_args!("{place}.command"),
                        "it is missing; write the program and its arguments, as a list",
                    ));
                };
                Arc::new(Command::new(program.clone(), arguments.to_vec(), sender, self.timeout))
            }
        };
        let from = match self.from {
            NotifyFrom::Warn => Status::Warn,
            NotifyFrom::Fail => Status::Fail,
        };
        Ok(Recipient { name: self.name().to_owned(), notifier, from, again })
    }

    /// Whether something is set that has no meaning.
    fn idle(&self, place: &str) -> Result<(), Error> {
        let is_http = matches!(self.to, To::Webhook | To::Slack | To::Alertmanager);
        let set = [
            ("url", self.url.is_some() && !is_http),
            ("token", self.token.is_some() && !is_http),
            ("authorities", self.authorities.is_some() && !is_http),
            ("command", !self.command.is_empty() && self.to != To::Command),
            ("resolve_timeout", self.resolve_timeout.is_some() && self.to != To::Alertmanager),
        ];
        if let Some((key, _)) = set.into_iter().find(|(_, is_idle)| *is_idle) {
            let to = self.to.name();
            return Err(Error::at(
                format_args!("{place}.{key}"),
                format_args!("it has no meaning to {to:?}; remove it"),
            ));
        }
        if self.timeout.is_zero() || self.timeout > LONGEST {
            return Err(Error::at(format_args!("{place}.timeout"), "write a time above zero"));
        }
        Ok(())
    }

    fn target(&self, place: &str, means: &Means) -> Result<Target, Error> {
        let mut url = means.http_url(&self.url, place)?;
        if self.to == To::Alertmanager {
            url = Url::from(url.text().trim_end_matches('/'));
        }
        let client = means.client(self.authorities.as_deref(), self.timeout, place)?;
        let bearer = |token: &Secret| HeaderValue::try_from(format!("Bearer {}", token.text()));
        let authorization = self.token.as_ref().map(bearer).transpose();
        let mut authorization = authorization
            .map_err(|_| Error::at(format_args!("{place}.token"), "it has characters that no token has"))?;
        if let Some(value) = &mut authorization {
            value.set_sensitive(true);
        }
        Ok(Target { url, client, authorization })
    }
}
