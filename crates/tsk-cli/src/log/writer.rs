//! What the thread that writes does with each line, and what it says when it cannot.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use serde_json::json;
use tracing_appender::non_blocking::ErrorCounter;

use super::file::RotatingFile;

/// The longest line, in bytes; a longer one is lost.
pub(super) const MAX_LINE: usize = 64 * 1024;

/// Writes lines to a file that rotates. It never fails: what cannot be written is counted, and told of.
pub(super) struct Writer {
    file: RotatingFile,
    /// Lines that came too fast for this thread, as they are counted where they are dropped.
    dropped: Arc<OnceLock<ErrorCounter>>,
    /// How many of those were told of in the log.
    told: usize,
    /// Lines that could not be written, and are not yet told of in the log.
    lost: u64,
    /// Whether it was said that the log is in trouble, which it still is.
    is_troubled: bool,
    /// Called where a file was put away.
    rotated: Box<dyn FnMut() + Send>,
    /// Called with what is to be said outside of the log.
    complain: Box<dyn FnMut(String) + Send>,
}

impl Writer {
    pub(super) fn new(
        file: RotatingFile,
        dropped: Arc<OnceLock<ErrorCounter>>,
        rotated: impl FnMut() + Send + 'static,
        complain: impl FnMut(String) + Send + 'static,
    ) -> Writer {
        Writer {
            file,
            dropped,
            told: 0,
            lost: 0,
            is_troubled: false,
            rotated: Box::new(rotated),
            complain: Box::new(complain),
        }
    }

    /// Writes a line, or counts it.
    fn line(&mut self, line: &[u8], now: SystemTime) {
        let is_written = line.len() <= MAX_LINE && self.tell_lost(now) && self.append(line, now);
        self.lost += u64::from(!is_written);
    }

    /// Writes how many lines are missing, where some are.
    fn tell_lost(&mut self, now: SystemTime) -> bool {
        let dropped = self.dropped.get().map_or(0, ErrorCounter::dropped_lines);
        let count = self.lost + (dropped - self.told) as u64;
        if count == 0 {
            return true;
        }
        let timestamp = humantime::format_rfc3339_micros(now).to_string();
        let message = "lines of the log are lost";
        let mut line = json!({ "timestamp": timestamp, "level": "WARN", "message": message, "count": count, "target": module_path!() })
            .to_string();
        line.push('\n');
        let is_told = self.append(line.as_bytes(), now);
        if is_told {
            (self.lost, self.told) = (0, dropped);
        }
        is_told
    }

    fn append(&mut self, line: &[u8], now: SystemTime) -> bool {
        let written = self.file.append(line, now);
        let trouble = match (&written, self.file.take_stuck()) {
            (Err(error), _) => {
                Some(format!("the log cannot be written: {error}; lines are lost until it can"))
            }
            (Ok(_), Some(error)) => {
                Some(format!("the log cannot be rotated: {error}; the file grows until it can"))
            }
            (Ok(_), None) => None,
        };
        // Told once for as long as it lasts.
        if let Some(trouble) = trouble.as_ref().filter(|_| !self.is_troubled) {
            (self.complain)(trouble.clone());
        }
        // A rotation that is not due says nothing about whether it would work.
        self.is_troubled = trouble.is_some();
        match written {
            Ok(written) => {
                if written.has_rotated {
                    (self.rotated)();
                }
                true
            }
            Err(_) => false,
        }
    }
}

impl Write for Writer {
    /// Takes one line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.line(line, SystemTime::now());
        Ok(line.len())
    }

    /// Called when there are no more lines for now.
    fn flush(&mut self) -> io::Result<()> {
        self.tell_lost(SystemTime::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::sync::mpsc;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::log::archive::Bounds;
    use crate::log::file::Limits;
    use crate::log::segments::Log;

    const NOW: SystemTime = UNIX_EPOCH;

    fn writer(directory: &Path) -> (Writer, mpsc::Receiver<String>) {
        let log = Log { directory: directory.to_owned(), name: "tsk.log".to_owned() };
        let bounds = Bounds { keep: 3, max_total: 1 << 20 };
        let limits = Limits { max_size: 1 << 20, max_age: Duration::ZERO, bounds };
        let (complain, complaints) = mpsc::channel();
        let complain = move |line| complain.send(line).unwrap();
        (Writer::new(RotatingFile::new(log, limits), Arc::default(), || {}, complain), complaints)
    }

    #[test]
    fn a_log_that_cannot_be_written_is_told_of_once_and_goes_on_when_it_can() {
        let directory = tempfile::tempdir().unwrap();
        // A file where the directory should be: also root cannot write there.
        let logs = directory.path().join("log");
        fs::write(&logs, "").unwrap();
        let (mut writer, complaints) = writer(&logs);
        writer.line(b"1\n", NOW);
        writer.line(b"2\n", NOW);
        let complaint = complaints.try_recv().unwrap();
        assert!(complaint.starts_with("the log cannot be written: "), "{complaint}");
        assert!(complaints.try_recv().is_err(), "once");
        fs::remove_file(&logs).unwrap();
        writer.line(b"3\n", NOW);
        let text = fs::read_to_string(logs.join("tsk.log")).unwrap();
        let (lost, rest) = text.split_once('\n').unwrap();
        let lost: serde_json::Value = serde_json::from_str(lost).unwrap();
        assert_eq!((&lost["level"], &lost["count"]), (&json!("WARN"), &json!(2)));
        assert_eq!(rest, "3\n");
        assert_eq!(fs::metadata(logs.join("tsk.log")).unwrap().permissions().mode() & 0o007, 0);
    }

    #[test]
    fn a_disk_that_is_full_leaves_no_half_lines() {
        let directory = tempfile::tempdir().unwrap();
        // Writing to it always fails as if the disk were full.
        std::os::unix::fs::symlink("/dev/full", directory.path().join("tsk.log")).unwrap();
        let (mut writer, complaints) = writer(directory.path());
        writer.line(b"1\n", NOW);
        assert!(complaints.try_recv().unwrap().contains("No space left"));
        fs::remove_file(directory.path().join("tsk.log")).unwrap();
        writer.line(b"2\n", NOW);
        let text = fs::read_to_string(directory.path().join("tsk.log")).unwrap();
        assert!(text.ends_with("}\n2\n") && text.lines().count() == 2, "{text}");
    }

    #[test]
    fn a_line_without_end_is_lost_and_counted() {
        let directory = tempfile::tempdir().unwrap();
        let (mut writer, _complaints) = writer(directory.path());
        writer.line(&vec![b'x'; MAX_LINE + 1], NOW);
        writer.line(b"2\n", NOW);
        let text = fs::read_to_string(directory.path().join("tsk.log")).unwrap();
        assert!(text.contains("\"count\":1") && text.ends_with("\n2\n"), "{text}");
    }
}
