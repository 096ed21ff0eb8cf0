//! Collectors of spans: one on the official definitions, that tells a test what arrived, and a real one.

use std::env;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{DEADLINE, curl};

/// A collector that tells a test what arrived. Killed when dropped.
#[derive(Debug)]
pub struct Receiver {
    child: Child,
    scheme: &'static str,
    port: u16,
    control: u16,
}

impl Receiver {
    /// Starts on a free port.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts with arguments, such as `--port`.
    pub fn start_with(args: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/otlp_receiver.py");
        let mut child = Command::new(tools().join("bin/python"))
            .arg(script)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`cargo xtask test` installs the collectors");
        let (sender, receiver) = mpsc::channel();
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        thread::spawn(move || {
            let mut line = String::new();
            // What cannot be read is no line, and the test says so.
            let _ = output.read_line(&mut line);
            let _ = sender.send(line);
        });
        let line = receiver.recv_timeout(DEADLINE).expect("the receiver says where it listens");
        let mut ports = line.split_whitespace().map(|port| port.parse().expect("a port"));
        let mut port = || ports.next().expect("two ports");
        let scheme = if args.contains(&"--certificate") { "https" } else { "http" };
        Self { child, scheme, port: port(), control: port() }
    }

    /// Where spans are sent.
    pub fn endpoint(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.port)
    }

    /// The port on which it is a collector.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Has it do from now on what `otlp_receiver.py` knows by this JSON.
    pub fn set(&self, mode: &str) {
        let answer = curl(&["--request", "PUT", "--data", mode, &self.control("/mode")]);
        assert_eq!(answer.status, 200);
    }

    /// Each request that was taken: its `headers`, the subject of the client's `certificate`, and the `export` in it.
    pub fn requests(&self) -> Vec<Value> {
        serde_json::from_slice(&curl(&[&self.control("/requests")]).body).expect("a list")
    }

    /// How many spans were taken.
    pub fn count(&self) -> usize {
        serde_json::from_slice(&curl(&[&self.control("/count")]).body).expect("a number")
    }

    /// Waits until so many spans were taken.
    pub fn wait_for(&self, count: usize) {
        let deadline = Instant::now() + DEADLINE;
        while self.count() < count {
            assert!(Instant::now() < deadline, "{} spans of {count} have arrived", self.count());
        }
    }

    /// Each span that was taken.
    pub fn spans(&self) -> Vec<Value> {
        let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
        let requests = self.requests().into_iter();
        let scopes = requests.flat_map(|request| list(&request["export"], "resourceSpans"));
        let spans = scopes.flat_map(|resource| list(&resource, "scopeSpans"));
        spans.flat_map(|scope| list(&scope, "spans")).collect()
    }

    fn control(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.control)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// The Rotel collector, which passes on what it gets. Killed when dropped.
#[derive(Debug)]
pub struct Rotel {
    child: Child,
    port: u16,
}

impl Rotel {
    /// Starts it in front of another collector.
    pub fn start(behind: &Receiver) -> Self {
        let found =
            std::fs::read_dir(tools().join("lib")).expect("`cargo xtask test` installs the collectors");
        let mut libraries = found.flatten().map(|entry| entry.path().join("site-packages/rotel/rotel-agent"));
        let agent = libraries.find(|path| path.is_file()).expect("the package of Python has the program");
        let (port, grpc) = (free_port(), free_port());
        let mut child = Command::new(agent)
            .arg("start")
            .arg(format!("--otlp-http-endpoint=127.0.0.1:{port}"))
            .arg(format!("--otlp-grpc-endpoint=127.0.0.1:{grpc}"))
            .arg(format!("--otlp-exporter-endpoint={}", behind.endpoint()))
            .args(["--exporter=otlp", "--otlp-exporter-protocol=http", "--disable-batching"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program can be run");
        let (address, deadline) = (SocketAddr::from(([127, 0, 0, 1], port)), Instant::now() + DEADLINE);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "rotel does not listen");
            assert!(child.try_wait().expect("a child can be waited for").is_none(), "rotel ended");
            thread::sleep(Duration::from_millis(10));
        }
        Self { child, port }
    }

    /// Where spans are sent.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    // Fails only when it has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

/// One that nobody listens on, at this moment.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

fn tools() -> PathBuf {
    installed("otlp")
}

/// Where `cargo xtask test` installs programs of that kind.
pub(crate) fn installed(kind: &str) -> PathBuf {
    // <target>/<profile>/deps/<this test>
    let test = env::current_exe().expect("a test has a path");
    test.ancestors().nth(3).expect("a test is in <target>/<profile>/deps").join("tools").join(kind)
}
