//! Thousands of connections come, most of them to no good, and go: the server is as it was before.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use super::server::{NOTICE, Server};
use crate::Error;

const WAVE: usize = 2_000;
/// Waves after which an allocator has what it will keep: the heaps of all threads, as fragmented as they get.
const WARM_UP: usize = 30;
const WAVES: usize = 120;
/// How much more memory may be held after the last wave than after the warm-up, in KiB. What an allocator keeps comes
/// and goes by less; a leak of 40 bytes a connection would be more.
const GROWTH_LIMIT: u64 = 8 * 1024;

/// Short deadlines, so that the last wave need not be waited for.
const CONFIG: &str = "[http]\nhead_timeout = \"5s\"\nidle_timeout = \"5s\"\n";
/// What a client of a wave sends before it goes silent.
const OPENINGS: [&str; 4] = [
    "",
    "GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ",
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

pub(super) fn run() -> Result<(), Error> {
    let size = WAVE.min(super::allow_open_files(2 * WAVE)? / 2);
    let folder = super::folder("connections")?;
    fs::create_dir(folder.join("public"))?;
    fs::write(folder.join("public/index.html"), "<!doctype html><title>soak</title>")?;
    fs::write(folder.join("tsk.toml"), CONFIG)?;
    let server = Server::start(&folder)?;
    let baseline = server.open_files()?;
    ask(&server)?;
    server.wait_for_files("let go of one client", |files| files <= baseline)?;
    println!("at rest: {baseline} descriptors, {} KiB", server.memory("VmRSS")?);

    let warm = waves(&server, size, baseline, "warm-up", WARM_UP)?;
    let left = waves(&server, size, baseline, "wave", WAVES)?;
    if left > warm + GROWTH_LIMIT {
        return Err(format!("{left} KiB are held after the last wave, {warm} KiB after the warm-up").into());
    }

    // Clients that stay are sent away, whatever they are waiting for.
    let wave = open(&server, size)?;
    server.wait_for_files("accept a wave", |files| files >= baseline + size)?;
    server.wait_for_files("close a wave that does nothing", |files| files <= baseline)?;
    println!("a wave that did nothing was closed");
    drop(wave);
    server.stop()
}

/// Opens and closes waves, and returns what memory is held after the last.
fn waves(server: &Server, size: usize, baseline: usize, name: &str, count: usize) -> Result<u64, Error> {
    let mut left = 0;
    for number in 1..=count {
        let wave = open(server, size)?;
        server.wait_for_files("accept a wave", |files| files >= baseline + size)?;
        ask(server)?;
        let held = server.memory("VmRSS")?;
        drop(wave);
        server.wait_for_files("let go of a wave", |files| files <= baseline)?;
        left = server.memory("VmRSS")?;
        if number % 10 == 0 {
            println!("{name} {number}: {size} connections, {held} KiB while open, {left} KiB after");
        }
    }
    Ok(left)
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
