//! The fields of a request, which most clients send again with the next.

use super::scan;

/// The longest fields that are remembered, in bytes. There are some for every idle client.
const ROOM: usize = 1024;

/// How many heads in a row may have other fields than the one before, until no more are remembered: what a client never
/// says again costs more to remember than it is worth.
const PATIENCE: u8 = 8;

/// The fields of the last head that was plain.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// From behind the request line to the empty line, and with it; empty where they are not remembered.
    bytes: Vec<u8>,
    /// How often they were others. No connection has so many requests that a number comes again.
    number: u64,
    /// How many were others since some came again.
    others: u8,
}

impl Fields {
    /// Whether a head has the same fields again, and a request line in front of them with nothing to be looked at
    /// closely. Then it is [plain](scan::is_plain_head) as well, and need not be searched.
    #[inline]
    pub(super) fn are_again(&mut self, head: &[u8]) -> bool {
        let are_again =
            !self.bytes.is_empty() && head.strip_suffix(&*self.bytes).is_some_and(scan::is_plain_line);
        if are_again {
            self.others = 0;
        }
        are_again
    }

    /// Remembers the fields of a plain head.
    #[inline]
    pub(super) fn keep(&mut self, head: &[u8]) {
        if self.others < PATIENCE {
            self.replace(head);
        } else if !self.bytes.is_empty() {
            self.bytes = Vec::new();
        }
    }

    #[inline(never)]
    fn replace(&mut self, head: &[u8]) {
        let line = scan::line_end(head).map_or(head.len(), |end| end + 1);
        self.bytes.clear();
        if head.len() - line <= ROOM {
            self.bytes.extend_from_slice(&head[line..]);
        }
        self.number += 1;
        self.others += 1;
    }

    /// A number for these fields, which no others have; zero where they are not remembered.
    #[inline]
    pub(super) fn number(&self) -> u64 {
        if self.bytes.is_empty() { 0 } else { self.number }
    }
}
