//! No line is lost or doubled, whatever becomes of the files.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::read::MultiGzDecoder;
use proptest::prelude::*;

use super::archive::{self, Bounds};
use super::file::{Limits, RotatingFile};
use super::segments::Log;

const SECOND: Duration = Duration::from_secs(1);
/// The files that the tests make are not older than the time that the tests give them.
const NOW: SystemTime = UNIX_EPOCH;

fn log(directory: &Path) -> Log {
    super::log(directory.to_owned())
}

fn file(directory: &Path, max_size: u64, max_age: u64, keep: usize, max_total: u64) -> RotatingFile {
    let bounds = Bounds { keep, max_total };
    RotatingFile::new(log(directory), Limits { max_size, max_age: Duration::from_secs(max_age), bounds })
}

/// All lines, in the order of the files.
fn lines(directory: &Path) -> Vec<String> {
    let log = log(directory);
    let mut text = String::new();
    for segment in log.list().unwrap().segments {
        let file = fs::File::open(segment.path).unwrap();
        if segment.is_compressed {
            MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
        } else {
            (&file).read_to_string(&mut text).unwrap();
        }
    }
    text.push_str(&fs::read_to_string(log.current()).unwrap_or_default());
    text.lines().map(str::to_owned).collect()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn compress(directory: &Path) {
    archive::compress_all(&log(directory), &AtomicBool::new(false)).unwrap();
}

#[test]
fn a_file_is_put_away_when_it_is_large() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = file(directory.path(), 4, 0, 9, 1000);
    for line in ["1\n", "2\n", "3\n", "long line\n", "4\n"] {
        file.append(line.as_bytes(), NOW).unwrap();
    }
    assert_eq!(lines(directory.path()), ["1", "2", "3", "long line", "4"]);
    assert_eq!(
        names(directory.path()),
        ["tsk.log", "tsk.log.19700101T000000Z", "tsk.log.19700101T000000Z.1", "tsk.log.19700101T000000Z.2"]
    );
}

#[test]
fn a_file_is_put_away_when_it_is_old_and_not_when_the_clock_is_put_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = file(directory.path(), 1000, 60, 9, 10_000);
    let mut append = |second: u32| file.append(b"x\n", NOW + second * SECOND).unwrap().has_rotated;
    assert!(!append(1000));
    assert!(!append(1059));
    assert!(append(1060));
    assert!(!append(10), "put back");
    assert!(!append(69));
    assert!(append(70), "counted from when it was put back");
    assert_eq!(lines(directory.path()).len(), 6);
}

#[test]
fn the_oldest_go_beyond_the_number_and_the_size() {
    let directory = tempfile::tempdir().unwrap();
    let mut few = file(directory.path(), 2, 0, 2, 1000);
    for line in 0..10 {
        few.append(format!("{line}\n").as_bytes(), NOW + line * SECOND).unwrap();
    }
    assert_eq!(lines(directory.path()), ["7", "8", "9"]);
    let directory = tempfile::tempdir().unwrap();
    let mut small = file(directory.path(), 2, 0, 100, 8);
    for line in 0..10 {
        small.append(format!("{line}\n").as_bytes(), NOW).unwrap();
    }
    assert_eq!(lines(directory.path()), ["6", "7", "8", "9"]);
}

#[test]
fn what_a_killed_process_leaves_is_mended() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let mut file = file(directory.path(), 4, 0, 9, 1000);
    for line in ["1\n", "2\n", "3\n"] {
        file.append(line.as_bytes(), NOW).unwrap();
    }
    let original = fs::read(path("tsk.log.19700101T000000Z")).unwrap();
    compress(directory.path());
    // Killed after the compressed file got its name, in the middle of another one, and in the middle of a line.
    fs::write(path("tsk.log.19700101T000000Z"), original).unwrap();
    fs::write(path("tsk.log.19700101T000001Z.gz.tmp"), b"\x1f\x8b\x08").unwrap();
    fs::write(path("tsk.log"), "3\n4").unwrap();
    assert_eq!(lines(directory.path()), ["1", "2", "3", "4"], "also before it is mended");
    let mut file = self::file(directory.path(), 100, 0, 9, 1000);
    file.append(b"5\n", NOW).unwrap();
    compress(directory.path());
    assert_eq!(lines(directory.path()), ["1", "2", "3", "4", "5"]);
    assert_eq!(names(directory.path()), ["tsk.log", "tsk.log.19700101T000000Z.gz"]);
}

