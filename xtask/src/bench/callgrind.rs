//! Instructions and allocations a request, counted by valgrind's callgrind. A server answers some requests, one after
//! another on one connection, and in a second run twice as many: the difference is what the further requests cost,
//! with nothing of start-up and of the first allocation of buffers.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::client::{Client, request};
use super::machine::Cores;
use super::progress;
use super::server::Server;
use crate::Error;
use crate::peers::{self, Peer};

/// The C library's functions that hand out memory: Rust's allocator calls them.
const ALLOCATORS: &[&str] = &["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"];

/// What is asked of a server under callgrind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Route {
    Plaintext,
    User,
    Echo,
}

impl Route {
    pub(crate) const ALL: [Self; 3] = [Self::Plaintext, Self::User, Self::Echo];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Plaintext => "GET /plaintext",
            Self::User => "GET /users/{id}",
            Self::Echo => "POST /echo",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::User => "user",
            Self::Echo => "echo",
        }
    }

    pub(crate) fn request(self, port: u16) -> Result<Vec<u8>, Error> {
        Ok(match self {
            Self::Plaintext => request(port, "GET", "/plaintext", &[]),
            Self::User => request(port, "GET", "/users/42", &[]),
            Self::Echo => {
                request(port, "POST", "/echo", &std::fs::read(peers::directory().join("echo.json"))?)
            }
        })
    }
}

/// A cost a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
}

pub(crate) type Costs = BTreeMap<(&'static str, Route), Cost>;

/// Measures the Rust servers: callgrind does not follow code that is compiled while it runs.
pub(crate) fn measure(servers: &[&'static Peer], requests: u64, cores: Cores) -> Result<Costs, Error> {
    let mut costs = Costs::new();
    for peer in servers.iter().filter(|peer| peer.package().is_some() && peer.is_http1()) {
        for route in Route::ALL {
            let request = |port, _| route.request(port);
            let asked = Asked { title: route.title(), name: route.name(), request: &request };
            costs.insert((peer.name, route), cost(peer, &asked, requests, cores)?);
        }
    }
    Ok(costs)
}

/// What is asked of a server again and again.
pub(crate) struct Asked<'a> {
    pub(crate) title: &'a str,
    /// What profiles are named by.
    pub(crate) name: &'a str,
    /// The bytes of a request to the server on this port; the number says which request it is.
    pub(crate) request: &'a (dyn Fn(u16, u64) -> Result<Vec<u8>, Error> + Sync),
}

/// What a request costs this server, as the difference of so many and twice as many.
pub(crate) fn cost(
    peer: &'static Peer,
    asked: &Asked<'_>,
    requests: u64,
    cores: Cores,
) -> Result<Cost, Error> {
    let (short, long) = std::thread::scope(|scope| {
        let short = scope.spawn(|| count(peer, asked, requests, cores, cores.client));
        let long = count(peer, asked, 2 * requests, cores, cores.server);
        (short.join(), long)
    });
    let (short, long) = (short.map_err(|_| "a callgrind run panicked")??, long?);
    let each = |long: u64, short: u64| (long as f64 - short as f64) / requests as f64;
    let cost = Cost {
        instructions: each(long.instructions, short.instructions),
        allocations: each(long.allocations, short.allocations),
    };
    progress::step(&format!(
        "callgrind  {:<25}{:<22}{:>9.0} instructions {:>7.2} allocations",
        asked.title, peer.name, cost.instructions, cost.allocations,
    ));
    Ok(cost)
}

#[derive(Debug, PartialEq)]
struct Total {
    instructions: u64,
    allocations: u64,
}

fn count(
    peer: &'static Peer,
    asked: &Asked<'_>,
    requests: u64,
    cores: Cores,
    core: usize,
) -> Result<Total, Error> {
    let profile = profile(peer, asked.name, requests)?;
    // Without priority: a real-time process is stopped now and then, and its timers then do more.
    let mut line = Cores { priority: false, ..cores }.pin(core);
    line.extend(["valgrind", "--quiet", "--tool=callgrind"].map(String::from));
    line.push(format!("--callgrind-out-file={}", profile.display()));
    let server = Server::start_under(peer, &line)?;
    let mut client = Client::connect(server.port)?;
    for number in 0..requests {
        let answer = client.send(&(asked.request)(server.port, number)?)?;
        if answer.status != 200 {
            return Err(format!("{} answers {} with {}", peer.name, asked.title, answer.status).into());
        }
    }
    drop(client);
    server.stop()?;
    let text =
        std::fs::read_to_string(&profile).map_err(|error| format!("{}: {error}", profile.display()))?;
    read(&text).ok_or_else(|| format!("{} holds no total", profile.display()).into())
}

fn profile(peer: &Peer, name: &str, requests: u64) -> Result<PathBuf, Error> {
    let directory = peers::target_directory()?.join("bench");
    std::fs::create_dir_all(&directory)?;
    Ok(directory.join(format!("callgrind.{}.{}.{requests}", peer.name, name)))
}

/// Reads a profile in callgrind's format. A name is written out once, as `fn=(7) malloc`, and is `(7)` from then on;
/// `calls=N` counts the calls of the function that the `cfn=` line before it names.
fn read(profile: &str) -> Option<Total> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let (mut instructions, mut allocations) = (None, 0);
    let mut callee = "";
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            resolve(&mut names, name);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            callee = resolve(&mut names, name);
        } else if let Some(calls) = line.strip_prefix("calls=") {
            // Recursion is marked by a suffix: `malloc'2`.
            let function = callee.split('\'').next()?;
            if ALLOCATORS.contains(&function) {
                allocations += calls.split(' ').next()?.parse::<u64>().ok()?;
            }
        } else if let Some(total) = line.strip_prefix("totals: ") {
            instructions = Some(total.parse().ok()?);
        }
    }
    Some(Total { instructions: instructions?, allocations })
}

fn resolve<'a>(names: &mut HashMap<&'a str, &'a str>, name: &'a str) -> &'a str {
    match name.split_once(' ') {
        Some((id, name)) => {
            names.insert(id, name);
            name
        }
        None => names.get(name).copied().unwrap_or(name),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Total, read};

    #[test]
    fn counts_calls_of_an_allocator_wherever_its_name_was_first_written() {
        let profile = "\
events: Ir
fn=(1) main
0 12
cfn=(2) malloc
calls=3 0
0 60
cfn=(3) free
calls=3 0
0 30
fn=(2)
0 60
fn=(4) grow
cfn=(2)
calls=2 0
0 40
cfn=(5) realloc'2
calls=1 0
0 9
totals: 211
";
        assert_eq!(read(profile).unwrap(), Total { instructions: 211, allocations: 6 });
    }

    #[test]
    fn refuses_a_profile_that_was_cut_short() {
        assert_eq!(read("events: Ir\nfn=(1) main\n0 12\n"), None);
    }
}
