//! One client, in a process of its own, that asks servers in turns: short ones, as a machine goes faster and slower by the second.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use super::super::client;
use super::super::machine::Cores;
use super::super::server::{Server, Time};
use super::super::wrk::CONNECTIONS;
use crate::Error;

/// How long a turn lasts, and how many each server has.
pub(crate) const TURN: Duration = Duration::from_millis(60);
pub(crate) const TURNS: usize = 25;

/// What a server was asked.
#[derive(Debug)]
pub(super) struct Taken {
    /// How many requests there were in all.
    pub(super) requests: u64,
    /// The CPU time of one in µs, in each turn.
    pub(super) micros: Vec<f64>,
}

/// Asks the servers for a path. Gives what each was asked.
pub(super) fn take(path: &str, servers: &[&Server], cores: Cores) -> Result<Vec<Taken>, Error> {
    let line = cores.pin(cores.client);
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]).arg(std::env::current_exe()?).args(["bench", "turns", path]);
    command.args(servers.iter().map(|server| format!("{}:{}", server.port, server.process())));
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let said = String::from_utf8(output.stdout)?;
    let taken = |line: &str| {
        let (requests, micros) = line.split_once(' ').ok_or("a line is the requests and their times")?;
        let micros = micros.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        Ok(Taken { requests: requests.parse()?, micros })
    };
    said.lines().map(taken).collect()
}

/// The process of the client: a line for each server.
pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    let (path, servers) = args.split_first().ok_or("a path, and servers as PORT:PROCESS")?;
    // The same of all servers, so that their answers are as long.
    let request = client::request(8080, "GET", path, &[]);
    let mut servers =
        servers.iter().map(|server| Asked::connect(server, &request)).collect::<Result<Vec<_>, _>>()?;
    // The first is to warm up, and the last to end the one before it.
    for turn in 0..TURNS + 2 {
        let count = servers.len();
        for place in 0..count {
            // Nobody follows the same neighbour each time.
            let place = if turn % 2 == 0 { place } else { count - 1 - place };
            servers[(place + turn / 2) % count].turn(&request)?;
        }
    }
    for server in servers {
        let micros: Vec<_> = server.micros[1..].iter().map(f64::to_string).collect();
        println!("{} {}", server.requests, micros.join(" "));
    }
    Ok(())
}

/// A server that is asked.
struct Asked {
    process: u32,
    connections: Vec<TcpStream>,
    answer: Vec<u8>,
    /// The CPU time that it had used by its last turn, and its requests of that.
    before: Option<(Duration, u32)>,
    /// All of its requests.
    requests: u64,
    micros: Vec<f64>,
}

impl Asked {
    fn connect(server: &str, request: &[u8]) -> Result<Self, Error> {
        let (port, process) = server.split_once(':').ok_or("a server is PORT:PROCESS")?;
        let (port, process) = (port.parse::<u16>()?, process.parse()?);
        let connections =
            (0..CONNECTIONS).map(|_| client::connection(port)).collect::<std::io::Result<Vec<_>>>()?;
        // All answers are as long as the first.
        let mut first = &connections[0];
        first.write_all(request)?;
        let mut answer = vec![0; 16 * 1024];
        let length = first.read(&mut answer)?;
        answer.truncate(length);
        // The first has asked one already.
        Ok(Self { process, connections, answer, before: None, requests: 1, micros: Vec::new() })
    }

    /// Has a request under way on each connection, for as long as a turn lasts. What the server does after its turn is its own, too.
    fn turn(&mut self, request: &[u8]) -> Result<(), Error> {
        let ran = Time::of(self.process)?.ran;
        if let Some((before, requests)) = self.before {
            self.micros.push((ran - before).as_secs_f64() * 1e6 / f64::from(requests));
        }
        let Self { connections, answer, .. } = self;
        for stream in &mut *connections {
            stream.write_all(request)?;
        }
        let (start, mut requests, mut goes_on) = (Instant::now(), 0, true);
        while goes_on {
            goes_on = start.elapsed() < TURN;
            for stream in &mut *connections {
                stream.read_exact(answer)?;
                if !answer.starts_with(b"HTTP/1.1 200 ") {
                    return Err(format!("not 200: {}", String::from_utf8_lossy(answer)).into());
                }
                requests += 1;
                if goes_on {
                    stream.write_all(request)?;
                }
            }
        }
        self.before = Some((ran, requests));
        self.requests += u64::from(requests);
        Ok(())
    }
}
