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

/// The most that all texts of a request take together, in bytes.
pub(crate) const SIZE: usize = 440;

/// The most that is kept of each text, in bytes.
const LIMITS: [usize; KINDS] = [256, 160, 64, 128, 128];

/// Texts of a request, one after another. Where there is no room, the end of a text is missing.
// In this order, as a short text is then in the same line of the cache as where it ends.
#[derive(Clone)]
#[repr(C)]
pub(crate) struct Texts {
    ends: Ends,
    bytes: [u8; SIZE],
}

/// Where each text ends, and so where the next begins.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ends([u16; KINDS]);

impl Texts {
    /// No text at all.
    pub(crate) const fn new() -> Self {
        Self { ends: Ends([0; KINDS]), bytes: [0; SIZE] }
    }

    /// Forgets all of it.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.ends = Ends::default();
    }

    /// The text of a kind; empty where there is none.
    pub(crate) fn get(&self, kind: Text) -> &[u8] {
        self.ends.cut(&self.bytes, kind)
    }

    /// All of them, one after another.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.ends.last()]
    }

    /// Where each ends.
    #[inline]
    pub(crate) fn ends(&self) -> Ends {
        self.ends
    }

    /// Appends to a text, which has to be the last of those that are there.
    #[inline]
    pub(crate) fn push(&mut self, kind: Text, text: &[u8]) {
        let at = kind as usize;
        let end = usize::from(self.ends.0[at]);
        let start = at.checked_sub(1).map_or(0, |before| usize::from(self.ends.0[before]));
        let room = (SIZE - end).min(LIMITS[at].saturating_sub(end - start));
        let text = &text[..text.len().min(room)];
        self.bytes[end..end + text.len()].copy_from_slice(text);
        let end = u16::try_from(end + text.len()).expect("at most `SIZE`");
        self.ends.0[at..].fill(end);
    }
}

impl Ends {
    /// The text of a kind, of all that these are the ends of.
    #[inline]
    pub(crate) fn cut(self, bytes: &[u8], kind: Text) -> &[u8] {
        let at = kind as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.0[before]);
        bytes.get(usize::from(start)..usize::from(self.0[at])).unwrap_or_default()
    }

    /// How many bytes there are in all.
    #[inline]
    pub(crate) fn last(self) -> usize {
        self.0[KINDS - 1].into()
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
