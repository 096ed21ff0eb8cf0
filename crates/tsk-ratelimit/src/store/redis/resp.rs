//! The protocol of Redis (RESP 2), as far as it is needed here.

/// What a server answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply<'b> {
    /// A word, or bytes.
    Text(&'b [u8]),
    /// Numbers.
    Numbers(Vec<i64>),
    /// That it did not do it, and why.
    Error(&'b [u8]),
}

/// What does not speak as Redis does, or says what it was not asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// The longest line, and the longest text, that is read.
const LINE: usize = 1024;
/// The numbers that an answer has at most.
const NUMBERS: usize = 1024;

/// The first reply in `bytes`, and how many of them it is; `None` where it has not come whole.
pub(super) fn reply(bytes: &[u8]) -> Result<Option<(Reply<'_>, usize)>, Malformed> {
    let Some((kind, line, mut at)) = line(bytes)? else { return Ok(None) };
    match kind {
        b'+' => Ok(Some((Reply::Text(line), at))),
        b'-' => Ok(Some((Reply::Error(line), at))),
        b'$' => {
            let length = number(line)?.try_into().map_err(|_| Malformed)?;
            if length > LINE {
                return Err(Malformed);
            }
            let Some(text) = bytes.get(at..at + length + 2) else { return Ok(None) };
            match text.split_at(length) {
                (text, b"\r\n") => Ok(Some((Reply::Text(text), at + length + 2))),
                _ => Err(Malformed),
            }
        }
        b'*' => {
            let count = number(line)?.try_into().map_err(|_| Malformed)?;
            if count > NUMBERS {
                return Err(Malformed);
            }
            let mut numbers = Vec::with_capacity(count);
            for _ in 0..count {
                match self::line(&bytes[at..])? {
                    None => return Ok(None),
                    Some((b':', line, length)) => {
                        numbers.push(number(line)?);
                        at += length;
                    }
                    Some(_) => return Err(Malformed),
                }
            }
            Ok(Some((Reply::Numbers(numbers), at)))
        }
        _ => Err(Malformed),
    }
}

/// The first byte of a line, what is behind it, and the length of all, end included.
type Line<'b> = (u8, &'b [u8], usize);

fn line(bytes: &[u8]) -> Result<Option<Line<'_>>, Malformed> {
    let within = &bytes[..bytes.len().min(LINE)];
    match within.iter().position(|byte| *byte == b'\r') {
        None if within.len() < LINE => Ok(None),
        None | Some(0) => Err(Malformed),
        Some(end) => match bytes.get(end + 1) {
            None => Ok(None),
            Some(b'\n') => Ok(Some((bytes[0], &bytes[1..end], end + 2))),
            Some(_) => Err(Malformed),
        },
    }
}

fn number(digits: &[u8]) -> Result<i64, Malformed> {
    let text = std::str::from_utf8(digits).map_err(|_| Malformed)?;
    text.parse().map_err(|_| Malformed)
}

/// Writes a command of so many words, which follow.
pub(super) fn words(out: &mut Vec<u8>, count: usize) {
    head(out, b'*', count as u64);
}

/// Writes a word of a command. It may have any bytes in it.
pub(super) fn word(out: &mut Vec<u8>, word: &[u8]) {
    head(out, b'$', word.len() as u64);
    out.extend_from_slice(word);
    out.extend_from_slice(b"\r\n");
}

/// Writes a word that is put together of parts.
pub(super) fn word_of<const N: usize>(out: &mut Vec<u8>, parts: [&[u8]; N]) {
    head(out, b'$', parts.iter().map(|part| part.len() as u64).sum());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out.extend_from_slice(b"\r\n");
}

/// Writes a number as a word.
pub(super) fn number_word(out: &mut Vec<u8>, number: i64) {
    word(out, itoa::Buffer::new().format(number).as_bytes());
}

/// Writes a whole command.
pub(super) fn command(out: &mut Vec<u8>, of: &[&[u8]]) {
    words(out, of.len());
    of.iter().for_each(|text| word(out, text));
}

fn head(out: &mut Vec<u8>, kind: u8, number: u64) {
    out.push(kind);
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn whole(bytes: &[u8]) -> Reply<'_> {
        let (reply, length) = reply(bytes).unwrap().unwrap();
        assert_eq!(length, bytes.len());
        reply
    }

    #[test]
    fn replies_are_read() {
        assert_eq!(whole(b"+OK\r\n"), Reply::Text(b"OK"));
        assert_eq!(whole(b"$4\r\na\r\nb\r\n"), Reply::Text(b"a\r\nb"));
        assert_eq!(whole(b"-NOSCRIPT No matching script\r\n"), Reply::Error(b"NOSCRIPT No matching script"));
        assert_eq!(whole(b"*3\r\n:0\r\n:-7\r\n:9007199254740993\r\n"), {
            Reply::Numbers(vec![0, -7, 9_007_199_254_740_993])
        });
    }

    #[test]
    fn a_reply_that_comes_in_parts_is_waited_for() {
        for whole in [&b"+OK\r\n"[..], b"$2\r\nab\r\n", b"*2\r\n:1\r\n:22\r\n", b"-ERR no\r\n"] {
            for part in 0..whole.len() {
                assert_eq!(reply(&whole[..part]), Ok(None), "{part} of {whole:?}");
            }
        }
    }

    #[test]
    fn what_is_no_reply_is_not_read_without_end() {
        let endless = vec![b'x'; 64 * 1024];
        for bytes in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"\r\n",
            b"+OK\rx",
            b"$-1\r\n",
            b"$99999\r\n",
            b"$2\r\nabcd",
            b"*-1\r\n",
            b"*99999\r\n",
            b"*1\r\n+OK\r\n",
            b":1\r\n",
            b"*1\r\n:x\r\n",
            &endless,
        ] {
            assert_eq!(reply(bytes), Err(Malformed), "{:.20}", String::from_utf8_lossy(bytes));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = reply(&bytes);
        }

        #[test]
        fn what_was_cut_off_is_never_taken_for_another_reply(
            numbers in proptest::collection::vec(any::<i64>(), 0..9), cut in 0_usize..200,
        ) {
            let mut bytes = format!("*{}\r\n", numbers.len());
            numbers.iter().for_each(|number| bytes.push_str(&format!(":{number}\r\n")));
            let read = reply(&bytes.as_bytes()[..cut.min(bytes.len())]).unwrap();
            let expected = (cut >= bytes.len()).then_some((Reply::Numbers(numbers), bytes.len()));
            prop_assert_eq!(read, expected);
        }
    }
}
