//! What there is no way around: the calls of the system, and the mask of what comes. No library, no bounds, whole messages of
//! binary alone. What a server costs beyond this is its own doing.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

type Room = Arc<Mutex<Vec<Arc<TcpStream>>>>;

pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    let room = Room::default();
    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let room = Arc::clone(&room);
        tokio::spawn(async move {
            match open(&mut stream).await {
                Ok(true) => enter(stream, room).await,
                Ok(false) => echo(stream).await,
                Err(error) => Err(error),
            }
        });
    }
}

/// Answers the handshake, and says whether it is for the room.
async fn open(stream: &mut TcpStream) -> io::Result<bool> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_buf(&mut head).await?;
    }
    let head = String::from_utf8_lossy(&head);
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    );
    stream.write_all(answer.as_bytes()).await?;
    Ok(head.starts_with("GET /room "))
}

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut message = Message::default();
    loop {
        while !message.is_whole() {
            if stream.read_buf(&mut message.0).await? == 0 {
                return Ok(());
            }
        }
        stream.write_all(message.unmask()).await?;
        message.0.clear();
    }
}

async fn enter(stream: TcpStream, room: Room) -> io::Result<()> {
    let stream = Arc::new(stream);
    let members = || room.lock().unwrap_or_else(PoisonError::into_inner);
    members().push(Arc::clone(&stream));
    let mut message = Message::default();
    loop {
        while !message.is_whole() {
            stream.readable().await?;
            match stream.try_read_buf(&mut message.0) {
                Ok(0) => return Ok(()),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
        let framed = message.unmask();
        members().retain(|member| SockRef::from(&**member).send(framed).is_ok());
        message.0.clear();
    }
}

/// What has come of one masked message.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// How long the header of the answer is, and the payload.
    fn lengths(&self) -> Option<(usize, usize)> {
        match (self.0.get(1)? & 0x7f, self.0.get(2..4)) {
            (126, Some(&[high, low])) => Some((4, usize::from(u16::from_be_bytes([high, low])))),
            (126, _) => None,
            (length, _) => Some((2, usize::from(length))),
        }
    }

    fn is_whole(&self) -> bool {
        self.lengths().is_some_and(|(header, payload)| self.0.len() == header + 4 + payload)
    }

    /// The message as a server sends it: what is in front of the payload moves over the mask.
    fn unmask(&mut self) -> &[u8] {
        let Some((header, _)) = self.lengths() else { return &[] };
        let mask = [0, 1, 2, 3].map(|at| self.0[header + at]);
        self.0[1] &= 0x7f;
        self.0.copy_within(..header, 4);
        let (chunks, rest) = self.0[header + 4..].as_chunks_mut::<4>();
        chunks.iter_mut().for_each(|chunk| *chunk = (u32::from_ne_bytes(*chunk) ^ u32::from_ne_bytes(mask)).to_ne_bytes());
        rest.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        &self.0[4..]
    }
}
