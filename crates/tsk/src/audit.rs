//! The audit log.

use tsk_auth::{
    audit::{Audit, Event, Journal},
    config::AuditConfig,
};
use tsk_http::access_log::{Lines, Target};

use crate::Error;

/// Lines that a thread of their own writes, as those of the access log.
struct Log(Lines);

impl Journal for Log {
    fn write(&self, event: &Event<'_>) {
        self.0.append(&event.line());
    }

    fn flush(&self) {
        self.0.flush();
    }
}

/// Opens the log that `[auth.audit]` tells of, for whoever has events to tell: [`Stores::audited`](tsk_auth::config::Stores::audited).
///
/// # Errors
///
/// A file that cannot be opened.
pub fn open(config: &AuditConfig) -> Result<Audit, Error> {
    let lines = Lines::new("audit", &Target::from(config.to.clone()));
    let lines = lines.map_err(|error| Error::settings(format!("`auth.audit.to`: {error}")))?;
    Ok(Audit::new(Log(lines)))
}
