//! Room on a disk.

use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use rustix::fs::statvfs;
use tsk_core::{
    Check,
    check::{Checking, Finding, Status},
};

use super::blocking::Blocking;
use crate::config::Amount;

/// How much has to be free.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Less is a warning. Default: 10%.
    pub warn_below: Amount,
    /// Less is a failure. Default: 5%.
    pub fail_below: Amount,
}

impl Default for Limits {
    fn default() -> Self {
        Self { warn_below: Amount::Percent(10.0), fail_below: Amount::Percent(5.0) }
    }
}

impl Limits {
    /// What it means that so much of a whole is free.
    pub(super) fn finding(self, free: u64, whole: u64) -> Finding {
        let (status, limit) = if self.fail_below.is_more_than(free, whole) {
            (Status::Fail, self.fail_below)
        } else if self.warn_below.is_more_than(free, whole) {
            (Status::Warn, self.warn_below)
        } else {
            return Finding::pass().observed(free as f64, "bytes");
        };
        let (free_text, whole) = (ByteSize(free), ByteSize(whole));
        let limit = match limit {
            Amount::Percent(percent) => format!("{percent}%"),
            Amount::Size(size) => size.to_string(),
        };
        let output = format!("{free_text} of {whole} are free, which is less than {limit}");
        Finding { status, output, observed: Some((free as f64, "bytes")) }
    }
}

/// Whether there is room on a disk for a program without privileges.
#[derive(Debug)]
pub struct Disk {
    path: PathBuf,
    limits: Limits,
    blocking: Blocking,
}

impl Disk {
    /// The disk on which a path is.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), limits: Limits::default(), blocking: Blocking::default() }
    }

    /// How much has to be free.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl Check for Disk {
    fn check(&self) -> Checking<'_> {
        let (path, limits) = (self.path.clone(), self.limits);
        // A disk beyond the network may not answer.
        Box::pin(self.blocking.run(move || look(&path, limits)))
    }
}

fn look(path: &Path, limits: Limits) -> Finding {
    match statvfs(path) {
        Ok(disk) => {
            let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
            limits.finding(bytes(disk.f_bavail), bytes(disk.f_blocks))
        }
        Err(error) => Finding::fail(format!("{}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_held_against_the_limits() {
        let limits = Limits { warn_below: Amount::Size(ByteSize::gib(2)), fail_below: Amount::Percent(10.0) };
        let gib = |count: u64| count << 30;
        assert_eq!(limits.finding(gib(3), gib(10)).status, Status::Pass);
        assert_eq!(limits.finding(gib(1), gib(10)).status, Status::Warn);
        let finding = limits.finding(gib(1), gib(20));
        assert_eq!(finding.output, "1.0 GiB of 20.0 GiB are free, which is less than 10%");
        assert_eq!((finding.status, finding.observed), (Status::Fail, Some((gib(1) as f64, "bytes"))));
    }

    #[tokio::test]
    async fn the_disk_of_this_machine_is_looked_at() {
        let everything = Limits { warn_below: Amount::Percent(0.0), fail_below: Amount::Percent(0.0) };
        let finding = Disk::new("/").limits(everything).check().await;
        assert_eq!(finding.status, Status::Pass);
        assert!(finding.observed.is_some_and(|(free, unit)| free > 0.0 && unit == "bytes"));
        let finding = Disk::new("/nowhere").check().await;
        assert_eq!(finding.output, "/nowhere: No such file or directory (os error 2)");
    }
}
