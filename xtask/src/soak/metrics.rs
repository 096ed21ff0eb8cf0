//! Clients make no series, and whoever scrapes many is not noticed.

mod flood;
mod options;
mod pool;
mod random;
mod schedule;
mod scraped;
mod scraper;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use options::Options;

use crate::Error;

/// How long a page of metrics may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let Options { parts, priority } = Options::parse(args)?;
    parts.into_iter().try_for_each(|part| match part {
        options::Part::Flood => flood::run(),
        options::Part::Scraped => scraped::run(priority),
    })
}

/// The bytes of a page of metrics, after its head, as a scraper with these fields gets it.
fn page(admin: SocketAddr, fields: &str) -> Result<Vec<u8>, Error> {
    let mut client = TcpStream::connect(admin)?;
    client.set_read_timeout(Some(PATIENCE))?;
    write!(client, "GET /metrics HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n{fields}\r\n")?;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").ok_or("an answer without an end")? + 4;
    if !answer.starts_with(b"HTTP/1.1 200 ") {
        return Err(format!("the scraper was told {}", String::from_utf8_lossy(&answer[..head])).into());
    }
    Ok(answer.split_off(head))
}

/// The samples of a page in the text format: names with labels, and values.
fn samples(admin: SocketAddr) -> Result<Vec<(String, f64)>, Error> {
    let page = String::from_utf8(page(admin, "")?)?;
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let samples = lines.filter_map(|line| line.rsplit_once(' '));
    samples.map(|(name, value)| Ok((name.to_owned(), value.parse()?))).collect()
}
