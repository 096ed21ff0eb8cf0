//! The fields of a request, which most clients send again with the next.

use super::scan;

/// The longest fields that are remembered, in bytes. There are some for every idle client.
const ROOM: usize = 1024;

/// The fields of the last head that was plain.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// From behind the request line to the empty line, and with it.
    bytes: Vec<u8>,
    /// How often they were others. No connection has so many requests that a number comes again.
    number: u64,
}

impl Fields {
    /// Whether a head has the same fields again, and a request line in front of them with nothing to be looked at
    /// closely. Then it is [plain](scan::is_plain_head) as well, and need not be searched.
    #[inline]
    pub(super) fn are_again(&self, head: &[u8]) -> bool {
        !self.bytes.is_empty() && head.strip_suffix(&*self.bytes).is_some_and(scan::is_plain_line)
    }

    /// Remembers the fields of a plain head.
    pub(super) fn keep(&mut self, head: &[u8]) {
        let line = scan::line_end(head).map_or(head.len(), |end| end + 1);
        self.bytes.clear();
        if head.len() - line <= ROOM {
            self.bytes.extend_from_slice(&head[line..]);
        }
        self.number += 1;
    }

    /// A number for these fields, which no others have.
    #[inline]
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}
