//! The parameters of a path.

use std::ops::Range;

/// Where the values of path parameters are: ranges of bytes within the path, in the order of the template.
///
/// The path is as the client sent it, so a value may be percent-encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Params {
    ranges: [(u16, u16); Self::MAX],
    len: u8,
}

impl Params {
    /// How many parameters a path may have.
    pub const MAX: usize = 8;

    /// Appends a range. One that does not fit, or a ninth, is left out; neither occurs, as a URI is shorter
    /// than 64 KiB and the router refuses such templates.
    #[inline]
    pub fn push(&mut self, range: Range<usize>) {
        if let (Some(slot), Ok(start), Ok(end)) =
            (self.ranges.get_mut(usize::from(self.len)), u16::try_from(range.start), u16::try_from(range.end))
        {
            *slot = (start, end);
            self.len += 1;
        }
    }

    /// The number of parameters.
    pub fn len(&self) -> usize {
        self.len.into()
    }

    /// Whether the path has no parameter.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a parameter within `path`, the path that was matched.
    #[inline]
    pub fn value<'a>(&self, path: &'a str, index: usize) -> Option<&'a str> {
        let (start, end) = *self.ranges.get(..usize::from(self.len))?.get(index)?;
        path.get(usize::from(start)..usize::from(end))
    }
}
