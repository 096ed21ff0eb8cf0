//! Services that are told to stop while they serve, a thousand times: their collector has a span of every request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use super::{answer, server::Server};
use crate::{Error, Usage, install, step};

const ROUNDS: usize = 1000;
const CLIENTS: usize = 4;
/// How long a service may take to end: it waits for its collector five seconds.
const DEADLINE: Duration = Duration::from_secs(8);
const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

pub(super) fn run(options: &[String]) -> Result<(), Error> {
    let rounds = rounds(options)?;
    let build = ["build", "--release", "--locked", "-p", "tsk-trace", "--example", "until_stopped"];
    step::run(&mut step::cargo(&build))?;
    let folder = super::folder("spans")?;
    let collector = Collector::start()?;
    let (mut answered, mut longest, mut before) = (0, Duration::ZERO, 0);
    for round in 1..=rounds {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str());
        let server = Server::component(&folder, "until_stopped", endpoint)?;
        let (asked, got) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (address, asked, got) = (server.address, Arc::clone(&asked), Arc::clone(&got));
                thread::spawn(move || ask(address, &asked, &got))
            })
            .collect();
        // Spread over moments, the same in every run.
        thread::sleep(Duration::from_millis(5 + (round * 7 % 60) as u64));
        let start = Instant::now();
        server.stop()?;
        longest = longest.max(start.elapsed());
        for client in clients {
            client.join().map_err(|_| "a client panicked")?;
        }
        let (asked, got, after) = (asked.load(SeqCst), got.load(SeqCst), collector.count()?);
        let spans = after - before;
        if spans < got || spans > asked || got == 0 || longest > DEADLINE {
            let lost = got.saturating_sub(spans);
            return Err(format!(
                "round {round}: {got} requests of {asked} answered, {spans} spans, {lost} lost; ended after {longest:?}"
            )
            .into());
        }
        (before, answered) = (after, answered + got);
        if round % 50 == 0 || round == rounds {
            println!(
                "{round} services: {answered} requests answered, {after} spans arrived, none lost; ended in {longest:?} at most"
            );
        }
    }
    Ok(())
}

fn rounds(options: &[String]) -> Result<usize, Error> {
    match options {
        [] => Ok(ROUNDS),
        [flag, number] if flag == "--rounds" => {
            let rounds = number.parse().ok().filter(|rounds| *rounds > 0);
            Ok(rounds.ok_or_else(|| Usage("--rounds takes a number, 1 or more".into()))?)
        }
        [option, ..] => Err(Usage(format!("`soak spans` takes `--rounds N`, and not `{option}`")).into()),
    }
}

/// Sends requests one after another until there is no answer, or the last.
fn ask(address: SocketAddr, asked: &AtomicUsize, got: &AtomicUsize) {
    let Ok(stream) = TcpStream::connect(address) else { return };
    let _ = stream.set_read_timeout(Some(DEADLINE));
    let mut reader = BufReader::new(stream);
    loop {
        asked.fetch_add(1, SeqCst);
        if reader.get_mut().write_all(REQUEST.as_bytes()).is_err() {
            return;
        }
        let Some(is_last) = answer::read(&mut reader) else { return };
        got.fetch_add(1, SeqCst);
        if is_last {
            return;
        }
    }
}

/// The collector of the end-to-end tests. Killed when dropped.
struct Collector {
    child: Child,
    endpoint: String,
    control: SocketAddr,
}

impl Collector {
    fn start() -> Result<Self, Error> {
        let python = install::collectors()?.join("bin/python");
        let script = Path::new("tests/peers/otlp_receiver.py");
        let mut command = Command::new(python);
        let mut child =
            command.arg(script).args(["--keep", "0"]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().ok_or("the collector says nothing")?;
        BufReader::new(output).read_line(&mut line)?;
        let (port, control) = line.trim().split_once(' ').ok_or("the collector ended")?;
        let control = format!("127.0.0.1:{control}").parse()?;
        Ok(Self { child, endpoint: format!("http://127.0.0.1:{port}"), control })
    }

    /// How many spans have arrived.
    fn count(&self) -> Result<usize, Error> {
        let mut stream = TcpStream::connect(self.control)?;
        stream.write_all(b"GET /count HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let (_, body) = text.split_once("\r\n\r\n").ok_or("the collector answers with no body")?;
        Ok(body.trim().parse()?)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
