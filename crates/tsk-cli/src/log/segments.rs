//! The files of one log: the one that is written, and those that were, in the order of their lines.
//!
//! `tsk.log` is written. `tsk.log.20261126T211200Z` was until then, and `tsk.log.20261126T211200Z.gz` is the same in
//! fewer bytes; a second one of the same second ends in `Z.1`.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the name of a compressed file ends in.
const COMPRESSED: &str = ".gz";

/// What the name of a file ends in while it is being compressed.
const UNFINISHED: &str = ".gz.tmp";

/// Where a file stands among those that were written before: when it was put away, and how many were in that second.
///
/// Keys only rise, also where the clock does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    second: u64,
    number: u32,
}

/// A file that was written before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) key: Key,
    pub(crate) path: PathBuf,
    pub(crate) is_compressed: bool,
    pub(crate) length: u64,
}

/// The files of a log by its name in a directory.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) directory: PathBuf,
    pub(crate) name: String,
}

/// What a directory has of a log beside the file that is written.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The oldest first. A file that is there twice, as it may be where a process was killed, is there once.
    pub(crate) segments: Vec<Segment>,
    /// What is there in compressed form as well.
    pub(crate) doubled: Vec<PathBuf>,
    /// What is half compressed.
    pub(crate) unfinished: Vec<PathBuf>,
}

impl Log {
    /// The log whose current file has this path.
    pub(crate) fn at(path: &Path) -> Option<Log> {
        let directory = path.parent().filter(|above| !above.as_os_str().is_empty());
        let name = path.file_name()?.to_str()?.to_owned();
        Some(Log { directory: directory.unwrap_or(Path::new(".")).to_owned(), name })
    }

    /// The file that is written.
    pub(crate) fn current(&self) -> PathBuf {
        self.directory.join(&self.name)
    }

    /// What there is beside it.
    pub(crate) fn list(&self) -> io::Result<Listing> {
        let mut listing = Listing::default();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let Some(rest) = entry.file_name().to_str().and_then(|name| self.rest(name)).map(str::to_owned)
            else {
                continue;
            };
            if rest.strip_suffix(UNFINISHED).and_then(Key::read).is_some() {
                listing.unfinished.push(entry.path());
                continue;
            }
            let bare = rest.strip_suffix(COMPRESSED);
            let Some(key) = Key::read(bare.unwrap_or(&rest)) else { continue };
            // It may be compressed or deleted meanwhile.
            let Some(metadata) = entry.metadata().ok().filter(fs::Metadata::is_file) else { continue };
            listing.segments.push(Segment {
                key,
                path: entry.path(),
                is_compressed: bare.is_some(),
                length: metadata.len(),
            });
        }
        listing.segments.sort_by_key(|segment| (segment.key, !segment.is_compressed));
        // A compressed file gets its name when it is whole: what is there beside it is no longer needed.
        let mut last = None;
        let doubled = &mut listing.doubled;
        let mut whole = Vec::with_capacity(listing.segments.len());
        for segment in listing.segments {
            if last.replace(segment.key) == Some(segment.key) {
                doubled.push(segment.path);
            } else {
                whole.push(segment);
            }
        }
        listing.segments = whole;
        Ok(listing)
    }

    fn rest<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(&self.name)?.strip_prefix('.')
    }

    /// The path of a file that is put away now.
    pub(crate) fn path(&self, key: Key) -> PathBuf {
        self.directory.join(format!("{}.{key}", self.name))
    }
}

impl Segment {
    /// The path that it will have when it is compressed.
    pub(crate) fn compressed(&self) -> PathBuf {
        with(&self.path, COMPRESSED)
    }

    /// The path that it has while it is being compressed.
    pub(crate) fn unfinished(&self) -> PathBuf {
        with(&self.path, UNFINISHED)
    }
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

impl Key {
    /// The key of what is put away `now`, after all of `listing`.
    pub(crate) fn next(now: SystemTime, listing: &Listing) -> Key {
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        match listing.segments.last() {
            Some(last) if last.key.second >= second => {
                Key { second: last.key.second, number: last.key.number.saturating_add(1) }
            }
            _ => Key { second, number: 0 },
        }
    }

