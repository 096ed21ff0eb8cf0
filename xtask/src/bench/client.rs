//! A small HTTP/1.1 client: one keep-alive connection, one request at a time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::Error;

/// The request headers that every tool sends, besides Host: a browser's, shortened.
pub(crate) const HEADERS: &[(&str, &str)] = &[
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("Accept", "application/json, text/plain, */*"),
    ("Accept-Encoding", "gzip, deflate, br"),
];

/// How long an answer may take: callgrind slows a server some fifty times.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case, in alphabetical order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The bytes of a request, ready to be sent to the server on this port any number of times.
pub(crate) fn request(port: u16, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    request_with(HEADERS, port, method, path, body)
}

/// The same with other headers.
pub(crate) fn request_with(
    headers: &[(&str, &str)],
    port: u16,
    method: &str,
    path: &str,
    body: &[u8],
) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// A connection to the server on this port, on which nobody waits for ever.
pub(crate) fn connection(port: u16) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

impl Client {
    pub(crate) fn connect(port: u16) -> std::io::Result<Self> {
        Ok(Self { stream: BufReader::new(connection(port)?) })
    }

    /// Sends a request and reads its whole answer.
    pub(crate) fn send(&mut self, request: &[u8]) -> Result<Answer, Error> {
        self.stream.get_mut().write_all(request)?;
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or("the answer has no status line")?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or("a header without a colon")?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        headers.sort();
        let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let body = match header("content-length") {
            Some(length) => self.exactly(length.parse()?)?,
            None if header("transfer-encoding").is_some() => self.chunks()?,
            None => return Err("the answer's length is unknown".into()),
        };
        Ok(Answer { status, headers, body })
    }

    fn chunks(&mut self) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line()?, 16)?;
            body.append(&mut self.exactly(length)?);
            self.line()?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    fn exactly(&mut self, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn line(&mut self) -> Result<String, Error> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(line.trim_end().to_owned())
    }
}
