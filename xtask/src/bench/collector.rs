//! A collector of spans that takes whatever it is sent: a process of its own, beside the clients.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::machine::Cores;
use crate::Error;

/// What a server finds it by.
pub(crate) const VARIABLE: &str = "COLLECTOR";

static ENDPOINT: OnceLock<String> = OnceLock::new();

/// Where it listens, as in `http://127.0.0.1:4318`, if it was started.
pub(crate) fn endpoint() -> Option<&'static str> {
    ENDPOINT.get().map(String::as_str)
}

/// Starts one on the core of the clients. The kernel ends it with this process.
pub(crate) fn start(cores: Cores) -> Result<(), Error> {
    let mut line = ["setpriv", "--pdeathsig", "KILL"].map(String::from).to_vec();
    line.extend(cores.pin(cores.client));
    line.push(std::env::current_exe()?.display().to_string());
    line.extend(["bench", "collector"].map(String::from));
    let (program, args) = line.split_first().ok_or("no program")?;
    let mut child = Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut endpoint = String::new();
    BufReader::new(child.stdout.take().ok_or("it has no output")?).read_line(&mut endpoint)?;
    ENDPOINT.get_or_init(|| endpoint.trim().to_owned());
    Ok(())
}

/// How many spans it has been sent.
pub(crate) fn count() -> Result<u64, Error> {
    let address =
        endpoint().and_then(|endpoint| endpoint.strip_prefix("http://")).ok_or("there is no collector")?;
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, count) = answer.split_once("\r\n\r\n").ok_or("the collector answers with no body")?;
    Ok(count.parse()?)
}

/// Runs one in this process, for as long as it lives.
pub(crate) fn run() -> Result<(), Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        // Who goes has its spans.
        std::thread::spawn(move || serve(&stream));
    }
    Ok(())
}

fn serve(stream: &TcpStream) -> std::io::Result<()> {
    static SPANS: AtomicU64 = AtomicU64::new(0);
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        let (mut length, mut is_question) = (0, false);
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let field = line.trim_end().to_ascii_lowercase();
            is_question |= field.starts_with("get ");
            if let Some(value) = field.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            if field.is_empty() {
                break;
            }
        }
        if is_question {
            let count = SPANS.load(Relaxed).to_string();
            return write!(&*stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{count}", count.len());
        }
        body.clear();
        (&mut reader).take(length).read_to_end(&mut body)?;
        (&mut &*stream).write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n",
        )?;
        SPANS.fetch_add(spans(&body), Relaxed);
    }
}

/// How many spans there are in an `ExportTraceServiceRequest`: in its `resource_spans`, in their `scope_spans`, the `spans`.
fn spans(request: &[u8]) -> u64 {
    let within = |message, field| parts(message).filter(move |part| part.0 == field).map(|part| part.1);
    let scopes = within(request, 1).flat_map(|resource| within(resource, 2));
    scopes.map(|scope| within(scope, 2).count() as u64).sum()
}

/// The messages and texts of a message of protobuf, by their fields, up to the first field of another kind.
fn parts(mut message: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    std::iter::from_fn(move || {
        let tag = varint(&mut message).filter(|tag| tag & 7 == 2)?;
        let length = usize::try_from(varint(&mut message)?).ok()?;
        let (part, rest) = message.split_at_checked(length)?;
        message = rest;
        Some((tag >> 3, part))
    })
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let end = bytes.iter().take(10).position(|byte| byte & 0x80 == 0)?;
    let (digits, rest) = bytes.split_at(end + 1);
    *bytes = rest;
    Some(digits.iter().rev().fold(0, |number, digit| number << 7 | u64::from(digit & 0x7f)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field with a message or a text.
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let mut bytes = vec![number << 3 | 2, (length & 0x7f) as u8 | 0x80, (length >> 7) as u8];
        bytes.extend_from_slice(content);
        bytes
    }

    #[test]
    fn spans_are_counted_wherever_they_are() {
        let span = field(2, &[7; 300]);
        let scope = |spans: usize| field(2, &[field(1, b"scope"), span.repeat(spans)].concat());
        let resource = |scopes: &[Vec<u8>]| field(1, &[field(1, b"resource"), scopes.concat()].concat());
        let request = [resource(&[scope(3), scope(0)]), resource(&[scope(2)])].concat();
        assert_eq!(spans(&request), 5);
        assert_eq!(spans(&request[..request.len() - 1]), 3, "what is cut off is not counted");
        assert_eq!(spans(b""), 0);
    }
}
