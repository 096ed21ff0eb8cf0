//! A collector of spans that takes whatever it is sent: a process of its own, beside the clients.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::machine::Cores;
use crate::Error;

/// What a server finds it by.
pub(crate) const VARIABLE: &str = "COLLECTOR";

static ENDPOINT: OnceLock<String> = OnceLock::new();

/// Where it listens, as in `http://127.0.0.1:4318`, if it was started.
pub(crate) fn endpoint() -> Option<&'static str> {
    ENDPOINT.get().map(String::as_str)
}

/// Starts one on the core of the clients. The kernel ends it with this process.
pub(crate) fn start(cores: Cores) -> Result<(), Error> {
    let mut line = ["setpriv", "--pdeathsig", "KILL"].map(String::from).to_vec();
    line.extend(cores.pin(cores.client));
    line.push(std::env::current_exe()?.display().to_string());
    line.extend(["bench", "collector"].map(String::from));
    let (program, args) = line.split_first().ok_or("no program")?;
    let mut child = Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut endpoint = String::new();
    BufReader::new(child.stdout.take().ok_or("it has no output")?).read_line(&mut endpoint)?;
    ENDPOINT.get_or_init(|| endpoint.trim().to_owned());
    Ok(())
}

/// Runs one in this process, for as long as it lives.
pub(crate) fn run() -> Result<(), Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        // Who goes has its spans.
        std::thread::spawn(move || serve(&stream));
    }
    Ok(())
}

fn serve(stream: &TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let mut line = String::new();
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let field = line.trim_end().to_ascii_lowercase();
            if let Some(value) = field.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            if field.is_empty() {
                break;
            }
        }
        std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink())?;
        (&mut &*stream).write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n",
        )?;
    }
}
