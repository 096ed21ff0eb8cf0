//! The machine that figures come from, and the tools that made them.

use std::fs::read_to_string;
use std::process::Command;
use std::time::Duration;

use super::progress;
use crate::{Error, Usage, peers, step};

/// Where servers and their clients run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cores {
    pub(crate) server: usize,
    pub(crate) client: usize,
    /// Ahead of everything else on the machine.
    pub(crate) priority: bool,
}

impl Cores {
    /// The first two cores that this process may use; the same one twice where it may use one alone.
    pub(crate) fn choose(priority: bool) -> Result<Self, Error> {
        let status = read_to_string("/proc/self/status")?;
        let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let cores = allowed(list.ok_or("/proc/self/status has no Cpus_allowed_list")?)?;
        let [server, client] = match cores[..] {
            [] => return Err("no core to run on".into()),
            [one] => [one, one],
            [first, second, ..] => [first, second],
        };
        if server == client {
            progress::warn("one core for server and client: ratios say little here");
        }
        Ok(Self { server, client, priority })
    }

    /// The words before a command that put it on this core.
    pub(crate) fn pin(self, core: usize) -> Vec<String> {
        let ahead = if self.priority { AHEAD } else { &[] };
        let core = core.to_string();
        ahead.iter().chain(&["taskset", "--cpu-list", &core]).map(|word| (*word).to_owned()).collect()
    }
}

/// The words before a command that runs ahead of everything else on the machine: with the best niceness, and in a session of its own
/// that has the same, since the scheduler shares a core between sessions first.
///
/// A real-time process would be ahead as well, but its threads would wait for each other for a tenth of a second: what collects garbage or
/// exports would have no turn while there are requests.
pub(crate) const AHEAD: &[&str] = &["setsid", "nice", "-n", "-20", "sh", "-c", SESSION_AHEAD, "ahead"];
const SESSION_AHEAD: &str = "{ echo -20 > /proc/self/autogroup; } 2> /dev/null; exec \"$@\"";

/// Has this process run ahead of everything else, too.
pub(crate) fn go_ahead() -> Result<(), Error> {
    step::output(Command::new("renice").args(["-n", "-20", "-p", &std::process::id().to_string()]))?;
    // Not every kernel has sessions that it shares a core between.
    let _ = std::fs::write("/proc/self/autogroup", "-20");
    Ok(())
}

/// The cores, and how busy others keep the machine: of what may disturb a measurement people are told.
pub(crate) fn prepare(priority: bool) -> Result<(Cores, f64), Error> {
    let cores = Cores::choose(priority)?;
    if priority && !is_root()? {
        return Err(Usage(
            "--priority takes root: to be ahead of other processes is not for everybody".into(),
        )
        .into());
    }
    let busy = busy()?;
    if busy > 0.05 {
        progress::warn(&format!("other processes use {:.0} % of this machine", busy * 100.0));
    }
    Ok((cores, busy))
}

fn is_root() -> Result<bool, Error> {
    let status = read_to_string("/proc/self/status")?;
    let users =
        status.lines().find_map(|line| line.strip_prefix("Uid:")).ok_or("/proc/self/status has no Uid")?;
    Ok(users.split_whitespace().nth(1) == Some("0"))
}

