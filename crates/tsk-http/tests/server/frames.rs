//! A client that sends just the HTTP/2 frames it is told to.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::running::{Running, patiently};

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// `GET http://test/held` in HPACK: static entries for the method and the scheme, literals for the rest.
pub(crate) fn get(path: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x86, 0x04, path.len() as u8];
    block.extend(path.bytes());
    block.extend(b"\x01\x04test");
    block
}

/// `POST http://test/`, likewise.
pub(crate) fn post(path: &str) -> Vec<u8> {
    let mut block = get(path);
    block[0] = 0x83;
    block
}

#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

pub(crate) struct Frames(pub(crate) TcpStream);

impl Frames {
    /// Connects and says hello; the server's own hello is read as it comes.
    pub(crate) async fn connect(server: &Running) -> Self {
        let mut frames = Self(TcpStream::connect(server.address()).await.unwrap());
        frames.0.write_all(PREFACE).await.unwrap();
        frames.send(SETTINGS, 0, 0, &[]).await.unwrap();
        frames
    }

    pub(crate) async fn send(
        &mut self,
        kind: u8,
        flags: u8,
        stream: u32,
        payload: &[u8],
    ) -> std::io::Result<()> {
        let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        patiently(self.0.write_all(&frame)).await
    }

    /// The next frame, `None` where the server has closed the connection.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        patiently(self.0.read_exact(&mut head)).await.ok()?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        patiently(self.0.read_exact(&mut payload)).await.ok()?;
        let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
        Some(Frame { kind: head[3], flags: head[4], stream, payload })
    }

    /// The next frame of a kind; pings on the way are answered.
    pub(crate) async fn next_of(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.next().await.expect("the server closed the connection");
            if frame.kind == PING && frame.flags & ACK == 0 {
                self.send(PING, ACK, 0, &frame.payload).await.unwrap();
            }
            if frame.kind == kind {
                return frame;
            }
        }
    }
}
