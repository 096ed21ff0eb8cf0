//! Three times as many requests come as a service can work on: what is critical is answered, and in time.

use std::fmt;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::{answer, server::Server};
use crate::bench::Cores;
use crate::{Error, Usage, step};

/// What there is not enough of, and how much can be done in a second. What takes 4 ms of a core has 0.2 ms beside it for all that
/// a server does.
const WORKS: [(&str, f64); 3] = [("wait", 32.0 / 0.040), ("compute", 1.0 / 0.0042), ("block", 1.0 / 0.0042)];
/// How much comes of each priority, beside that: three times as much in all.
const CRITICAL: Kind = Kind { path: "/pay", share: 0.3 };
const NORMAL: Kind = Kind { path: "/list", share: 1.2 };
const SHEDDABLE: Kind = Kind { path: "/hints", share: 1.5 };
/// How often each client asks: far less often than it is answered, so that it does not slow down with the service.
const PACE: Duration = Duration::from_millis(200);
const CALM: Duration = Duration::from_secs(15);
const STORM: Duration = Duration::from_secs(60);
/// Whoever waits as long is not served.
const PATIENCE: Duration = Duration::from_secs(10);
/// The share of what is critical that is to be answered, and how many times as long that may take.
const GOODPUT: f64 = 0.95;
const SLOWER: f64 = 2.0;

#[derive(Clone, Copy)]
struct Kind {
    path: &'static str,
    share: f64,
}

pub(super) fn run(options: &[String]) -> Result<(), Error> {
    let work = match options {
        [] => Some(&WORKS[0]),
        [flag, name] if flag == "--work" => WORKS.iter().find(|(work, _)| work == name),
        _ => None,
    };
    let Some(&(work, capacity)) = work else {
        return Err(Usage("`soak overload` takes `--work` with `wait`, `compute` or `block`".into()).into());
    };
    step::run(&mut step::cargo(&["build", "--release", "--locked", "-p", "tsk", "--example", "overloaded"]))?;
    let folder = super::folder("overload")?;
    // A client that shares its core with the server would measure the scheduler.
    let cores = Cores::choose(false)?;
    let (ours, core) = (std::process::id().to_string(), cores.client.to_string());
    step::output(Command::new("taskset").args(["--all-tasks", "--cpu-list", "--pid", &core, &ours]))?;
    let mut before = vec!["env".to_owned(), format!("WORK={work}")];
    before.extend(cores.pin(cores.server));
    let start = || Server::example_behind(&folder, "overloaded", &before);

    let server = start()?;
    let [calm] = load(server.address, capacity, [CRITICAL], CALM)?;
    println!("without overload, critical: {calm}");
    let warm = storm(&server, capacity, "of a service that knows what is usual")?;
    let [after] = load(server.address, capacity, [CRITICAL], CALM)?;
    println!("after the overload, critical: {after}");
    drop(server);
    let cold = storm(&start()?, capacity, "of a service that has just started")?;

    let limit = calm.percentile(99).mul_f64(SLOWER);
    for (when, count) in [("under overload", warm), ("from the start", cold), ("after it", after)] {
        let (goodput, p99) = (count.goodput(), count.percentile(99));
        if goodput < GOODPUT || p99 > limit {
            let goodput = goodput * 100.0;
            return Err(format!(
                "{when}, critical: {goodput:.1} % answered, p99 {p99:.1?}; it is to be 95 % and {limit:.1?}"
            )
            .into());
        }
    }
    Ok(())
}

/// Three times what it can do; what came of that which is critical.
fn storm(server: &Server, capacity: f64, what: &str) -> Result<Count, Error> {
    let before = server.cpu_time()?;
    let counts = load(server.address, capacity, [CRITICAL, NORMAL, SHEDDABLE], STORM)?;
    let cpu = (server.cpu_time()? - before).as_secs_f64() / STORM.as_secs_f64() * 100.0;
    let answered: usize = counts.iter().map(|count| count.took.len()).sum();
    let used = answered as f64 / STORM.as_secs_f64() / capacity * 100.0;
    println!("overload {what}: {used:.0} % of what it can do was done, with {cpu:.1} % of a core");
    for (name, count) in ["critical", "normal", "sheddable"].iter().zip(&counts) {
        println!("  {name}: {count}");
    }
    if counts.iter().any(|count| count.failed > 0) {
        return Err("some requests were neither answered nor refused with a `retry-after`".into());
    }
    let [critical, ..] = counts;
    Ok(critical)
}

/// What came of requests of a kind.
#[derive(Default)]
struct Count {
    /// How long those took that were answered, from when they were due.
    took: Vec<Duration>,
    /// Those that were told to come again.
    refused: usize,
    failed: usize,
}

/// Has clients ask for so long.
fn load<const N: usize>(
    address: SocketAddr,
    capacity: f64,
    kinds: [Kind; N],
    time: Duration,
) -> Result<[Count; N], Error> {
    let start = Instant::now() + Duration::from_millis(500);
    let clients = kinds.map(|kind| {
        let count = (kind.share * capacity * PACE.as_secs_f64()) as u32;
        let client = move |number: u32| {
            // Steps of the golden ratio: spread, and not in step with each other.
            let phase = f64::from(number.wrapping_mul(0x9e37_79b9)) / f64::from(u32::MAX);
            thread::Builder::new()
                .stack_size(64 << 10)
                .spawn(move || ask(address, kind.path, start + PACE.mul_f64(phase), start + time))
        };
        (0..count).map(client).collect::<Vec<_>>()
    });
    let mut counts = [const { None }; N];
    for (sum, clients) in counts.iter_mut().zip(clients) {
        let sum: &mut Count = sum.get_or_insert_default();
        for client in clients {
            let count = client?.join().map_err(|_| "a client panicked")?;
            sum.took.extend(count.took);
            sum.refused += count.refused;
            sum.failed += count.failed;
        }
        sum.took.sort_unstable();
    }
    Ok(counts.map(Option::unwrap_or_default))
}

/// Asks at a steady pace. A request that was due while another was not answered counts from when it was due.
fn ask(address: SocketAddr, path: &str, mut due: Instant, end: Instant) -> Count {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let (mut count, mut connection) = (Count::default(), None);
    while due < end {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let reader = connection.take().or_else(|| connect(address));
        let answer = reader.and_then(|mut reader| {
            reader.get_mut().write_all(request.as_bytes()).ok()?;
            let answer = answer::read_head(&mut reader)?;
            connection = Some(reader).filter(|_| !answer.is_last);
            Some(answer)
        });
        match answer {
            Some(answer) if answer.status == 200 => count.took.push(due.elapsed()),
            Some(answer) if answer.status == 503 && answer.says_when => count.refused += 1,
            _ => count.failed += 1,
        }
        due += PACE;
    }
    count
}

fn connect(address: SocketAddr) -> Option<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    Some(BufReader::with_capacity(2 << 10, stream))
}

impl Count {
    fn goodput(&self) -> f64 {
        self.took.len() as f64 / (self.took.len() + self.refused + self.failed).max(1) as f64
    }

    fn percentile(&self, percent: usize) -> Duration {
        self.took.get(self.took.len() * percent / 100).copied().unwrap_or_default()
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99] = [50, 99].map(|percent| self.percentile(percent).as_secs_f64() * 1e3);
        let (answered, goodput, refused) = (self.took.len(), self.goodput() * 100.0, self.refused);
        write!(
            f,
            "{answered} answered, which is {goodput:.1} %, p50 {p50:.1} ms, p99 {p99:.1} ms; {refused} refused, {} failed",
            self.failed
        )
    }
}