/// Facts of the machine and of the versions, as a report lists them.
pub(crate) fn describe(cores: Cores, others: f64) -> Result<Vec<(&'static str, String)>, Error> {
    let read = |path: &str| read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or("unknown").trim_matches([' ', '\t', ':', '"']).to_owned()
    };
    let memory: u64 = field(&read("/proc/meminfo"), "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0);
    Ok(vec![
        ("processor", field(&read("/proc/cpuinfo"), "model name")),
        ("cores", std::thread::available_parallelism()?.to_string()),
        ("memory", format!("{} GiB", memory.div_ceil(1024 * 1024))),
        ("system", field(&read("/etc/os-release"), "PRETTY_NAME=")),
        ("kernel", read("/proc/sys/kernel/osrelease").trim().to_owned()),
        ("pinned", format!("servers to core {}, clients to core {}", cores.server, cores.client)),
        ("other processes before the run", format!("{:.0} % of the machine", others * 100.0)),
        ("tsk", first_line("git", &["describe", "--always", "--dirty", "--abbrev=12"])),
        ("rustc", first_line("rustc", &["--version"])),
        ("node", first_line("node", &["--version"])),
        ("wrk", first_line("wrk", &["--version"]).split(" [").next().unwrap_or_default().to_owned()),
        ("h2load", first_line("h2load", &["--version"])),
        ("valgrind", first_line("valgrind", &["--version"])),
        ("Rust packages", locked_crates()?),
        ("Node packages", locked_node_packages()?),
    ])
}

/// The share of the machine's CPU time that goes to others, watched for a second.
fn busy() -> Result<f64, Error> {
    let before = times()?;
    std::thread::sleep(Duration::from_secs(1));
    let after = times()?;
    let all = after.iter().sum::<u64>() - before.iter().sum::<u64>();
    let idle = (after[3] + after[4]) - (before[3] + before[4]);
    Ok(1.0 - idle as f64 / all.max(1) as f64)
}

/// Ticks by kind since the machine started: user, nice, system, idle, waiting for a disk, and on.
fn times() -> Result<Vec<u64>, Error> {
    let stat = read_to_string("/proc/stat")?;
    let line = stat.lines().next().unwrap_or_default();
    let times: Vec<u64> =
        line.split_whitespace().skip(1).filter_map(|ticks| ticks.parse().ok()).take(8).collect();
    if times.len() < 5 { Err("/proc/stat is not as expected".into()) } else { Ok(times) }
}

/// Reads `0-2,5`.
fn allowed(list: &str) -> Result<Vec<usize>, Error> {
    let mut cores = Vec::new();
    for range in list.trim().split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        cores.extend(first.parse::<usize>()?..=last.parse()?);
    }
    Ok(cores)
}

/// The first line that a program prints; some print their version on standard error.
fn first_line(program: &str, args: &[&str]) -> String {
    let Ok(output) = Command::new(program).args(args).output() else { return "not installed".to_owned() };
    let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    String::from_utf8_lossy(&said).lines().next().unwrap_or("unknown").trim().to_owned()
}

fn locked_crates() -> Result<String, Error> {
    const SHOWN: &[&str] = &[
        "actix-web",
        "axum",
        "axum-prometheus",
        "axum-tracing-opentelemetry",
        "hyper",
        "hyper-util",
        "jsonwebtoken",
        "opentelemetry-otlp",
        "tokio",
        "tower-http",
        "tower_governor",
        "tracing-opentelemetry",
    ];
    let lock = read_to_string(peers::directory().join("Cargo.lock"))?;
    let mut versions = Vec::new();
    let mut lines = lock.lines();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix("name = ").map(|name| name.trim_matches('"'));
        if let Some(name) = name.filter(|name| SHOWN.contains(name)) {
            let version = lines.next().and_then(|line| line.strip_prefix("version = ")).unwrap_or_default();
            versions.push(format!("{name} {}", version.trim_matches('"')));
        }
    }
    Ok(versions.join(", "))
}

fn locked_node_packages() -> Result<String, Error> {
    let manifest = read_to_string(peers::directory().join("node/package.json"))?;
    let dependencies = manifest.split_once("\"dependencies\": {").map_or("", |(_, rest)| rest);
    let dependencies = dependencies.split('}').next().unwrap_or_default();
    let packages = dependencies.split(',').filter_map(|line| line.trim().split_once(": "));
    Ok(packages
        .map(|(name, version)| format!("{name} {version}").replace('"', ""))
        .collect::<Vec<_>>()
        .join(", "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::allowed;

    #[test]
    fn reads_a_list_of_cores() {
        assert_eq!(allowed("\t0-2,5").unwrap(), [0, 1, 2, 5]);
    }
}
