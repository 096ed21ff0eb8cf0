//! What a client says with every request.

/// The last text of its kind on a connection that was found to be good: to compare with it costs less than to find out
/// again.
#[derive(Debug, Clone)]
pub(crate) struct Repeated {
    text: [u8; Self::ROOM],
    length: u8,
}

impl Repeated {
    /// The longest text that is remembered, in bytes. There is one of these for every idle client.
    const ROOM: usize = 47;

    /// Whether it is that text, byte for byte; never so before one was [kept](Self::keep).
    #[inline]
    pub(crate) fn is(&self, text: &[u8]) -> bool {
        !text.is_empty() && *text == self.text[..usize::from(self.length)]
    }

    /// Remembers a text in the place of the last, unless it is too long. Says whether it does.
    pub(crate) fn keep(&mut self, text: &[u8]) -> bool {
        let room = self.text.get_mut(..text.len());
        let is_kept = room.map(|room| room.copy_from_slice(text)).is_some();
        if is_kept {
            self.length = text.len() as u8;
        }
        is_kept
    }
}

impl Default for Repeated {
    fn default() -> Self {
        Self { text: [0; Self::ROOM], length: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_text_is_remembered_and_every_byte_of_it_counts() {
        let mut last = Repeated::default();
        assert!(!last.is(b"") && !last.is(b"\0"));
        assert!(last.keep(b"example.com:80"));
        for other in [&b""[..], b"example.com", b"example.com:8", b"example.com:800", b"Example.com:80", b"b"]
        {
            assert!(!last.is(other));
        }
        assert!(last.is(b"example.com:80"));
        assert!(last.keep(b"b") && last.is(b"b") && !last.is(b"example.com:80"));
        assert!(last.keep(b"") && !last.is(b"") && !last.is(b"b"));
    }

    #[test]
    fn a_text_that_is_too_long_is_forgotten() {
        let mut last = Repeated::default();
        let long = [b'a'; Repeated::ROOM + 1];
        assert!(last.keep(&long[1..]) && last.is(&long[1..]));
        assert!(!last.keep(&long) && !last.is(&long) && last.is(&long[1..]));
    }
}