#[test]
fn a_file_that_somebody_moves_or_deletes_is_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let mut file = file(directory.path(), 100, 0, 9, 1000);
    file.append(b"1\n", NOW).unwrap();
    fs::rename(path("tsk.log"), path("moved")).unwrap();
    file.append(b"2\n", NOW).unwrap();
    assert_eq!(fs::read_to_string(path("moved")).unwrap(), "1\n");
    assert_eq!(fs::read_to_string(path("tsk.log")).unwrap(), "2\n");
    fs::remove_file(path("tsk.log")).unwrap();
    file.append(b"3\n", NOW).unwrap();
    assert_eq!(lines(directory.path()), ["3"]);
}

#[test]
fn a_file_that_cannot_be_put_away_goes_on_within_the_bound() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = file(directory.path(), 4, 0, 9, 8);
    file.append(b"123\n", NOW).unwrap();
    // Also root cannot give a file the name of a directory.
    let taken = directory.path().join("tsk.log.19700101T000000Z");
    fs::create_dir(&taken).unwrap();
    assert!(!file.append(b"456\n", NOW).unwrap().has_rotated);
    assert!(file.take_stuck().is_some());
    file.append(b"789\n", NOW).unwrap_err();
    assert_eq!(lines(directory.path()), ["123", "456"]);
    fs::remove_dir(taken).unwrap();
    assert!(file.append(b"789\n", NOW).unwrap().has_rotated);
    assert!(file.take_stuck().is_none());
}

/// What may happen to a log.
#[derive(Debug, Clone)]
enum Event {
    Line(usize),
    Clock(i64),
    Compress,
    /// The process ends, and another starts.
    Restart,
    /// It is killed after a compressed file got its name.
    KilledBeforeDeletion,
    /// It is killed while it compressed.
    KilledBeforeName,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (1..40usize).prop_map(Event::Line),
        2 => (-100..100i64).prop_map(Event::Clock),
        1 => Just(Event::Compress),
        1 => Just(Event::Restart),
        1 => Just(Event::KilledBeforeDeletion),
        1 => Just(Event::KilledBeforeName),
    ]
}

/// Has it all happen, and calls `check` after each.
fn live(
    directory: &Path,
    events: &[Event],
    make: impl Fn() -> RotatingFile,
    mut check: impl FnMut(&[String]),
) {
    let mut file = make();
    let mut clock: i64 = 1_000_000;
    let mut written = Vec::new();
    for event in events {
        match event {
            Event::Line(length) => {
                let line = format!("{:0length$}", written.len());
                let now = UNIX_EPOCH + Duration::from_secs(clock.unsigned_abs());
                file.append(format!("{line}\n").as_bytes(), now).unwrap();
                written.push(line);
            }
            Event::Clock(seconds) => clock += seconds,
            Event::Compress => compress(directory),
            Event::Restart => file = make(),
            Event::KilledBeforeDeletion => {
                let plain = log(directory).list().unwrap().segments;
                let plain: Vec<_> = plain.into_iter().filter(|segment| !segment.is_compressed).collect();
                let kept: Vec<_> = plain.iter().map(|segment| fs::read(&segment.path).unwrap()).collect();
                compress(directory);
                for (segment, bytes) in plain.iter().zip(kept) {
                    fs::write(&segment.path, bytes).unwrap();
                }
                file = make();
            }
            Event::KilledBeforeName => {
                for segment in log(directory).list().unwrap().segments {
                    if !segment.is_compressed {
                        fs::write(segment.unfinished(), b"\x1f\x8b").unwrap();
                    }
                }
                file = make();
            }
        }
        check(&written);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_line_is_lost_or_doubled(events in proptest::collection::vec(event(), 1..60), size in 1..100u64) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let make = || file(path, size, 60, usize::MAX, u64::MAX);
        live(path, &events, make, |written| assert_eq!(lines(path), written));
    }

    #[test]
    fn what_is_kept_is_the_newest_and_within_the_bounds(
        events in proptest::collection::vec(event(), 1..60),
        size in 50..100u64,
        keep in 0..5usize,
        total in 100..400u64,
    ) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let make = || file(path, size, 60, keep, total);
        live(path, &events, make, |written| {
            let kept = lines(path);
            assert_eq!(kept, written[written.len() - kept.len()..]);
            let listing = log(path).list().unwrap();
            assert!(listing.segments.len() <= keep);
            let current = log(path).current().metadata().map_or(0, |metadata| metadata.len());
            // So small, a file may be longer for being compressed.
            let before: u64 = listing.segments.iter().filter(|s| !s.is_compressed).map(|s| s.length).sum();
            assert!(before + current <= total, "{before} {current}");
        });
    }
}
