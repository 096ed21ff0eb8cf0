//! The good client: it asks at a steady pace, on connections that it keeps for a while.

use std::fmt;
use std::fs;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::answer;
use crate::{Error, step};

const PACE: Duration = Duration::from_millis(1);
/// Requests on each connection, whose making counts as part of the first.
const KEPT_FOR: usize = 10;
/// Whoever waits as long is not served.
const PATIENCE: Duration = Duration::from_secs(10);

/// What it takes to have a thread run ahead of others.
const PREPARATION: Duration = Duration::from_millis(100);

/// How long answers took.
pub(super) struct Latencies {
    pub(super) p50: Duration,
    pub(super) p99: Duration,
}

/// A request that was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    /// When it was to be sent, from the beginning.
    pub(super) due: Duration,
    pub(super) took: Duration,
}

/// Asks for so long.
pub(super) fn visit(address: SocketAddr, time: Duration, priority: bool) -> Result<Latencies, Error> {
    let answers = watch(address, Instant::now() + PREPARATION, time, priority)?;
    Ok(Latencies::of(answers.into_iter().map(|answer| answer.took)))
}

/// Asks from then on, for so long, and tells of each request.
///
/// A request that was due while another was not answered counts from when it was due: a server that stands still for a
/// while is as late for all that would have been asked meanwhile.
pub(super) fn watch(
    address: SocketAddr,
    begin: Instant,
    time: Duration,
    priority: bool,
) -> Result<Vec<Answered>, Error> {
    // On a thread of its own, as the attack is none of its priority.
    let visitor = thread::spawn(move || {
        if priority {
            let thread = fs::read_link("/proc/thread-self")?;
            let id = thread.file_name().ok_or("/proc/thread-self names no thread")?;
            step::output(Command::new("chrt").args(["--rr", "--pid", "1"]).arg(id))?;
        }
        ask(address, begin, time)
    });
    visitor.join().map_err(|_| "the good client panicked")?
}

fn ask(address: SocketAddr, begin: Instant, time: Duration) -> Result<Vec<Answered>, Error> {
    let mut answers = Vec::new();
    let (mut due, end) = (begin, begin + time);
    let mut connection = None;
    while due < end {
        let wait = due.saturating_duration_since(Instant::now());
        thread::sleep(wait);
        let start = if wait.is_zero() { due } else { Instant::now() };
        let mut reader = match connection.take() {
            Some(reader) => reader,
            None => {
                let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                BufReader::new(stream)
            }
        };
        reader.get_mut().write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        answer::read(&mut reader).ok_or("the good client is not answered")?;
        answers.push(Answered { due: due - begin, took: start.elapsed() });
        if answers.len() % KEPT_FOR != 0 {
            connection = Some(reader);
        }
        due += PACE;
    }
    Ok(answers)
}

impl Latencies {
    /// Of at least one answer.
    pub(super) fn of(answers: impl Iterator<Item = Duration>) -> Self {
        let mut latencies: Vec<_> = answers.collect();
        latencies.sort_unstable();
        let at = |percent: usize| latencies[latencies.len() * percent / 100];
        Self { p50: at(50), p99: at(99) }
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99] = [self.p50, self.p99].map(|latency| latency.as_secs_f64() * 1e3);
        write!(f, "p50 {p50:.2} ms, p99 {p99:.2} ms")
    }
}
