//! The log, which is told of everything.

use super::{Notice, Notify, Notifying};

/// Writes each notice to the log: failures as errors, warnings as such, the rest as information.
#[derive(Debug, Clone, Copy)]
pub struct Log;

impl Notify for Log {
    fn notify<'n>(&'n self, notices: &'n [Notice]) -> Notifying<'n> {
        for notice in notices {
            let (check, status, line) = (&notice.check, notice.word(), notice.line());
            match notice.word() {
                "pass" => tracing::info!(%check, status, "{line}"),
                "warn" => tracing::warn!(%check, status, "{line}"),
                _ => tracing::error!(%check, status, "{line}"),
            }
        }
        Box::pin(std::future::ready(Ok(())))
    }
}
