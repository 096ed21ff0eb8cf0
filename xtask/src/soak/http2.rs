//! As much of HTTP/2 as a client needs that knows what it will be told: frames are followed, fields are not read.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Room for more octets than any client here reads: no window is watched.
const WINDOW: u32 = (1 << 31) - 1 - 65_535;

// RFC 9113 §6.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const ACK: u8 = 0x1;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

pub(super) struct Client {
    reader: BufReader<TcpStream>,
    next_stream: u32,
    /// The server has said that it takes no more requests.
    pub(super) is_dismissed: bool,
}

impl Client {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        let mut opening = PREFACE.to_vec();
        push_frame(&mut opening, SETTINGS, 0, 0, &[]);
        push_frame(&mut opening, WINDOW_UPDATE, 0, 0, &WINDOW.to_be_bytes());
        let mut reader = BufReader::new(stream);
        reader.get_mut().write_all(&opening)?;
        Ok(Self { reader, next_stream: 1, is_dismissed: false })
    }

    /// Sends requests for a path, all at once.
    pub(super) fn ask(&mut self, path: &str, count: usize) -> io::Result<()> {
        // RFC 7541: `:method: GET` and `:scheme: http` stand in its table, the names of `:path` and `:authority` too.
        let mut fields = vec![0x82, 0x86, 0x04, path.len() as u8];
        fields.extend_from_slice(path.as_bytes());
        fields.extend_from_slice(b"\x01\x09localhost");
        let mut requests = Vec::new();
        for _ in 0..count {
            push_frame(&mut requests, HEADERS, END_STREAM | END_HEADERS, self.next_stream, &fields);
            self.next_stream += 2;
        }
        self.reader.get_mut().write_all(&requests)
    }

    /// Reads until so many requests are answered or reset, and returns how many were answered.
    pub(super) fn answered(&mut self, count: usize) -> usize {
        let (mut answered, mut reset) = (0, 0);
        while answered + reset < count {
            match self.frame() {
                Ok((DATA | HEADERS, flags)) if flags & END_STREAM != 0 => answered += 1,
                Ok((RST_STREAM, _)) => reset += 1,
                Ok((GOAWAY, _)) => self.is_dismissed = true,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        answered
    }

    /// Reads a frame, acknowledges what has to be, and returns its type and flags.
    fn frame(&mut self) -> io::Result<(u8, u8)> {
        let mut head = [0; 9];
        self.reader.read_exact(&mut head)?;
        let [a, b, c, kind, flags, ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.reader.read_exact(&mut payload)?;
        let mut reply = Vec::new();
        match kind {
            SETTINGS if flags & ACK == 0 => push_frame(&mut reply, SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => push_frame(&mut reply, PING, ACK, 0, &payload),
            _ => {}
        }
        // Where this fails the next read does, unless answers are there still, which count.
        let _ = self.reader.get_mut().write_all(&reply);
        Ok((kind, flags))
    }
}

fn push_frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}
