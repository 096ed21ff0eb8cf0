//! A server reads its configuration again under load, again and again: no request fails.

use std::fs;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use super::{answer, http2, server::Server};
use crate::{Error, step};

/// How many requests are answered, at least.
const REQUESTS: usize = 1_000_000;
/// Reloads, at least.
const RELOADS: usize = 100;
/// Clients of each kind.
const CLIENTS: usize = 4;
/// Requests that are sent at once where they are pipelined, or streams of one connection.
const BATCH: usize = 16;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

const REQUEST: &str = "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n";

pub(super) fn run() -> Result<(), Error> {
    let folder = super::folder("reload")?;
    let write = |count: usize| {
        let text =
            format!("[http]\ndrain_grace = \"100ms\"\n[[route]]\npath = \"/plain\"\nrespond = \"{count}\"\n");
        fs::write(folder.join("tsk.toml"), text)
    };
    write(0)?;
    let server = Server::start(&folder)?;
    let load = Arc::new(Load::default());
    let clients: Vec<_> = (0..CLIENTS)
        .flat_map(|_| {
            KINDS.map(|kind| {
                let (load, address) = (Arc::clone(&load), server.address);
                thread::spawn(move || load.client(address, kind))
            })
        })
        .collect();
    let mut reloads = 0;
    while reloads < RELOADS || load.answered.load(SeqCst) < REQUESTS {
        reloads += 1;
        write(reloads)?;
        let tsk = crate::target_dir()?.join("release/tsk");
        step::output(Command::new(tsk).args(["web", "reload"]).current_dir(&folder))?;
        // Those that are asking get a new connection meanwhile.
        thread::sleep(Duration::from_millis(50));
        let failed = load.failed.load(SeqCst);
        if failed > 0 {
            return Err(format!("{failed} requests failed, by the reload {reloads}").into());
        }
        if reloads % 20 == 0 {
            println!("{reloads} reloads, {} requests answered, none failed", load.answered.load(SeqCst));
        }
    }
    load.is_over.store(true, SeqCst);
    for client in clients {
        client.join().map_err(|_| "a client panicked")?;
    }
    let [answered, failed, connections] =
        [&load.answered, &load.failed, &load.connections].map(|count| count.load(SeqCst));
    println!("{reloads} reloads: {answered} requests answered on {connections} connections, {failed} failed");
    server.stop()?;
    if failed == 0 { Ok(()) } else { Err(format!("{failed} requests failed").into()) }
}

#[derive(Clone, Copy)]
enum Kind {
    /// One request at a time.
    One,
    Pipelined,
    Http2,
}

const KINDS: [Kind; 3] = [Kind::One, Kind::Pipelined, Kind::Http2];

/// What the clients have seen.
#[derive(Default)]
struct Load {
    is_over: AtomicBool,
    answered: AtomicUsize,
    /// Requests that were sent whole and not answered, and connections that could not be made.
    failed: AtomicUsize,
    connections: AtomicUsize,
}

impl Load {
    /// Asks until it is over, on one connection after another.
    fn client(&self, address: SocketAddr, kind: Kind) {
        while !self.is_over.load(SeqCst) {
            let Ok(stream) = TcpStream::connect(address) else {
                self.failed.fetch_add(1, SeqCst);
                return;
            };
            self.connections.fetch_add(1, SeqCst);
            let _ = stream.set_read_timeout(Some(PATIENCE));
            match kind {
                Kind::One => self.http1(stream, REQUEST, 1),
                Kind::Pipelined => self.http1(stream, &REQUEST.repeat(BATCH), BATCH),
                Kind::Http2 => self.http2(stream),
            }
        }
    }

    /// Asks until the server says that an answer was the last.
    fn http1(&self, stream: TcpStream, request: &str, count: usize) {
        let mut reader = BufReader::new(stream);
        while !self.is_over.load(SeqCst) {
            if reader.get_mut().write_all(request.as_bytes()).is_err() {
                self.failed.fetch_add(count, SeqCst);
                return;
            }
            for index in 0..count {
                match answer::read(&mut reader) {
                    // What was sent behind the last is not answered, and the client knows.
                    Some(true) if index + 1 < count => {
                        self.failed.fetch_add(count - index - 1, SeqCst);
                        return;
                    }
                    Some(is_last) => {
                        self.answered.fetch_add(1, SeqCst);
                        if is_last {
                            return;
                        }
                    }
                    None => {
                        self.failed.fetch_add(count - index, SeqCst);
                        return;
                    }
                }
            }
        }
    }

    /// Asks until the server takes no more.
    fn http2(&self, stream: TcpStream) {
        let Ok(mut client) = http2::Client::new(stream) else { return };
        while !self.is_over.load(SeqCst) && !client.is_dismissed {
            let is_sent = client.ask("/plain", BATCH).is_ok();
            let answered = client.answered(BATCH);
            self.answered.fetch_add(answered, SeqCst);
            if !is_sent || answered < BATCH {
                self.failed.fetch_add(BATCH - answered, SeqCst);
                return;
            }
        }
    }
}
