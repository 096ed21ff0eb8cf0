//! A million requests over random paths, methods and hosts: the series stay what they were, and so does the memory.

use std::collections::BTreeSet;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use super::super::{answer, server::Server};
use super::random::Random;
use crate::Error;

/// Requests before the series are looked at, and after that.
const WARM_UP: usize = 200_000;
const REQUESTS: usize = 1_000_000;
const CLIENTS: u64 = 4;
/// Requests that are sent at once.
const BATCH: usize = 16;
/// How much more memory may be held, in KiB.
const GROWTH_LIMIT: u64 = 5 * 1024;
/// How long all of this may take.
const DEADLINE: Duration = Duration::from_secs(280);

const CONFIG: &str = r#"
admin.listen = "127.0.0.1:0"
[[route]]
path = "/plain"
respond = "plain"
[[route]]
path = "/users/{id}"
methods = ["GET", "POST"]
respond = "a user"
[[route]]
path = "/old/{*rest}"
redirect = "/users/{rest}"
"#;

pub(super) fn run() -> Result<(), Error> {
    let folder = super::super::folder("metrics")?;
    std::fs::write(folder.join("tsk.toml"), CONFIG)?;
    let server = Server::start(&folder)?;
    let admin = server.says("admin on http://")?;
    let deadline = Instant::now() + DEADLINE;
    flood(server.address, WARM_UP, 0, deadline)?;
    let (series, memory) = (series(admin)?, server.memory("VmRSS")?);
    println!("{WARM_UP} requests: {} series, {memory} KiB", series.len());
    flood(server.address, REQUESTS, CLIENTS, deadline)?;
    let (after, left) = (self::series(admin)?, server.memory("VmRSS")?);
    println!("{REQUESTS} more: {} series, {left} KiB", after.len());
    server.stop()?;
    if let Some(other) = after.symmetric_difference(&series).next() {
        return Err(format!("the series are not what they were: {other}").into());
    }
    if left > memory + GROWTH_LIMIT {
        return Err(
            format!("{left} KiB are held, and {memory} KiB were; {GROWTH_LIMIT} KiB more may be").into()
        );
    }
    Ok(())
}

fn series(admin: SocketAddr) -> Result<BTreeSet<String>, Error> {
    Ok(super::samples(admin)?.into_iter().map(|(name, _)| name).collect())
}

/// Has clients ask until so many requests are answered.
fn flood(address: SocketAddr, count: usize, seed: u64, deadline: Instant) -> Result<(), Error> {
    let (answered, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (answered, is_over) = (Arc::clone(&answered), Arc::clone(&is_over));
            let mut random = Random::new(seed + number);
            thread::spawn(
                move || while !is_over.load(SeqCst) && ask(address, &mut random, &answered, &is_over) {},
            )
        })
        .collect();
    let mut told = 0;
    while answered.load(SeqCst) < count
        && Instant::now() < deadline
        && !clients.iter().any(|it| it.is_finished())
    {
        thread::sleep(Duration::from_millis(50));
        if answered.load(SeqCst) / 200_000 > told {
            told += 1;
            println!("{} requests answered", answered.load(SeqCst));
        }
    }
    is_over.store(true, SeqCst);
    for client in clients {
        client.join().map_err(|_| "a client panicked")?;
    }
    match answered.load(SeqCst) {
        enough if enough >= count => Ok(()),
        few => Err(format!("{few} requests of {count} were answered").into()),
    }
}

/// Asks on one connection until the server ends it; whether it answered all that was sent before.
fn ask(address: SocketAddr, random: &mut Random, answered: &AtomicUsize, is_over: &AtomicBool) -> bool {
    let Ok(stream) = TcpStream::connect(address) else { return false };
    let _ = stream.set_read_timeout(Some(super::PATIENCE));
    let mut reader = BufReader::new(stream);
    while !is_over.load(SeqCst) {
        let mut batch = String::new();
        let methods: Vec<_> = (0..BATCH).map(|_| write_request(random, &mut batch)).collect();
        if reader.get_mut().write_all(batch.as_bytes()).is_err() {
            return false;
        }
        for method in methods {
            let Some(answer) = answer::read_to(&method, &mut reader) else { return false };
            answered.fetch_add(1, SeqCst);
            if answer.is_last {
                return true;
            }
        }
    }
    true
}

/// A request that no other is like; its method.
fn write_request(random: &mut Random, batch: &mut String) -> String {
    const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    let method =
        METHODS.get(random.below(12)).map_or_else(|| random.word(12).to_uppercase(), |it| (*it).into());
    let path = match random.below(8) {
        0 => "/plain".into(),
        1 => format!("/users/{}", random.number()),
        2 => format!("/old/{}/{}", random.word(8), random.word(8)),
        _ => format!("/{}/{}", random.word(12), random.word(12)),
    };
    let host = format!("{}.{}", random.word(20), random.word(6));
    // Some send the whole URL, as to a proxy.
    let before = if random.below(4) == 0 { format!("http://{host}") } else { String::new() };
    *batch += &format!(
        "{method} {before}{path}?{}={} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {}/{}\r\n{}: {}\r\n",
        random.word(6),
        random.word(6),
        random.word(10),
        random.below(100),
        random.word(10),
        random.word(30),
    );
    if random.below(4) == 0 {
        let trace = u128::from(random.number()) << 64 | u128::from(random.number());
        *batch += &format!("traceparent: 00-{trace:032x}-{:016x}-01\r\n", random.number());
    }
    *batch += "\r\n";
    method
}
