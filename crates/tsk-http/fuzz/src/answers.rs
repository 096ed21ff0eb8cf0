//! Answers of HTTP/1, read strictly.

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// The header by which a service tells that it answers HEAD, whose answer has a length and no content.
pub const IS_HEAD: &str = "x-is-head";

/// All final answers. Panics where what came is not a row of well-formed ones; only the last may break off, as a
/// connection may be closed within a stream.
pub fn read(mut bytes: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let (answer, rest) = one(bytes);
        bytes = rest;
        if answer.status >= 200 {
            answers.push(answer);
        }
    }
    answers
}

fn one(bytes: &[u8]) -> (Answer, &[u8]) {
    let end = find(bytes, b"\r\n\r\n").expect("a head ends");
    let (head, mut rest) =
        (std::str::from_utf8(&bytes[..end]).expect("heads of ours are text"), &bytes[end + 4..]);
    let mut lines = head.split("\r\n");
    let line = lines.next().expect("a status line");
    assert!(line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 "), "{line:?}");
    let status: u16 = line[9..12].parse().expect("a status");
    let (mut length, mut chunked, mut is_head, mut is_last) = (None, false, false, false);
    for line in lines {
        let (name, value) = line.split_once(": ").or(line.split_once(':')).expect("a field");
        assert!(
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
            "{line:?}"
        );
        assert!(!value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t'), "{line:?}");
        match name.to_ascii_lowercase().as_str() {
            "content-length" => assert_eq!(length.replace(value.parse::<usize>().expect("a length")), None),
            "transfer-encoding" => {
                assert!(value == "chunked" && !chunked, "{line:?}");
                chunked = true;
            }
            "connection" => is_last = value.contains("close"),
            IS_HEAD => is_head = true,
            _ => {}
        }
    }
    assert!(!(chunked && length.is_some()), "two framings: {head}");
    let mut body = Vec::new();
    if is_head || status < 200 || status == 204 || status == 304 {
        assert!(
            status == 304 || is_head || (length.is_none() && !chunked),
            "a framing without content: {head}"
        );
    } else if let Some(length) = length {
        // The answer to a HEAD that was refused says so nowhere.
        if !(is_last && rest.is_empty()) {
            assert!(rest.len() >= length, "an answer breaks off: {head}");
            (body, rest) = (rest[..length].to_vec(), &rest[length..]);
        }
    } else if chunked {
        while let Some(end) = find(rest, b"\r\n") {
            let size =
                std::str::from_utf8(&rest[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size.expect("a size of a chunk");
            rest = &rest[end + 2..];
            if rest.len() < size + 2 {
                return (Answer { status, body }, &[]);
            }
            assert_eq!(&rest[size..size + 2], b"\r\n");
            body.extend(&rest[..size]);
            rest = &rest[size + 2..];
            if size == 0 {
                return (Answer { status, body }, rest);
            }
        }
        assert!(rest.is_empty());
    } else {
        (body, rest) = (rest.to_vec(), &[]);
    }
    (Answer { status, body }, rest)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
