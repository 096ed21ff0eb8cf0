//! Thousands of connections come, most of them to no good, and go: the server is as it was before.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::server::Server;
use crate::Error;
use crate::step;

const WAVES: usize = 6;
const WAVE: usize = 2_000;
/// How long the server may take to notice that clients went, and to answer one beside a full wave.
const NOTICE: Duration = Duration::from_secs(10);
/// How much more memory may be held after the last wave than after the first: an allocator keeps what it once had.
const GROWTH_LIMIT: u64 = 8 * 1024;

/// What a client of a wave sends before it goes silent.
const OPENINGS: [&str; 4] = [
    "",
    "GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ",
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

pub(super) fn run() -> Result<(), Error> {
    let size = allow_open_files()?;
    let server = Server::start(&super::folder("connections")?)?;
    ask(&server)?;
    let baseline = server.open_files()?;
    println!("at rest: {baseline} descriptors, {} KiB", server.memory("VmRSS")?);

    let mut after_first = None;
    for number in 1..=WAVES {
        let wave = open(&server, size)?;
        wait_for(&server, "accept a wave", |files| files >= baseline + size)?;
        ask(&server)?;
        let held = server.memory("VmRSS")?;
        drop(wave);
        wait_for(&server, "let go of a wave", |files| files <= baseline)?;
        let left = server.memory("VmRSS")?;
        println!("wave {number}: {size} connections, {held} KiB while open, {left} KiB after");
        let first = *after_first.get_or_insert(left);
        if left > first + GROWTH_LIMIT {
            return Err(
                format!("{left} KiB are held after wave {number}, {first} KiB after the first").into()
            );
        }
    }
    server.stop()
}

fn open(server: &Server, size: usize) -> Result<Vec<TcpStream>, Error> {
    let mut wave = Vec::with_capacity(size);
    for opening in OPENINGS.iter().cycle().take(size) {
        let mut client = TcpStream::connect(server.address)?;
        client.write_all(opening.as_bytes())?;
        wave.push(client);
    }
    Ok(wave)
}

/// One whole exchange.
fn ask(server: &Server) -> Result<(), Error> {
    let mut client = TcpStream::connect(server.address)?;
    client.set_read_timeout(Some(NOTICE))?;
    client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer)?;
    if answer.starts_with(b"HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err("the server did not answer with 200".into())
    }
}

fn wait_for(server: &Server, what: &str, reached: impl Fn(usize) -> bool) -> Result<(), Error> {
    let deadline = Instant::now() + NOTICE;
    loop {
        let files = server.open_files()?;
        if reached(files) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(
                format!("the server did not {what} in {} s: {files} descriptors", NOTICE.as_secs()).into()
            );
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Raises the limit of open files to what is permitted, for us and for the server that inherits it, and returns how many
/// connections fit in a wave.
fn allow_open_files() -> Result<usize, Error> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let row = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let numbers: Vec<&str> = row.ok_or("no limit of open files")?.split_whitespace().collect();
    let (soft, hard): (usize, usize) = (numbers[0].parse()?, numbers[1].parse()?);
    let wanted = hard.min(WAVE * 2);
    if soft >= wanted {
        return Ok(WAVE.min(soft / 2));
    }
    let ours = std::process::id().to_string();
    step::output(Command::new("prlimit").args(["--pid", &ours, &format!("--nofile={wanted}:{hard}")]))?;
    Ok(WAVE.min(wanted / 2))
}
