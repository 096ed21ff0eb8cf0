//! Which lines are read, and that none is missed or read twice while files are put away.

#![allow(clippy::unwrap_used)]

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use regex::Regex;

use super::lines::MAX_LINE;
use super::*;
use crate::log::archive::{self, Bounds};
use crate::log::file::{Limits, RotatingFile};
use crate::log::segments::Log;

fn log(directory: &Path) -> Log {
    Log { directory: directory.to_owned(), name: "tsk.log".to_owned() }
}

/// A file that is put away when it has some 300 bytes.
fn writer(directory: &Path) -> RotatingFile {
    let bounds = Bounds { keep: usize::MAX, max_total: u64::MAX };
    RotatingFile::new(log(directory), Limits { max_size: 300, max_age: Duration::ZERO, bounds })
}

fn at(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(second)
}

/// A line of a second; each tenth is a warning.
fn line(number: u64) -> String {
    let level = if number.is_multiple_of(10) { "WARN" } else { "INFO" };
    let time = humantime::format_rfc3339_seconds(at(number));
    format!(r#"{{"timestamp":"{time}","level":"{level}","message":"line {number}"}}"#)
}

fn write(directory: &Path, numbers: std::ops::Range<u64>) -> Vec<String> {
    let mut writer = writer(directory);
    let lines: Vec<_> = numbers.map(|number| (number, line(number))).collect();
    for (number, line) in &lines {
        writer.append(format!("{line}\n").as_bytes(), at(*number)).unwrap();
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn shown(directory: &Path, query: &Query, count: Option<usize>) -> Vec<String> {
    let mut lines = Vec::new();
    let snapshot = Snapshot::take(&log(directory)).unwrap();
    let end = snapshot.current.as_ref().map_or(0, |current| current.length);
    read(&snapshot, end, query, count, |line| {
        lines.push(line);
        Ok(())
    })
    .unwrap();
    lines
}

fn compress(directory: &Path) {
    archive::compress_all(&log(directory), &AtomicBool::new(false)).unwrap();
}

#[test]
fn the_newest_lines_are_found_across_files_compressed_or_not() {
    let directory = tempfile::tempdir().unwrap();
    let mut lines = write(directory.path(), 0..50);
    compress(directory.path());
    lines.extend(write(directory.path(), 50..80));
    for count in [0, 1, 3, 10, 79, 80, 1000] {
        let expected = &lines[lines.len().saturating_sub(count)..];
        assert_eq!(shown(directory.path(), &Query::default(), Some(count)), expected, "{count}");
    }
    assert_eq!(shown(directory.path(), &Query::default(), None), lines);
}

#[test]
fn a_line_is_wanted_by_its_level_time_and_text() {
    let directory = tempfile::tempdir().unwrap();
    let lines = write(directory.path(), 0..80);
    let warnings = Query { level: Some(Level::Warn), ..Query::default() };
    assert_eq!(shown(directory.path(), &warnings, Some(2)), [&*lines[60], &lines[70]]);
    let since = Query { since: Some(at(70)), ..Query::default() };
    assert_eq!(shown(directory.path(), &since, None), lines[70..]);
    assert_eq!(shown(directory.path(), &since, Some(1000)), lines[70..]);
    // As it is shown: a pattern sees no JSON.
    let text = Query { pattern: Some(Regex::new("INFO line [12]1$").unwrap()), ..Query::default() };
    assert_eq!(shown(directory.path(), &text, Some(10)), [&*lines[11], &lines[21]]);
}

#[test]
fn what_says_no_time_and_no_level_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("tsk.log"), "oh\n{\"a\":1}\n[2]\nhalf").unwrap();
    let query = Query { level: Some(Level::Error), since: Some(at(1)), pattern: None };
    assert_eq!(shown(directory.path(), &query, Some(9)), ["oh", "{\"a\":1}", "[2]", "half"]);
}

#[test]
fn a_line_without_end_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tsk.log");
    fs::write(&path, format!("first\n{}\nlast\n", "x".repeat(5 * MAX_LINE))).unwrap();
    for count in [None, Some(2), Some(3)] {
        let lines = shown(directory.path(), &Query::default(), count);
        assert_eq!(lines.last().unwrap(), "last");
        let cut = &lines[lines.len() - 2];
        assert!(cut.ends_with(&format!("xxx… and {} bytes more", 4 * MAX_LINE)), "{}", cut.len());
        assert_eq!(lines.len(), count.unwrap_or(3));
    }
}

