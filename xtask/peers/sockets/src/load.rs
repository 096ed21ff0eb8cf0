//! A load, and what it found, as numbers on one line.
//!
//! Each prints `begin` once all is open, then its numbers, and holds the connections until its input ends: so whoever reads that can
//! tell the time of the load from that of opening and closing.
//!
//! - `load echo PORT CONNECTIONS BYTES SECONDS`: each connection sends a message, waits for it to come back, and sends the next.
//!   Prints how many there were, in how many seconds.
//! - `load idle PORT CONNECTIONS`: opens them, says one thing on each, and answers pings. Prints no numbers.
//! - `load room PORT CONNECTIONS BYTES SECONDS`: one more says something, waits until all have heard it, and says the next. Prints
//!   how many there were, in how many seconds, and in how many microseconds half, and all but one in a hundred, had heard it.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
};

pub(crate) async fn run(args: &[&str]) -> io::Result<()> {
    let number = |at: usize| -> io::Result<usize> {
        args.get(at).and_then(|arg| arg.parse().ok()).ok_or_else(|| io::Error::other("a number is missing"))
    };
    match args.first() {
        Some(&"echo") => echo(number(1)? as u16, number(2)?, number(3)?, number(4)?).await,
        Some(&"idle") => idle(number(1)? as u16, number(2)?).await,
        Some(&"room") => room(number(1)? as u16, number(2)?, number(3)?, number(4)?).await,
        _ => Err(io::Error::other("no such load")),
    }
}

/// Holds what is open until the input ends.
async fn hold() -> io::Result<()> {
    tokio::task::spawn_blocking(|| io::read_to_string(io::stdin())).await.map_err(io::Error::other)??;
    Ok(())
}

async fn open(port: u16, path: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    if head.starts_with(b"HTTP/1.1 101 ") { Ok(stream) } else { Err(io::Error::other("no socket")) }
}

/// A masked message, and how long it is when it comes back.
fn message(length: usize) -> (Vec<u8>, usize) {
    let mut frame = vec![0x82];
    match length {
        0..126 => frame.push(0x80 | length as u8),
        126..65536 => {
            frame.push(0xfe);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            frame.push(0xff);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    let back = frame.len() + length;
    let mask = [0x12, 0x34, 0x56, 0x78];
    frame.extend_from_slice(&mask);
    frame.extend((0..length).map(|at| b'a' ^ mask[at % 4]));
    (frame, back)
}

/// A connection that hears messages of one length.
struct Listener {
    stream: TcpStream,
    /// Longer than a message: a read that does not fill it needs no second one, which would find that there is nothing more.
    buffer: Vec<u8>,
}

impl Listener {
    async fn open(port: u16, path: &str, length: usize) -> io::Result<Self> {
        Ok(Self { stream: open(port, path).await?, buffer: vec![0; length + 1] })
    }

    /// Waits until one more has come.
    async fn hear(&mut self) -> io::Result<()> {
        let mut left = self.buffer.len() - 1;
        while left > 0 {
            let count = self.stream.read(&mut self.buffer).await?;
            left = left.checked_sub(count).filter(|_| count > 0).ok_or(io::ErrorKind::UnexpectedEof)?;
        }
        Ok(())
    }
}

async fn echo(port: u16, connections: usize, length: usize, seconds: usize) -> io::Result<()> {
    let (frame, back) = message(length);
    let frame: Arc<[u8]> = frame.into();
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Listener::open(port, "/echo", back).await?);
    }
    println!("begin");
    let (begin, until) = (Instant::now(), Duration::from_secs(seconds as u64));
    let tasks: Vec<_> = open
        .into_iter()
        .map(|mut connection| {
            let frame = Arc::clone(&frame);
            tokio::spawn(async move {
                let mut count = 0u64;
                while begin.elapsed() < until {
                    connection.stream.write_all(&frame).await?;
                    connection.hear().await?;
                    count += 1;
                }
                Ok::<_, io::Error>((count, connection))
            })
        })
        .collect();
    let (mut count, mut open) = (0, Vec::new());
    for task in tasks {
        let (own, connection) = task.await.map_err(io::Error::other)??;
        count += own;
        open.push(connection);
    }
    println!("{count} {}", begin.elapsed().as_secs_f64());
    hold().await
}

async fn idle(port: u16, connections: usize) -> io::Result<()> {
    let (frame, back) = message(5);
    for _ in 0..connections {
        let mut connection = Listener::open(port, "/echo", back).await?;
        connection.stream.write_all(&frame).await?;
        connection.hear().await?;
        let Listener { mut stream, .. } = connection;
        tokio::spawn(async move {
            let mut ping = [0; 2];
            while stream.read_exact(&mut ping).await.is_ok() {
                // A ping without a payload is all that a server says of itself; the mask of nothing does not matter.
                if ping != [0x89, 0] || stream.write_all(&[0x8a, 0x80, 0, 0, 0, 0]).await.is_err() {
                    break;
                }
            }
        });
    }
    println!("begin");
    hold().await
}

async fn room(port: u16, connections: usize, length: usize, seconds: usize) -> io::Result<()> {
    let (frame, back) = message(length);
    let said = Arc::new(Mutex::new(Instant::now()));
    let (sender, mut heard) = mpsc::unbounded_channel();
    for _ in 0..connections {
        let mut member = Listener::open(port, "/room", back).await?;
        let (sender, said) = (sender.clone(), Arc::clone(&said));
        tokio::spawn(async move {
            while member.hear().await.is_ok() {
                let said = *said.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = sender.send(said.elapsed());
            }
        });
    }
    let mut speaker = Listener::open(port, "/room", back).await?;
    let (mut times, mut rounds, mut begin) = (Vec::new(), 0u64, Instant::now());
    while rounds == 0 || begin.elapsed() < Duration::from_secs(seconds as u64) {
        *said.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        speaker.stream.write_all(&frame).await?;
        for _ in 0..connections {
            times.extend(heard.recv().await);
        }
        // The speaker hears itself too; and the last to enter is in the room when it hears something.
        speaker.hear().await?;
        if rounds == 0 {
            // The first is to warm up.
            println!("begin");
            (times, begin) = (Vec::new(), Instant::now());
        }
        rounds += 1;
    }
    let took = begin.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).map_or(0, Duration::as_micros);
    println!("{} {took} {} {}", rounds - 1, at(0.5), at(0.99));
    hold().await
}
