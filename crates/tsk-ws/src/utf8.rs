//! UTF-8, checked as it comes.

/// Text that has come so far: a character may be cut where a frame, or a read, ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Utf8 {
    /// The beginning of a character whose end has not come.
    begun: [u8; 4],
    length: u8,
}

/// What came is no UTF-8, whatever may come after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotUtf8;

impl Utf8 {
    /// Looks at what has come next.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), NotUtf8> {
        while self.length > 0 {
            let Some((&byte, rest)) = bytes.split_first() else { return Ok(()) };
            self.begun[usize::from(self.length)] = byte;
            let length = self.length + 1;
            bytes = rest;
            self.length = match str::from_utf8(&self.begun[..usize::from(length)]) {
                Ok(_) => 0,
                Err(error) if error.error_len().is_none() => length,
                Err(_) => return Err(NotUtf8),
            };
        }
        if let Err(error) = str::from_utf8(bytes) {
            if error.error_len().is_some() {
                return Err(NotUtf8);
            }
            let begun = &bytes[error.valid_up_to()..];
            self.begun[..begun.len()].copy_from_slice(begun);
            self.length = begun.len() as u8;
        }
        Ok(())
    }

    /// Whether it may end here.
    pub(crate) fn is_whole(self) -> bool {
        self.length == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fed(pieces: &[&[u8]]) -> Option<bool> {
        let mut utf8 = Utf8::default();
        pieces.iter().try_for_each(|piece| utf8.feed(piece)).ok().map(|()| utf8.is_whole())
    }

    #[test]
    fn a_byte_that_cannot_go_on_is_found_at_once() {
        assert_eq!(fed(&[b"\xf4"]), Some(false));
        assert_eq!(fed(&[b"\xf4", b"\x90"]), None);
        assert_eq!(fed(&[b"\xed\xa0"]), None);
    }

    proptest! {
        #[test]
        fn text_may_be_cut_anywhere(text: String, first: usize, second: usize) {
            let bytes = text.as_bytes();
            let mut cuts = [first % (bytes.len() + 1), second % (bytes.len() + 1)];
            cuts.sort_unstable();
            let pieces = [&bytes[..cuts[0]], &bytes[cuts[0]..cuts[1]], &bytes[cuts[1]..]];
            prop_assert_eq!(fed(&pieces), Some(true));
        }

        #[test]
        fn it_agrees_with_the_standard_library(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x80u8..0xc0, 0xe0u8..0xf8], 0..12), cut: usize) {
            let (first, second) = bytes.split_at(cut % (bytes.len() + 1));
            prop_assert_eq!(fed(&[first, second]) == Some(true), str::from_utf8(&bytes).is_ok());
        }
    }
}
