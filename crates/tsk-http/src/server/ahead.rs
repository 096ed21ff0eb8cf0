//! Requests that a client has sent ahead, of which none is to be lost once a connection is told to end.

/// What the last bytes were that came, so that the end of a head is found that comes in two parts.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    last: [u8; END.len() - 1],
}

/// The end of a head.
const END: &[u8; 4] = b"\r\n\r\n";

/// What was in some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Came {
    /// Heads that ended. Bytes of a body may look like more of them.
    pub(super) heads: u32,
    /// Whether there are bytes behind the last head: a body, or a part of a further head.
    pub(super) has_more: bool,
}

impl Ahead {
    pub(super) fn read(&mut self, bytes: &[u8]) -> Came {
        let overlap = bytes.len().min(END.len() - 1);
        let mut seam = [0; 2 * (END.len() - 1)];
        seam[..3].copy_from_slice(&self.last);
        seam[3..3 + overlap].copy_from_slice(&bytes[..overlap]);
        let at_seam = seam[..3 + overlap].windows(END.len()).filter(|window| window == END).count();
        let within = memchr::memmem::find_iter(bytes, END).count();
        let keep = &seam[overlap..3 + overlap];
        self.last.copy_from_slice(if bytes.len() < 3 { keep } else { &bytes[bytes.len() - 3..] });
        let ends =
            if bytes.len() < END.len() { seam[..3 + overlap].ends_with(END) } else { bytes.ends_with(END) };
        Came { heads: (at_seam + within) as u32, has_more: !bytes.is_empty() && !ends }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn heads_are_counted_and_what_is_behind_them_noticed() {
        let came = |bytes: &[u8]| Ahead::default().read(bytes);
        assert_eq!(came(b"GET / HTTP/1.1\r\n\r\n"), Came { heads: 1, has_more: false });
        assert_eq!(came(b"GET / HTTP/1.1\r\n\r\nGET"), Came { heads: 1, has_more: true });
        assert_eq!(came(&b"GET / HTTP/1.1\r\n\r\n".repeat(3)), Came { heads: 3, has_more: false });
        assert_eq!(came(b"GET / HT"), Came { heads: 0, has_more: true });
        assert_eq!(came(b""), Came { heads: 0, has_more: false });
    }

    proptest! {
        #[test]
        fn it_is_the_same_however_the_bytes_are_cut(
            heads in prop::collection::vec("[a-z]{1,4}(\r\n[a-z]{1,4}){0,2}", 0..5),
            rest in "[a-z]{0,4}",
            cuts in prop::collection::vec(1_usize..9, 0..60),
        ) {
            let mut text = heads.iter().map(|head| format!("{head}\r\n\r\n")).collect::<String>();
            text.push_str(&rest);
            let (mut ahead, mut found, mut left, mut has_more) = (Ahead::default(), 0, text.as_bytes(), false);
            let mut cuts = cuts.into_iter();
            while !left.is_empty() {
                let (part, behind) = left.split_at(cuts.next().unwrap_or(left.len()).min(left.len()));
                let came = ahead.read(part);
                (found, has_more, left) = (found + came.heads as usize, came.has_more, behind);
            }
            prop_assert_eq!(found, heads.len());
            prop_assert_eq!(has_more, !rest.is_empty());
        }
    }
}