    /// The second in which it was put away, after 1970.
    pub(crate) fn second(self) -> u64 {
        self.second
    }

    fn read(text: &str) -> Option<Key> {
        let (stamp, number) = match text.split_once("Z.") {
            Some((stamp, number)) => (stamp, number.parse().ok().filter(|number| *number > 0)?),
            None => (text.strip_suffix('Z')?, 0),
        };
        let (date, time) = stamp.split_once('T')?;
        let (year, month, day) = (date.get(..4)?, date.get(4..6)?, date.get(6..)?);
        let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
        let rfc3339 = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
        let at = humantime::parse_rfc3339(&rfc3339).ok()?;
        let key = Key { second: at.duration_since(UNIX_EPOCH).ok()?.as_secs(), number };
        // Whatever is written otherwise is not ours.
        (key.to_string() == text).then_some(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The year 9999 is as far as the form goes.
        let at = UNIX_EPOCH + Duration::from_secs(self.second.min(253_402_300_799));
        let rfc3339 = humantime::format_rfc3339_seconds(at).to_string();
        f.write_str(&rfc3339.replace(['-', ':'], ""))?;
        if self.number > 0 { write!(f, ".{}", self.number) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let log = Log { directory: directory.path().to_owned(), name: "tsk.log".to_owned() };
        for name in [
            "tsk.log",
            "tsk.log.1",
            "tsk.log.gz",
            "tsk.log.20261126T211200Z.0",
            "tsk.log.20261126T2112Z",
            "tsk.log.20261326T211200Z",
            "tsk.log.20261126T211200Z.bak",
            "tsk.log.20261126T211200Z.1.1",
            "other.log.20261126T211200Z",
            "tsk.logs.20261126T211200Z",
        ] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        let listing = log.list().unwrap();
        assert!(listing.segments.is_empty() && listing.unfinished.is_empty(), "{listing:?}");
    }

    #[test]
    fn files_are_in_the_order_of_their_lines_each_once() {
        let directory = tempfile::tempdir().unwrap();
        let log = Log { directory: directory.path().to_owned(), name: "a.log".to_owned() };
        for name in [
            "20261126T211200Z.10",
            "20261126T211200Z.2",
            "20261126T211200Z",
            "20261126T211159Z.gz",
            "20261126T211200Z.2.gz",
            "20261127T000000Z.gz.tmp",
        ] {
            fs::write(directory.path().join(format!("a.log.{name}")), "").unwrap();
        }
        let listing = log.list().unwrap();
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap()[6..].to_owned();
        let names: Vec<_> = listing.segments.iter().map(|segment| name(&segment.path)).collect();
        assert_eq!(
            names,
            ["20261126T211159Z.gz", "20261126T211200Z", "20261126T211200Z.2.gz", "20261126T211200Z.10"]
        );
        assert_eq!(listing.doubled.iter().map(name).collect::<Vec<_>>(), ["20261126T211200Z.2"]);
        assert_eq!(listing.unfinished.iter().map(name).collect::<Vec<_>>(), ["20261127T000000Z.gz.tmp"]);
    }

    #[test]
    fn a_key_comes_after_all_before_it_whatever_the_clock_says() {
        let segment = Segment {
            key: Key { second: 100, number: 3 },
            path: PathBuf::new(),
            is_compressed: false,
            length: 0,
        };
        let listing = Listing { segments: vec![segment], ..Listing::default() };
        let at = |second| Key::next(UNIX_EPOCH + Duration::from_secs(second), &listing);
        assert_eq!(at(99), Key { second: 100, number: 4 });
        assert_eq!(at(100), Key { second: 100, number: 4 });
        assert_eq!(at(101), Key { second: 101, number: 0 });
        assert_eq!(Key::next(UNIX_EPOCH - Duration::from_secs(1), &Listing::default()).second, 0);
    }

    proptest! {
        #[test]
        fn a_key_is_read_as_it_was_written(second in 0..253_402_300_800u64, number in 0..100u32) {
            let key = Key { second, number };
            prop_assert_eq!(Key::read(&key.to_string()), Some(key));
        }

        #[test]
        fn no_name_makes_it_panic(name in "[0-9TZ.ü]{0,20}") {
            let _ = Key::read(&name);
        }
    }
}
