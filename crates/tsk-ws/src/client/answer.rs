//! What a server answers: RFC 6455 §4.1, the client's half.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tokio::io::{AsyncRead, AsyncReadExt};
use tungstenite::handshake::derive_accept_key;

use super::{Error, Request};
use crate::{
    config::Deflate,
    deflate::{Agreement, answered},
};

/// The most fields that an answer may have.
const MAX_FIELDS: usize = 100;

/// That a server opens a socket, and how.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) protocol: Option<Box<str>>,
    pub(super) agreement: Option<Agreement>,
    /// What came behind the answer.
    pub(super) rest: Bytes,
}

/// Reads the answer to a request that was sent with this key, and checks it. `deflate` is what was offered of compression.
pub(super) async fn read(
    io: &mut (impl AsyncRead + Unpin),
    request: &Request,
    key: &str,
    deflate: Option<&Deflate>,
    limit: usize,
) -> Result<Opened, Error> {
    let mut buffer = BytesMut::new();
    let (mut length, mut left) = (0, limit);
    loop {
        let head = loop {
            if let Some(end) = end(&buffer, length) {
                break buffer.split_to(end);
            }
            length = buffer.len();
            if length >= left {
                return Err(Error::too_large(limit));
            }
            // No more than a head may be: what comes behind it is the socket's, and has bounds of its own.
            let read = (&mut *io).take((left - length) as u64).read_buf(&mut buffer).await;
            if read.map_err(Error::exchange)? == 0 {
                return Err(Error::exchange(std::io::ErrorKind::UnexpectedEof.into()));
            }
        };
        let (status, headers) = parse(&head)?;
        // What is said in between is no answer yet (RFC 9110 §15.2).
        if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
            (length, left) = (0, left - head.len());
            continue;
        }
        if status != StatusCode::SWITCHING_PROTOCOLS {
            return Err(Error::refused(status, retry_after(&headers)));
        }
        let (protocol, agreement) = check(&headers, request, key, deflate)?;
        return Ok(Opened { protocol, agreement, rest: buffer.freeze() });
    }
}

/// Where the head ends, if it does: the first so many bytes were looked at before.
fn end(buffer: &[u8], seen: usize) -> Option<usize> {
    let begin = seen.saturating_sub(3);
    buffer[begin..].windows(4).position(|four| four == b"\r\n\r\n").map(|at| begin + at + 4)
}

fn parse(head: &[u8]) -> Result<(StatusCode, HeaderMap), Error> {
    const WRONG: &str = "what it answers is no head of HTTP/1.1";
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let is_whole = response.parse(head).is_ok_and(|status| status.is_complete());
    // HTTP/1.0 knows of no other protocols.
    if !is_whole || response.version != Some(1) {
        return Err(Error::wrong(WRONG));
    }
    let code = response.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status = code.ok_or(Error::wrong(WRONG))?;
    let headers = response.headers.iter().map(|field| {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(field.value).ok()?))
    });
    let headers = headers.collect::<Option<HeaderMap>>().ok_or(Error::wrong(WRONG))?;
    Ok((status, headers))
}

fn check(
    headers: &HeaderMap,
    request: &Request,
    key: &str,
    deflate: Option<&Deflate>,
) -> Result<(Option<Box<str>>, Option<Agreement>), Error> {
    let has = |name: HeaderName, token: &str| {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    if !has(header::UPGRADE, "websocket") || !has(header::CONNECTION, "upgrade") {
        return Err(Error::wrong("it changes to another protocol"));
    }
    if one(headers, &header::SEC_WEBSOCKET_ACCEPT) != Some(derive_accept_key(key.as_bytes()).as_bytes()) {
        return Err(Error::wrong("its `Sec-WebSocket-Accept` is not that of our key"));
    }
    let protocol = match headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        false => None,
        true => {
            let chosen = one(headers, &header::SEC_WEBSOCKET_PROTOCOL);
            let offered = request.protocols().iter().find(|offered| chosen == Some(offered.as_bytes()));
            Some(offered.ok_or(Error::wrong("it chose a subprotocol that was not offered"))?.clone())
        }
    };
    Ok((protocol, answered(headers, deflate).map_err(Error::wrong)?))
}

/// The only value of a field.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = one(headers, &header::RETRY_AFTER).and_then(|value| str::from_utf8(value).ok())?;
    seconds.parse().ok().map(Duration::from_secs)
}
