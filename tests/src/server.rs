//! `tsk web start`, running.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Instant;

use crate::DEADLINE;
use crate::output::{Ended, Running};
use crate::site::Site;

/// A server that listens. Killed when dropped.
#[derive(Debug)]
pub struct Server {
    running: Running,
    scheme: String,
    address: SocketAddr,
}

impl Server {
    /// Starts in the site's folder, on a free port.
    pub fn start(site: &Site) -> Self {
        Self::start_with(site, &["--port", "0"])
    }

    /// Starts in the site's folder with arguments, one of which or the configuration must ask for port 0 on 127.0.0.1.
    pub fn start_with(site: &Site, args: &[&str]) -> Self {
        Self::listening(Running::start(site.folder(), ["web", "start"].iter().chain(args)))
    }

    /// Starts in the site's folder, on a free port, with what a shell's `ulimit` sets for these options.
    pub fn start_limited(site: &Site, options: &str) -> Self {
        Self::listening(Running::start_limited(options, site.folder(), ["web", "start", "--port", "0"]))
    }

    fn listening(mut running: Running) -> Self {
        let (scheme, address) = running.line(|line| {
            let (_, url) = line.split_once("listening on ")?;
            let (scheme, rest) = url.split_once("://")?;
            Some((scheme.to_owned(), rest.trim_end_matches('/').parse().ok()?))
        });
        Self { running, scheme, address }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path that begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// A connection whose reads and writes have a deadline.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline above zero");
        stream.set_write_timeout(Some(DEADLINE)).expect("a deadline above zero");
        stream
    }

    /// The most memory that it has used so far, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.running.id())).expect("it runs");
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel counts memory");
        let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
        kibibytes * 1024
    }

    /// How many files it may open: the soft limit and the hard one, as the kernel words them.
    pub fn open_file_limits(&self) -> (String, String) {
        let limits = fs::read_to_string(format!("/proc/{}/limits", self.running.id())).expect("it runs");
        let row = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("a limit");
        let mut columns = row.split_whitespace().map(str::to_owned);
        columns.next().zip(columns.next()).expect("two limits")
    }

    /// Sends a signal, by its name without `SIG`.
    pub fn signal(&self, name: &str) {
        let id = self.running.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status().expect("kill is there");
        assert!(status.success(), "kill: {status}");
    }

    /// Waits until no new connection is accepted.
    pub fn wait_until_closed(&self) {
        let deadline = Instant::now() + DEADLINE;
        while TcpStream::connect(self.address).is_ok() {
            assert!(Instant::now() < deadline, "the server still accepts connections");
            std::thread::yield_now();
        }
    }

    /// The first line that it writes, from now on, of which `find` makes something.
    pub fn line<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> T {
        self.running.line(find)
    }

    /// Waits until it ends.
    pub fn wait(self) -> Ended {
        self.running.wait()
    }
}
