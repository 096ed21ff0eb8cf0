//! A service is told to stop under load, a hundred times: it ends in time, and loses no request that came before.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use super::{answer, http2, server::Server};
use crate::{Error, step};

const ROUNDS: u64 = 100;
/// Clients of each kind.
const CLIENTS: usize = 4;
/// Requests that are sent at once where they are pipelined.
const BATCH: usize = 16;
/// The `drain_timeout` of the service, and what a busy machine may add.
const DEADLINE: Duration = Duration::from_secs(10);
const SLACK: Duration = Duration::from_secs(1);

const PLAIN: &str = "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n";
const SLOW: &str = "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";

pub(super) fn run() -> Result<(), Error> {
    step::run(&mut step::cargo(&["build", "--release", "--locked", "-p", "tsk", "--example", "draining"]))?;
    let folder = super::folder("drain")?;
    let (mut asked, mut longest) = (0, Duration::ZERO);
    for round in 1..=ROUNDS {
        let server = Server::example(&folder, "draining")?;
        let load = Arc::new(Load::default());
        let clients: Vec<_> = (0..CLIENTS)
            .flat_map(|_| {
                KINDS.map(|kind| {
                    let (load, address) = (Arc::clone(&load), server.address);
                    thread::spawn(move || load.client(address, kind))
                })
            })
            .collect();
        // Spread over moments, the same in every run.
        thread::sleep(Duration::from_millis(50 + round * 37 % 200));
        load.is_signalled.store(true, SeqCst);
        let start = Instant::now();
        server.stop()?;
        let took = start.elapsed();
        for client in clients {
            client.join().map_err(|_| "a client panicked")?;
        }
        let (events, lost) = (load.events.load(SeqCst), load.lost.load(SeqCst));
        if lost > 0 || events < CLIENTS || took > DEADLINE + SLACK {
            return Err(format!(
                "round {round}: {lost} requests lost, {events} event streams open, ended after {took:?}"
            )
            .into());
        }
        asked += load.asked.load(SeqCst);
        longest = longest.max(took);
        if round % 10 == 0 {
            println!(
                "{round} rounds: {asked} requests before a signal, none lost; ended in {longest:?} at most"
            );
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Kind {
    /// One request at a time.
    One(&'static str),
    Pipelined,
    Events,
    /// A batch of requests for a path, as streams of one connection.
    Http2(&'static str),
}

const KINDS: [Kind; 6] = [
    Kind::One(PLAIN),
    Kind::One(SLOW),
    Kind::Pipelined,
    Kind::Events,
    Kind::Http2("/plain"),
    Kind::Http2("/slow"),
];

/// What the clients of a round have seen.
#[derive(Default)]
struct Load {
    is_signalled: AtomicBool,
    /// Requests that were sent whole before the signal, and those of them that were not answered.
    asked: AtomicUsize,
    lost: AtomicUsize,
    events: AtomicUsize,
}

impl Load {
    fn client(&self, address: SocketAddr, kind: Kind) {
        let Ok(stream) = TcpStream::connect(address) else { return };
        let _ = stream.set_read_timeout(Some(DEADLINE + SLACK));
        match kind {
            Kind::One(request) => self.http1(stream, request, 1),
            Kind::Pipelined => self.http1(stream, &PLAIN.repeat(BATCH), BATCH),
            Kind::Events => self.events(stream),
            Kind::Http2(path) => self.http2(stream, path),
        }
    }

    /// Sends requests again and again, until one is answered as the last, or not at all.
    fn http1(&self, stream: TcpStream, request: &str, count: usize) {
        let mut reader = BufReader::new(stream);
        loop {
            let is_sent = reader.get_mut().write_all(request.as_bytes()).is_ok();
            let is_before = is_sent && !self.is_signalled.load(SeqCst);
            for answered in 0..count {
                match answer::read(&mut reader) {
                    Some(is_last) if is_last && answered + 1 == count => {
                        self.note(is_before, count, 0);
                        return;
                    }
                    Some(_) => {}
                    None => {
                        self.note(is_before, count, count - answered);
                        return;
                    }
                }
            }
            self.note(is_before, count, 0);
        }
    }

    /// Likewise, until the server takes no more.
    fn http2(&self, stream: TcpStream, path: &str) {
        let Ok(mut client) = http2::Client::new(stream) else { return };
        loop {
            let is_sent = client.ask(path, BATCH).is_ok();
            let is_before = is_sent && !self.is_signalled.load(SeqCst);
            let lost = BATCH - client.answered(BATCH);
            self.note(is_before, BATCH, lost);
            if lost > 0 || client.is_dismissed {
                return;
            }
        }
    }

    fn note(&self, is_before: bool, count: usize, lost: usize) {
        if is_before {
            self.asked.fetch_add(count, SeqCst);
            self.lost.fetch_add(lost, SeqCst);
        }
    }

    /// Events until the service ends the stream, properly.
    fn events(&self, mut stream: TcpStream) {
        let request = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";
        if stream.write_all(request.as_bytes()).is_err() {
            return;
        }
        let is_before = !self.is_signalled.load(SeqCst);
        let mut text = Vec::new();
        let is_whole = stream.read_to_end(&mut text).is_ok() && text.ends_with(b"\r\n0\r\n\r\n");
        if is_whole {
            self.events.fetch_add(1, SeqCst);
        }
        self.note(is_before, 1, usize::from(!is_whole));
    }
}
