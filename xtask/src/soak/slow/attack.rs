//! Sockets that are slow, kept at their number: whichever the server closes is opened again.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::Error;

/// How often each socket does what keeps it alive, and is looked at.
const TURN: Duration = Duration::from_secs(1);
/// How often some of them have their turn.
const STEP: Duration = Duration::from_millis(10);
const CONNECT: Duration = Duration::from_secs(5);

/// What a client is slow at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Sending the head of a request: an octet a turn.
    Head,
    /// Sending its body: an octet a turn.
    Body,
    /// Reading the answer: sixteen octets a turn.
    Reader,
}

pub(super) struct Attack {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Attack {
    /// Opens all sockets.
    pub(super) fn start(address: SocketAddr, kind: Kind, count: usize) -> Result<Self, Error> {
        let mut sockets = Vec::with_capacity(count);
        for _ in 0..count {
            sockets.push(Some(kind.open(address)?));
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&is_over);
        let thread = thread::spawn(move || hold(sockets, address, kind, &stop));
        Ok(Self { is_over, thread })
    }

    /// Closes all sockets, and returns how many had to be opened again.
    pub(super) fn stop(self) -> Result<usize, Error> {
        self.is_over.store(true, Relaxed);
        self.thread.join().map_err(|_| "the attack panicked".into())
    }
}

/// Gives each socket its turn, evenly over time, until it is over; returns how many were opened again.
fn hold(mut sockets: Vec<Option<TcpStream>>, address: SocketAddr, kind: Kind, is_over: &AtomicBool) -> usize {
    let share = sockets.len().div_ceil((TURN.as_millis() / STEP.as_millis()) as usize);
    let (mut replaced, mut due) = (0, Instant::now());
    loop {
        for some in sockets.chunks_mut(share) {
            if is_over.load(Relaxed) {
                return replaced;
            }
            for socket in some {
                if socket.as_mut().is_some_and(|socket| kind.goes_on(socket)) {
                    continue;
                }
                // Closed before the next is opened, so that there are never more.
                *socket = None;
                *socket = kind.open(address).ok();
                replaced += 1;
            }
            due = (due + STEP).max(Instant::now() - STEP);
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Head, Self::Body, Self::Reader];

    /// As the command line has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Head => "heads",
            Self::Body => "bodies",
            Self::Reader => "readers",
        }
    }

    fn open(self, address: SocketAddr) -> io::Result<TcpStream> {
        let mut socket = TcpStream::connect_timeout(&address, CONNECT)?;
        socket.write_all(match self {
            Self::Head => b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            Self::Body => b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
            Self::Reader => b"GET /download HTTP/1.1\r\nHost: localhost\r\n\r\n",
        })?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    /// Has its turn; whether the connection is still of use.
    fn goes_on(self, socket: &mut TcpStream) -> bool {
        let read = socket.read(&mut [0; 16]);
        match self {
            // There is nothing to read before the server has had enough.
            Self::Head | Self::Body => {
                read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
                    && socket.write_all(b"a").is_ok()
            }
            Self::Reader => {
                read.map_or_else(|error| error.kind() == ErrorKind::WouldBlock, |count| count > 0)
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slow {}", self.name())
    }
}