#[test]
fn a_damaged_file_is_read_as_far_as_it_goes() {
    let directory = tempfile::tempdir().unwrap();
    let lines = write(directory.path(), 0..10);
    compress(directory.path());
    let snapshot = Snapshot::take(&log(directory.path())).unwrap();
    let first = &snapshot.segments[0].path;
    let bytes = fs::read(first).unwrap();
    fs::write(first, &bytes[..bytes.len() - 9]).unwrap();
    let shown = shown(directory.path(), &Query::default(), None);
    assert_eq!(shown.last(), lines.last());
}

/// A follower, and what it has seen.
struct Seen {
    follower: Follower,
    lines: Vec<String>,
}

impl Seen {
    fn from_now(directory: &Path) -> Seen {
        let snapshot = Snapshot::take(&log(directory)).unwrap();
        let end = snapshot.current.as_ref().map_or(0, |current| current.whole().unwrap());
        Seen { follower: Follower::new(log(directory), snapshot, end).unwrap(), lines: Vec::new() }
    }

    fn poll(&mut self) -> &[String] {
        let lines = &mut self.lines;
        self.follower
            .poll(|line| {
                lines.push(line);
                Ok(())
            })
            .unwrap();
        lines
    }
}

fn add(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_line_is_followed_once_it_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tsk.log");
    let mut seen = Seen::from_now(directory.path());
    assert!(seen.poll().is_empty(), "it is not there yet");
    add(&path, "on");
    assert!(seen.poll().is_empty());
    add(&path, "e\ntwo\nth");
    assert_eq!(seen.poll(), ["one", "two"]);
    let mut later = Seen::from_now(directory.path());
    add(&path, "ree\n");
    assert_eq!(seen.poll(), ["one", "two", "three"]);
    assert_eq!(later.poll(), ["three"]);
}

#[test]
fn a_file_that_is_emptied_is_followed_from_its_beginning() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tsk.log");
    fs::write(&path, "a long line\n").unwrap();
    let mut seen = Seen::from_now(directory.path());
    fs::write(&path, "short\n").unwrap();
    assert_eq!(seen.poll(), ["short"]);
}

#[test]
fn the_old_file_is_read_to_its_end_before_the_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tsk.log");
    add(&path, "0\n");
    let mut seen = Seen::from_now(directory.path());
    let moved = directory.path().join("tsk.log.20261126T000000Z");
    fs::rename(&path, &moved).unwrap();
    seen.poll();
    // Its writer has not noticed yet.
    add(&moved, "1\n");
    assert_eq!(seen.poll(), ["1"]);
    add(&moved, "2\nhalf");
    add(&path, "3\n");
    assert_eq!(seen.poll(), ["1", "2", "half", "3"]);
}

#[test]
fn a_failing_reader_stops_it() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), 0..3);
    let snapshot = Snapshot::take(&log(directory.path())).unwrap();
    let error = read(&snapshot, u64::MAX, &Query::default(), None, |_| Err(io::ErrorKind::BrokenPipe.into()));
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[derive(Debug, Clone)]
enum Event {
    Write(u64),
    Poll,
    Compress,
    Restart,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_line_is_missed_or_followed_twice(
        before in 0..20u64,
        events in proptest::collection::vec(
            prop_oneof![
                4 => (1..20u64).prop_map(Event::Write),
                2 => Just(Event::Poll),
                1 => Just(Event::Compress),
                1 => Just(Event::Restart),
            ],
            1..30,
        ),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let mut lines = write(directory.path(), 0..before);
        let mut seen = Seen::from_now(directory.path());
        let mut file = writer(directory.path());
        for event in events {
            match event {
                Event::Write(count) => {
                    let from = lines.len() as u64;
                    for number in from..from + count {
                        lines.push(line(number));
                        file.append(format!("{}\n", line(number)).as_bytes(), at(number)).unwrap();
                    }
                }
                Event::Poll => drop(seen.poll()),
                Event::Compress => compress(directory.path()),
                Event::Restart => file = writer(directory.path()),
            }
        }
        prop_assert_eq!(seen.poll(), &lines[before as usize..]);
        prop_assert_eq!(shown(directory.path(), &Query::default(), Some(25)), &lines[lines.len().saturating_sub(25)..]);
    }
}
