//! What parts of the product add to the CPU time of a request. Two starts of one server differ by as much, depending on where its
//! memory happens to lie, so servers are started many times, and asked in turns each time.

pub(crate) mod turns;

use std::time::{Duration, Instant};

use super::collector;
use super::load::Load;
use super::machine::Cores;
use super::server::Server;
use super::spread::Spread;
use super::{Options, progress};
use crate::Error;
use crate::peers::{TSK, TSK_ACCESS_LOG, TSK_METRICS, TSK_TRACED};

/// A part, by the servers with it and without it, and the CPU time in µs that it may add.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) what: &'static str,
    with: &'static str,
    without: &'static str,
    pub(crate) load: Load,
    pub(crate) most: f64,
}

const PARTS: [Part; 3] = [
    Part {
        what: "metrics and unsampled tracing",
        with: TSK_METRICS,
        without: TSK,
        load: Load::User,
        most: 0.3,
    },
    Part {
        what: "a span of every request",
        with: TSK_TRACED,
        without: TSK_METRICS,
        load: Load::User,
        most: 1.2,
    },
    Part {
        what: "a line in the access log",
        with: TSK_ACCESS_LOG,
        without: TSK,
        load: Load::Plaintext,
        most: 0.7,
    },
];

/// What a part adds, in µs: of each start the median of its turns, and of those the median, the least and the most.
#[derive(Debug)]
pub(crate) struct Added {
    pub(crate) part: &'static Part,
    pub(crate) micros: Spread,
    /// Spans that did not arrive, of a server that sends one of each request: what is dropped costs nothing, and would make a span look
    /// cheap.
    pub(crate) lost: Option<u64>,
}

/// How often the servers are started.
pub(crate) const STARTS: usize = 12;

/// Measures the parts whose servers are both among those that were asked for.
pub(crate) fn measure(options: &Options, cores: Cores) -> Result<Vec<Added>, Error> {
    let is_there = |name: &str| options.peers.iter().any(|peer| peer.name == name);
    let parts: Vec<_> = PARTS.iter().filter(|part| is_there(part.with) && is_there(part.without)).collect();
    let mut samples = vec![Vec::new(); parts.len()];
    let mut lost = None;
    let starts = if options.quick { 3 } else { STARTS };
    for start in 1..=starts {
        for load in Load::ALL {
            let parts = parts.iter().zip(&mut samples).filter(|(part, _)| part.load == load);
            let (parts, samples): (Vec<_>, Vec<_>) = parts.unzip();
            let (more, lost_now) = once(&parts, load, options, cores)?;
            if let Some(now) = lost_now {
                *lost.get_or_insert(0) += now;
            }
            for ((part, samples), more) in parts.iter().zip(samples).zip(more) {
                progress::step(&format!("start {start}/{starts}  {:<34}{more:>+6.2} µs", part.what));
                samples.push(more);
            }
        }
    }
    let spreads = parts.into_iter().zip(samples.into_iter().map(Spread::of));
    let added = |(part, micros): (&'static Part, Option<Spread>)| {
        let lost = lost.filter(|_| part.with == TSK_TRACED);
        Some(Added { part, micros: micros?, lost })
    };
    Ok(spreads.filter_map(added).collect())
}

/// Starts the servers of these parts, and asks them in turns. Gives what each part adds, and how many spans are lost, where any are sent.
fn once(
    parts: &[&&'static Part],
    load: Load,
    options: &Options,
    cores: Cores,
) -> Result<(Vec<f64>, Option<u64>), Error> {
    let is_of = |name: &str| parts.iter().any(|part| part.with == name || part.without == name);
    let peers = options.peers.iter().filter(|peer| is_of(peer.name));
    let servers = peers.map(|peer| Server::start(peer, cores)).collect::<Result<Vec<_>, _>>()?;
    if servers.is_empty() {
        return Ok((Vec::new(), None));
    }
    let traced = servers.iter().position(|server| server.peer.name == TSK_TRACED);
    let before = traced.map(|_| collector::count()).transpose()?;
    let turns = turns::take(load.path(), &servers.iter().collect::<Vec<_>>(), cores)?;
    let of = |name| {
        let place = servers.iter().position(|server| server.peer.name == name);
        place.and_then(|place| turns.get(place)).ok_or("a server was not asked")
    };
    let more = parts.iter().map(|part| {
        let turns = of(part.with)?.micros.iter().zip(&of(part.without)?.micros);
        let more = turns.map(|(with, without)| with - without);
        Spread::of(more).map(|more| more.median).ok_or("no turn")
    });
    let more = more.collect::<Result<_, _>>()?;
    let lost = match before {
        Some(before) => Some(lost(before + of(TSK_TRACED)?.requests)?),
        None => None,
    };
    Ok((more, lost))
}

/// Waits until the collector has so many spans, and gives how many never come.
fn lost(count: u64) -> Result<u64, Error> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let missing = count.saturating_sub(collector::count()?);
        if missing == 0 || Instant::now() > deadline {
            return Ok(missing);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
