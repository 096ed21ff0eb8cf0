//! Requests of HTTP/1, read by the grammar of RFC 9112 and nothing beside: slow, simple, and all at once.

/// A request.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub body: Vec<u8>,
}

/// The requests up to the first that is malformed or not complete.
pub fn read(mut bytes: &[u8]) -> Vec<Request> {
    let mut requests = Vec::new();
    while let Some((request, rest)) = one(bytes) {
        requests.push(request);
        bytes = rest;
    }
    requests
}

fn one(mut bytes: &[u8]) -> Option<(Request, &[u8])> {
    while let Some(rest) = bytes.strip_prefix(b"\r\n") {
        bytes = rest;
    }
    let (line, mut bytes) = line(bytes)?;
    let line = std::str::from_utf8(line).ok()?;
    let [method, target, version] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let is_target = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if !is_token(method.as_bytes()) || target.is_empty() || !target.bytes().all(is_target) {
        return None;
    }
    let is_new = match version {
        "HTTP/1.1" => true,
        "HTTP/1.0" => false,
        _ => return None,
    };
    let (mut codings, mut length) = (Vec::new(), None);
    loop {
        let (field, rest) = self::line(bytes)?;
        bytes = rest;
        if field.is_empty() {
            break;
        }
        let (name, value) = self::field(field)?;
        match name.as_str() {
            "transfer-encoding" => codings.push(value.to_ascii_lowercase()),
            "content-length" => {
                let text = std::str::from_utf8(value)
                    .ok()
                    .filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))?;
                let value: u64 = text.parse().ok()?;
                if length.replace(value).is_some_and(|before| before != value) {
                    return None;
                }
            }
            _ => {}
        }
    }
    let (body, bytes) = if !codings.is_empty() {
        if !is_new || codings != [b"chunked"] {
            return None;
        }
        chunks(bytes)?
    } else {
        let length = usize::try_from(length.unwrap_or(0)).ok()?;
        let (body, rest) = bytes.split_at_checked(length)?;
        (body.to_vec(), rest)
    };
    Some((Request { method: method.into(), target: target.into(), body }, bytes))
}

/// A line without its end, and what follows.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let rest = bytes[end..].strip_prefix(b"\r\n")?;
    Some((&bytes[..end], rest))
}

fn field(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    let is_value = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
    let name = is_token(name).then(|| String::from_utf8_lossy(name).to_ascii_lowercase())?;
    value.iter().all(is_value).then_some((name, value))
}

fn chunks(mut bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut body = Vec::new();
    loop {
        let (line, rest) = line(bytes)?;
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits == 0 || digits > 16 || !extensions(&line[digits..]) {
            return None;
        }
        let size = usize::from_str_radix(std::str::from_utf8(&line[..digits]).ok()?, 16).ok()?;
        bytes = rest;
        if size == 0 {
            break;
        }
        let (data, rest) = bytes.split_at_checked(size)?;
        body.extend(data);
        bytes = rest.strip_prefix(b"\r\n")?;
    }
    loop {
        let (line, rest) = line(bytes)?;
        bytes = rest;
        if line.is_empty() {
            return Some((body, bytes));
        }
        field(line)?;
    }
}

/// `*( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`
fn extensions(mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        let Some(after) = blank(rest).strip_prefix(b";") else { return false };
        let Some(after) = token(blank(after)) else { return false };
        rest = after;
        if let Some(value) = blank(rest).strip_prefix(b"=") {
            let value = blank(value);
            let after = if value.starts_with(b"\"") { quoted(&value[1..]) } else { token(value) };
            let Some(after) = after else { return false };
            rest = after;
        }
    }
    true
}

fn blank(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()..]
}

fn token(bytes: &[u8]) -> Option<&[u8]> {
    let count = bytes.iter().take_while(|byte| is_tchar(**byte)).count();
    (count > 0).then_some(&bytes[count..])
}

fn quoted(mut bytes: &[u8]) -> Option<&[u8]> {
    let is_text = |byte: u8| byte == b'\t' || (byte >= b' ' && byte != 0x7f);
    loop {
        bytes = match bytes {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', byte, rest @ ..] | [byte, rest @ ..] if is_text(*byte) => rest,
            _ => return None,
        };
    }
}

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_tchar(*byte))
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
