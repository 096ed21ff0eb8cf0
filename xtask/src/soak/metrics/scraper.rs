//! Asks for the metrics when it is time to, as Prometheus does.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::schedule::{self, Arm};
use crate::Error;

const PROMETHEUS: &str = "Accept: application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3\r\nAccept-Encoding: gzip\r\n";

/// A page that was received.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    /// When it was asked for, after the beginning, and for how long it was on its way.
    pub(super) asked: Duration,
    pub(super) took: Duration,
    /// Its bytes, as it was received.
    pub(super) size: usize,
}

/// Scrapes on a thread of its own, and tells how far it is.
pub(super) fn start(admin: SocketAddr, begin: Instant) -> thread::JoinHandle<Result<Vec<Page>, String>> {
    thread::spawn(move || follow(admin, begin).map_err(|error| error.to_string()))
}

fn follow(admin: SocketAddr, begin: Instant) -> Result<Vec<Page>, Error> {
    let (mut pages, mut told) = (Vec::new(), None);
    for due in schedule::scrapes() {
        thread::sleep((begin + due).saturating_duration_since(Instant::now()));
        let asked = begin.elapsed();
        let size = super::page(admin, PROMETHEUS)?.len();
        let took = begin.elapsed() - asked;
        if asked + took > due + schedule::LONGEST {
            return Err(format!("a page took {took:.1?}: others are measured with it").into());
        }
        let round = schedule::at(due).map(|(round, _)| round);
        if round != told {
            println!("round {} of {}", round.map_or(0, |round| round + 1), schedule::ROUNDS);
            told = round;
        }
        if matches!(schedule::at(due), Some((_, Arm::Scraped))) {
            pages.push(Page { asked, took, size });
        }
    }
    Ok(pages)
}
