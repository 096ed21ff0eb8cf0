//! The texts of a request, copied into a place of fixed size.

use std::fmt;

/// What may be kept of a request's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    /// The path.
    Path,
    /// The query, secrets taken out.
    Query,
    /// The host that was asked for, and its port.
    Host,
    /// `User-Agent`.
    Agent,
    /// The request's identifier.
    Id,
}

const KINDS: usize = 5;
const SIZE: usize = 440;

/// The most that is kept of each text, in bytes.
const LIMITS: [usize; KINDS] = [256, 160, 64, 128, 128];

/// Texts of a request, one after another. Where there is no room, the end of a text is missing.
#[derive(Clone)]
pub(crate) struct Texts {
    ends: [u16; KINDS],
    bytes: [u8; SIZE],
}

impl Texts {
    /// No text at all.
    pub(crate) const fn new() -> Self {
        Self { ends: [0; KINDS], bytes: [0; SIZE] }
    }

    /// Forgets all of it.
    pub(crate) fn clear(&mut self) {
        self.ends = [0; KINDS];
    }

    /// The text of a kind; empty where there is none.
    pub(crate) fn get(&self, kind: Text) -> &[u8] {
        let at = kind as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.bytes.get(usize::from(start)..usize::from(self.ends[at])).unwrap_or_default()
    }

    /// Appends to a text, which has to be the last of those that are there.
    pub(crate) fn push(&mut self, kind: Text, text: &[u8]) {
        let at = kind as usize;
        let end = usize::from(self.ends[at]);
        let start = at.checked_sub(1).map_or(0, |before| usize::from(self.ends[before]));
        let room = (SIZE - end).min(LIMITS[at].saturating_sub(end - start));
        let text = &text[..text.len().min(room)];
        self.bytes[end..end + text.len()].copy_from_slice(text);
        let end = u16::try_from(end + text.len()).expect("at most `SIZE`");
        self.ends[at..].fill(end);
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [Text::Path, Text::Query, Text::Host, Text::Agent, Text::Id];
        f.debug_map()
            .entries(kinds.map(|kind| (kind, String::from_utf8_lossy(self.get(kind)).into_owned())))
            .finish()
    }
}
