//! A service with 10,000 series is scraped every second: its requests are answered as fast as without.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use super::super::{server::Server, visitor};
use crate::bench::Cores;
use crate::{Error, step};

const SERIES: f64 = 10_000.0;
const ROUNDS: usize = 7;
const WINDOW: Duration = Duration::from_secs(10);
const EVERY: Duration = Duration::from_secs(1);
/// How long the server may take to write a page, and how much later requests may be answered meanwhile.
const RENDER_LIMIT: Duration = Duration::from_millis(50);
const LIMIT: f64 = 1.25;
/// As Prometheus asks.
const PROMETHEUS: &str = "Accept: application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3\r\nAccept-Encoding: gzip\r\n";

pub(super) fn run(priority: bool) -> Result<(), Error> {
    step::run(&mut step::cargo(&["build", "--release", "--locked", "-p", "tsk", "--example", "counted"]))?;
    let folder = super::super::folder("metrics")?;
    // A client that shares its core with the server would measure the scheduler.
    let cores = Cores::choose(false)?;
    let (ours, core) = (std::process::id().to_string(), cores.client.to_string());
    step::output(Command::new("taskset").args(["--all-tasks", "--cpu-list", "--pid", &core, &ours]))?;
    let server = Server::example_behind(&folder, "counted", &cores.pin(cores.server))?;
    let admin = server.says("admin on http://")?;
    let samples = super::samples(admin)?;
    let series = value(&samples, "tsk_metrics_series");
    println!("{series} series of the program, {} lines in all", samples.len());
    if series < SERIES {
        return Err(format!("the service has {series} series, of {SERIES}").into());
    }

    visitor::visit(server.address, WINDOW / 2, priority)?;
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let mut p99 = [Duration::ZERO; 2];
        // Neither comes first each time.
        for is_scraped in [round % 2 == 0, round % 2 != 0] {
            let scraper = is_scraped.then(|| Scraper::start(admin));
            let latencies = visitor::visit(server.address, WINDOW, priority)?;
            let scrapes = scraper.map(Scraper::stop).transpose()?;
            println!(
                "round {round}: {latencies}{}",
                scrapes.map_or_else(String::new, |it| format!("; {it}"))
            );
            p99[usize::from(is_scraped)] = latencies.p99;
        }
        ratios.push(p99[1].as_secs_f64() / p99[0].as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let [lowest, median, highest] = [ratios[0], ratios[ROUNDS / 2], ratios[ROUNDS - 1]];
    let after = super::samples(admin)?;
    let spent = |samples, what| total(samples, what, "openmetrics");
    let scrapes = spent(&after, "tsk_metrics_scrapes_total");
    let render =
        Duration::from_secs_f64(spent(&after, "tsk_metrics_scrape_duration_seconds_total") / scrapes);
    println!(
        "{scrapes} scrapes: a page takes the server {render:.2?}; p99 {median:.2} × that without ({lowest:.2} to {highest:.2})"
    );
    server.stop()?;
    if render > RENDER_LIMIT || median > LIMIT {
        return Err(format!("a page may take {RENDER_LIMIT:?}, and p99 be {LIMIT} × that without").into());
    }
    Ok(())
}

fn value(samples: &[(String, f64)], name: &str) -> f64 {
    samples.iter().filter(|it| it.0 == name).map(|it| it.1).sum()
}

/// What was counted of pages in a format.
fn total(samples: &[(String, f64)], name: &str, format: &str) -> f64 {
    value(samples, &format!("{name}{{format=\"{format}\"}}"))
}

/// Asks for the metrics every second.
struct Scraper {
    is_over: Arc<AtomicBool>,
    thread: thread::JoinHandle<Result<String, String>>,
}

impl Scraper {
    fn start(admin: std::net::SocketAddr) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            let (mut count, mut size, mut longest) = (0, 0, Duration::ZERO);
            let mut due = Instant::now();
            while !over.load(SeqCst) {
                let begun = Instant::now();
                size = super::page(admin, PROMETHEUS).map_err(|error| error.to_string())?.len();
                (count, longest) = (count + 1, longest.max(begun.elapsed()));
                due += EVERY;
                while Instant::now() < due && !over.load(SeqCst) {
                    thread::sleep(Duration::from_millis(10));
                }
            }
            Ok(format!("{count} scrapes of {size} bytes, {longest:.1?} at most"))
        });
        Self { is_over, thread }
    }

    fn stop(self) -> Result<String, Error> {
        self.is_over.store(true, SeqCst);
        Ok(self.thread.join().map_err(|_| "the scraper panicked")??)
    }
}
