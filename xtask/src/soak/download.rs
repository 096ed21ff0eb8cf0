//! A file far larger than the memory allowed for it is downloaded often, by several clients at once, fast and slow.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::server::Server;
use crate::Error;
use crate::step;

const SIZE: u64 = 1 << 30;
const ROUNDS: usize = 3;
/// How each client of a round downloads: the same file over both protocols.
const CLIENTS: [&str; 4] = ["--http1.1", "--http2-prior-knowledge", "--http1.1", "--http2-prior-knowledge"];
/// Clients that take what they get slowly, throughout: what the server reads ahead for them must not pile up.
const SLOW_CLIENTS: usize = 32;
/// How long those are alone at first: ample to read the file for all of them, if nothing held the server back.
const HEAD_START: Duration = Duration::from_secs(5);
/// The most memory that the server may use, in KiB.
const PEAK_LIMIT: u64 = 64 * 1024;

pub(super) fn run() -> Result<(), Error> {
    let folder = super::folder("download")?;
    std::fs::create_dir(folder.join("public"))?;
    let path = folder.join("public/large.bin");
    write_sparse(&path)?;
    let expected = sum_of(Command::new("sha256sum").stdin(File::open(&path)?))?;
    let server = Server::start(&folder)?;
    let url = format!("http://{}/large.bin", server.address);
    println!("peak memory before the first download: {} KiB", server.memory("VmHWM")?);

    let mut slow = SlowClients::start(&url)?;
    let start = Instant::now();
    while start.elapsed() < HEAD_START {
        check_peak(&server)?;
        thread::sleep(Duration::from_millis(100));
    }
    println!("{SLOW_CLIENTS} slow downloads: peak memory {} KiB", check_peak(&server)?);
    for round in 1..=ROUNDS {
        let clients: Vec<Client> =
            CLIENTS.iter().map(|version| Client::start(&url, version)).collect::<Result<_, _>>()?;
        for client in clients {
            let sum = client.finish()?;
            if sum != expected {
                return Err(
                    format!("round {round}: a download has the sum {sum}, the file {expected}").into()
                );
            }
        }
        println!(
            "round {round}: {} exact downloads; peak memory {} KiB",
            CLIENTS.len(),
            check_peak(&server)?
        );
    }
    slow.still_run()?;
    drop(slow);
    server.stop()?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn check_peak(server: &Server) -> Result<u64, Error> {
    let peak = server.memory("VmHWM")?;
    if peak > PEAK_LIMIT {
        return Err(format!("the server used {peak} KiB at its peak, of at most {PEAK_LIMIT}").into());
    }
    Ok(peak)
}

/// A file with holes, and its own offset written at each MiB: a part that is sent twice or out of place changes the sum.
fn write_sparse(path: &Path) -> Result<(), Error> {
    let mut file = File::create(path)?;
    file.set_len(SIZE)?;
    for offset in (0..SIZE).step_by(1 << 20) {
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(&offset.to_be_bytes())?;
    }
    Ok(())
}

/// A download that is summed as it arrives.
struct Client {
    curl: Child,
    sum: Child,
}

impl Client {
    fn start(url: &str, version: &str) -> Result<Self, Error> {
        let mut curl = curl(url, version).stdout(Stdio::piped()).spawn()?;
        let body = curl.stdout.take().ok_or("curl has no output")?;
        let sum = Command::new("sha256sum").stdin(body).stdout(Stdio::piped()).spawn()?;
        Ok(Self { curl, sum })
    }

    fn finish(mut self) -> Result<String, Error> {
        let output = self.sum.wait_with_output()?;
        let status = self.curl.wait()?;
        if !status.success() {
            return Err(format!("curl: {status}").into());
        }
        first_word(&String::from_utf8(output.stdout)?)
    }
}

/// Clients that do not end by themselves.
struct SlowClients(Vec<Child>);

impl SlowClients {
    fn start(url: &str) -> Result<Self, Error> {
        let mut clients = Self(Vec::with_capacity(SLOW_CLIENTS));
        for version in CLIENTS.iter().cycle().take(SLOW_CLIENTS) {
            let mut client = curl(url, version);
            clients.0.push(client.args(["--limit-rate", "256K"]).stdout(Stdio::null()).spawn()?);
        }
        Ok(clients)
    }

    fn still_run(&mut self) -> Result<(), Error> {
        for client in &mut self.0 {
            if let Some(status) = client.try_wait()? {
                return Err(format!("a slow download ended early: {status}").into());
            }
        }
        Ok(())
    }
}

impl Drop for SlowClients {
    fn drop(&mut self) {
        for client in &mut self.0 {
            // Fails only when it has ended already.
            let _ = client.kill();
            let _ = client.wait();
        }
    }
}

fn curl(url: &str, version: &str) -> Command {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--max-time", "600", version, url]);
    command
}

fn sum_of(command: &mut Command) -> Result<String, Error> {
    first_word(&step::output(command)?)
}

fn first_word(text: &str) -> Result<String, Error> {
    Ok(text.split_whitespace().next().ok_or("sha256sum printed nothing")?.to_string())
}
