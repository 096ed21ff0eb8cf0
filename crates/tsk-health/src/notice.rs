//! Who is told when a check stands otherwise.

mod alertmanager;
mod command;
mod desk;
mod log;
mod queue;
mod send;
mod teller;
mod webhook;

use std::{future::Future, pin::Pin, sync::Arc, time::SystemTime};

use tsk_core::check::Status;

pub use self::{alertmanager::Alertmanager, command::Command, log::Log, webhook::Webhook};
pub(crate) use self::{
    desk::{Delivery, Desk, Recipient},
    send::Target,
    webhook::Form,
};

/// A check stands otherwise than it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its name.
    pub check: String,
    /// How it stands.
    pub status: Status,
    /// What there is to say of it, in a line.
    pub output: String,
    /// What was measured, and its unit.
    pub observed: Option<(f64, &'static str)>,
    /// Since when it has stood so.
    pub since: SystemTime,
    /// How often it has changed since it was last told of: more than once where it changes often.
    pub changes: u32,
}

impl Notice {
    /// Whether it works again.
    pub fn is_recovery(&self) -> bool {
        self.status == Status::Pass
    }

    /// How it stands, in the words of the detail.
    pub fn word(&self) -> &'static str {
        word(self.status)
    }

    /// It in a line.
    pub(crate) fn line(&self) -> String {
        let Self { check, output, changes, .. } = self;
        let what = match self.status {
            Status::Pass => "works again",
            Status::Warn => "works, and should be looked at",
            Status::Fail => "fails",
        };
        let colon = if output.is_empty() { "" } else { ": " };
        let often = if *changes > 1 { format!(" ({changes} changes)") } else { String::new() };
        format!("{check} {what}{colon}{output}{often}")
    }
}

pub(crate) fn word(status: Status) -> &'static str {
    match status {
        Status::Pass => "pass",
        Status::Warn => "warn",
        Status::Fail => "fail",
    }
}

/// Tells somebody of changes.
///
/// It is called for one notice at a time, or for all checks that fail, where it asks to be told again. What fails is tried
/// again, later and later, for an hour.
pub trait Notify: Send + Sync + 'static {
    /// Tells of changes, or says in a line why it cannot. Whoever implements it bounds the time.
    fn notify<'n>(&'n self, notices: &'n [Notice]) -> Notifying<'n>;
}

/// What [`Notify::notify`] gives.
pub type Notifying<'n> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'n>>;

/// What all notices of a service have in common.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sender {
    pub(crate) service: Option<String>,
    pub(crate) labels: std::collections::BTreeMap<String, String>,
}

pub(crate) type SharedSender = Arc<Sender>;
