//! A peer that runs as a child process: started on a free port, awaited, killed when it is dropped.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::client::Client;
use super::collector;
use super::machine::Cores;
use crate::peers::{self, Peer};
use crate::{Error, step};

/// How long a server may take to answer its first request, and to stop when it is told to.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) peer: &'static Peer,
    pub(crate) port: u16,
    child: Child,
}

/// The kernel's account of a process.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Time {
    pub(crate) ran: Duration,
    /// Ready to run while somebody else had the core.
    pub(crate) waited: Duration,
}

impl Time {
    /// What all threads of a process have used of their core, system calls included, and how long they waited for it.
    pub(crate) fn of(process: u32) -> Result<Self, Error> {
        let mut time = Self::default();
        for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
            // A thread may end between the listing and the reading.
            if let Ok(schedstat) = std::fs::read_to_string(task?.path().join("schedstat")) {
                let mut nanos = schedstat.split(' ').map(|nanos| nanos.parse().map(Duration::from_nanos));
                if let (Some(ran), Some(waited)) = (nanos.next(), nanos.next()) {
                    time.ran += ran?;
                    time.waited += waited?;
                }
            }
        }
        Ok(time)
    }
}

/// The resident memory of a process in bytes. `smaps_rollup` is exact, where the counters in `status` are kept per thread and
/// folded in batches.
pub(crate) fn resident(process: u32) -> Result<u64, Error> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:")).ok_or("smaps_rollup has no Rss")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

impl Server {
    /// Starts it on its core and waits until it accepts connections.
    pub(crate) fn start(peer: &'static Peer, cores: Cores) -> Result<Self, Error> {
        Self::start_under(peer, &cores.pin(cores.server))
    }

    /// Starts it behind other programs, such as valgrind, each of which runs the next.
    pub(crate) fn start_under(peer: &'static Peer, wrapper: &[String]) -> Result<Self, Error> {
        // The kernel kills the server when this process dies in a way that runs no destructor.
        let mut line: Vec<String> = ["setpriv", "--pdeathsig", "KILL"].map(String::from).into();
        line.extend_from_slice(wrapper);
        let mut server = Self::spawn(peer, &line)?;
        server.await_connections(Duration::from_millis(5))?;
        Ok(server)
    }

    /// How long it takes from the start of its process to its first answer.
    pub(crate) fn time_to_first_answer(peer: &'static Peer) -> Result<Duration, Error> {
        let start = Instant::now();
        let mut server = Self::spawn(peer, &[])?;
        let mut client = server.await_connections(Duration::from_micros(100))?;
        client.send(&super::client::request(server.port, "GET", "/plaintext", &[]))?;
        Ok(start.elapsed())
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Its resident memory in bytes.
    pub(crate) fn resident(&self) -> Result<u64, Error> {
        resident(self.child.id())
    }

    /// Asks it to stop and waits until it has, so that a program around it can write what it found.
    pub(crate) fn stop(mut self) -> Result<(), Error> {
        step::output(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err(format!("{} did not stop on SIGTERM", self.peer.name).into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn spawn(peer: &'static Peer, wrapper: &[String]) -> Result<Self, Error> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let log = File::create(log_of(peer)?)?;
        let mut command = peer.command(port, wrapper)?;
        if let Some(endpoint) = collector::endpoint() {
            command.env(collector::VARIABLE, endpoint);
        }
        command.stdout(Stdio::from(log.try_clone()?)).stderr(Stdio::from(log));
        let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        Ok(Self { peer, port, child })
    }

    fn await_connections(&mut self, pause: Duration) -> Result<Client, Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Client::connect(self.port) {
                Ok(client) => return Ok(client),
                Err(_) if Instant::now() < deadline && self.child.try_wait()?.is_none() => {
                    std::thread::sleep(pause);
                }
                Err(error) => {
                    let said = std::fs::read_to_string(log_of(self.peer)?)?;
                    return Err(format!("{} did not start: {error}\n{said}", self.peer.name).into());
                }
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already; there is nothing to do about either failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn log_of(peer: &Peer) -> Result<PathBuf, Error> {
    let directory = peers::target_directory()?.join("bench");
    std::fs::create_dir_all(&directory)?;
    Ok(directory.join(peer.name).with_extension("log"))
}
