//! Which lines are asked for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use regex::Regex;

use super::entry::Entry;
use super::level::Level;
use super::view;
use crate::log::segments::Segment;

/// What is asked for. A line that does not say what is asked is not left out for that.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// At least so grave.
    pub(crate) level: Option<Level>,
    /// Not older.
    pub(crate) since: Option<SystemTime>,
    /// With this in it, as it is shown.
    pub(crate) pattern: Option<Regex>,
}

impl Query {
    pub(crate) fn wants(&self, line: &str) -> bool {
        if self.level.is_none() && self.since.is_none() && self.pattern.is_none() {
            return true;
        }
        let entry = Entry::read(line);
        self.level.is_none_or(|least| entry.level().is_none_or(|level| level >= least))
            && self.since.is_none_or(|since| entry.time().is_none_or(|time| time >= since))
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(&view::plain(&entry)))
    }

    /// Whether a line is older than what is asked for, if it says so; those before it are, too.
    pub(crate) fn is_too_old(&self, line: &str) -> Option<bool> {
        let since = self.since?;
        Some(Entry::read(line).time()? < since)
    }

    /// Whether a file that was put away may have a line that is asked for.
    pub(crate) fn may_want(&self, segment: &Segment) -> bool {
        // A key has whole seconds.
        let until = UNIX_EPOCH + Duration::from_secs(segment.key.second() + 1);
        self.since.is_none_or(|since| until >= since)
    }
}
