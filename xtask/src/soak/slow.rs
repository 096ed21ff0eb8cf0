//! Thousands of clients are as slow as they can be: one that behaves must hardly notice.

mod attack;
mod options;

use std::process::Command;
use std::time::Duration;

use attack::{Attack, Kind};
use options::Options;

use super::server::Server;
use super::visitor::{self, Latencies};
use crate::bench::Cores;
use crate::{Error, step};

const SOCKETS: usize = 5_000;
/// How long a round measures without an attack, and then under it: past every deadline that the attack runs into, but
/// for that of readers, which is a matter of minutes.
const CALM: Duration = Duration::from_secs(5);
const STORM: Duration = Duration::from_secs(20);
/// How long an attack stands before it is measured.
const SETTLE: Duration = Duration::from_secs(2);
/// How much later the good client may be served.
const LIMIT: f64 = 2.0;

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let Options { kinds, rounds, priority } = Options::parse(args)?;
    step::run(&mut step::cargo(&["build", "--release", "--locked", "-p", "tsk", "--example", "attacked"]))?;
    if super::allow_open_files(2 * SOCKETS)? < SOCKETS + SOCKETS / 10 {
        return Err(
            format!("{SOCKETS} sockets need as many descriptors and some more; raise `ulimit -Hn`").into()
        );
    }
    let folder = super::folder("slow")?;
    // A client that shares its core with the server would measure the scheduler.
    let cores = Cores::choose(false)?;
    let ours = std::process::id().to_string();
    let core = cores.client.to_string();
    step::output(Command::new("taskset").args(["--all-tasks", "--cpu-list", "--pid", &core, &ours]))?;
    let server = Server::example_behind(&folder, "attacked", &cores.pin(cores.server))?;
    let at_rest = server.open_files()?;
    visitor::visit(server.address, CALM, priority)?;
    let mut is_kept = true;
    for kind in kinds {
        let mut ratios = Vec::new();
        for round in 1..=rounds {
            let (calm, storm) = measure(&server, at_rest, kind, priority, round)?;
            ratios.push(storm.p99.as_secs_f64() / calm.p99.as_secs_f64());
        }
        ratios.sort_by(f64::total_cmp);
        let [lowest, median, highest] = [ratios[0], ratios[rounds / 2], ratios[rounds - 1]];
        println!("{kind}: p99 {median:.2} × that without ({lowest:.2} to {highest:.2})");
        is_kept &= median <= LIMIT;
    }
    server.stop()?;
    if is_kept { Ok(()) } else { Err(format!("p99 under attack is above {LIMIT} × that without").into()) }
}

/// One round: how a good client is served without an attack, and under it.
fn measure(
    server: &Server,
    files: usize,
    kind: Kind,
    priority: bool,
    round: usize,
) -> Result<(Latencies, Latencies), Error> {
    let calm = visitor::visit(server.address, CALM, priority)?;
    let attack = Attack::start(server.address, kind, SOCKETS)?;
    server.wait_for_files("accept an attack", |open| open >= files + SOCKETS)?;
    // What it takes to fill the buffers of readers is over by then.
    visitor::visit(server.address, SETTLE, priority)?;
    let before = server.cpu_time()?;
    let storm = visitor::visit(server.address, STORM, priority)?;
    let cpu = (server.cpu_time()? - before).as_secs_f64() / STORM.as_secs_f64() * 100.0;
    let (held, memory) = (server.open_files()?.saturating_sub(files), server.memory("VmRSS")?);
    let replaced = attack.stop()?;
    server.wait_for_files("let go of an attack", |open| open <= files)?;
    println!(
        "{kind}, round {round}: {calm} without, {storm} under attack; {held} connections, {replaced} replaced, {memory} KiB, {cpu:.1} % of a core"
    );
    Ok((calm, storm))
}
