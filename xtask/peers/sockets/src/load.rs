//! A load, and what it found, as numbers on one line.
//!
//! - `load echo PORT CONNECTIONS BYTES SECONDS`: each connection sends a message, waits for it to come back, and sends the next.
//!   Prints how many there were, in how many seconds.
//! - `load idle PORT CONNECTIONS`: opens them, says one thing on each, prints `open`, and holds them until its input ends.
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

async fn echo(port: u16, connections: usize, length: usize, seconds: usize) -> io::Result<()> {
    let (frame, back) = message(length);
    let frame: Arc<[u8]> = frame.into();
    let mut streams = Vec::new();
    for _ in 0..connections {
        streams.push(open(port, "/echo").await?);
    }
    let (begin, until) = (Instant::now(), Duration::from_secs(seconds as u64));
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|mut stream| {
            let frame = Arc::clone(&frame);
            tokio::spawn(async move {
                let (mut count, mut buffer) = (0u64, vec![0; back]);
                while begin.elapsed() < until {
                    stream.write_all(&frame).await?;
                    stream.read_exact(&mut buffer).await?;
                    count += 1;
                }
                Ok::<_, io::Error>(count)
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await.map_err(io::Error::other)??;
    }
    println!("{count} {}", begin.elapsed().as_secs_f64());
    Ok(())
}

async fn idle(port: u16, connections: usize) -> io::Result<()> {
    let (frame, back) = message(5);
    let mut streams = Vec::new();
    for _ in 0..connections {
        let mut stream = open(port, "/echo").await?;
        stream.write_all(&frame).await?;
        stream.read_exact(&mut vec![0; back]).await?;
        streams.push(stream);
    }
    println!("open");
    tokio::task::spawn_blocking(|| io::read_to_string(io::stdin())).await.map_err(io::Error::other)??;
    Ok(())
}

async fn room(port: u16, connections: usize, length: usize, seconds: usize) -> io::Result<()> {
    let (frame, back) = message(length);
    let said = Arc::new(Mutex::new(Instant::now()));
    let (sender, mut heard) = mpsc::unbounded_channel();
    for _ in 0..connections {
        let mut stream = open(port, "/room").await?;
        let (sender, said) = (sender.clone(), Arc::clone(&said));
        tokio::spawn(async move {
            let mut buffer = vec![0; back];
            while stream.read_exact(&mut buffer).await.is_ok() {
                let said = *said.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = sender.send(said.elapsed());
            }
        });
    }
    let mut speaker = open(port, "/room").await?;
    // The speaker hears itself too; and the last to enter is in the room when it hears something.
    let mut own = vec![0; back];
    let (mut times, mut rounds, mut begin) = (Vec::new(), 0u64, Instant::now());
    while rounds == 0 || begin.elapsed() < Duration::from_secs(seconds as u64) {
        *said.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        speaker.write_all(&frame).await?;
        for _ in 0..connections {
            times.extend(heard.recv().await);
        }
        speaker.read_exact(&mut own).await?;
        if rounds == 0 {
            // The first is to warm up.
            (times, begin) = (Vec::new(), Instant::now());
        }
        rounds += 1;
    }
    let took = begin.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).map_or(0, Duration::as_micros);
    println!("{} {took} {} {}", rounds - 1, at(0.5), at(0.99));
    Ok(())
}
