//! A service with 10,000 series is scraped every second: its requests are answered as fast as without.

use std::process::Command;
use std::time::{Duration, Instant};

use super::super::server::Server;
use super::super::visitor::{self, Answered, Latencies};
use super::pool::{Pool, Ratio};
use super::schedule::{self, Arm, ROUNDS};
use super::scraper::{self, Page};
use crate::bench::{Cores, Spread};
use crate::{Error, step};

const SERIES: f64 = 10_000.0;
/// How long the server may take to write a page, and how much later requests may be answered meanwhile.
const RENDER_LIMIT: Duration = Duration::from_millis(50);
const LIMIT: f64 = 1.25;
/// What is before the beginning: a thread for each client.
const PREPARATION: Duration = Duration::from_millis(500);

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
    println!(
        "{series} series of the program, {} lines in all; {} s",
        samples.len(),
        schedule::length().as_secs()
    );
    if series < SERIES {
        return Err(format!("the service has {series} series, of {SERIES}").into());
    }

    let begin = Instant::now() + PREPARATION;
    let scraper = scraper::start(admin, begin);
    let answers = visitor::watch(server.address, begin, schedule::length(), priority)?;
    let pages = scraper.join().map_err(|_| "the scraper panicked")??;
    let after = super::samples(admin)?;
    server.stop()?;

    let spent = |samples, what| total(samples, what, "openmetrics");
    let scrapes = spent(&after, "tsk_metrics_scrapes_total");
    let seconds = spent(&after, "tsk_metrics_scrape_duration_seconds_total") / scrapes;
    judge(&answers, &pages, Duration::from_secs_f64(seconds))
}

/// Says what was measured, and whether that is within the limits.
fn judge(answers: &[Answered], pages: &[Page], render: Duration) -> Result<(), Error> {
    let counted = || answers.iter().filter_map(|answer| Some((answer, schedule::at(answer.due)?)));
    for round in 0..ROUNDS {
        let [quiet, again, scraped] = [Arm::Quiet, Arm::Again, Arm::Scraped].map(|arm| {
            Latencies::of(counted().filter(|it| it.1 == (round, arm)).map(|(answer, _)| answer.took))
        });
        println!("round {}: {quiet}; again {again}; scraped {scraped}", round + 1);
    }
    let pool = |arms: &[Arm]| {
        let latencies = counted().filter(|(_, (_, arm))| arms.contains(arm));
        Pool::new(latencies.map(|(answer, (round, _))| (answer.took, round)), ROUNDS)
    };
    let (scraped, without) = (pool(&[Arm::Scraped]), pool(&[Arm::Quiet, Arm::Again]));
    let chance = Ratio::of(&pool(&[Arm::Again]), &pool(&[Arm::Quiet]));
    let ratio = Ratio::of(&scraped, &without);
    let beside: Vec<_> =
        answers.iter().filter(|answer| pages.iter().any(|page| page.is_on_its_way(answer))).collect();
    let slowest =
        Spread::of(pages.iter().map(|page| page.took.as_secs_f64() * 1e3)).ok_or("no page was received")?;
    println!(
        "{} pages of {} bytes: {render:.2?} to write one; {:.1} ms until one is received, {:.1} at most",
        pages.len(),
        pages.last().map_or(0, |page| page.size),
        slowest.median,
        slowest.high,
    );
    println!(
        "{:.1} % of the requests of scraped windows were due while a page was on its way: {}",
        beside.len() as f64 / scraped.len() as f64 * 100.0,
        Latencies::of(beside.iter().map(|answer| answer.took)),
    );
    println!("without scrapes, one half of the windows against the other: p99 {chance}, which is chance");
    println!(
        "with scrapes, p99 of {} requests {:.3} ms against {:.3} ms of {}: {ratio}; judged is this ratio, at most {LIMIT}",
        scraped.len(),
        scraped.p99().as_secs_f64() * 1e3,
        without.p99().as_secs_f64() * 1e3,
        without.len(),
    );
    if !(1.0 / LIMIT..=LIMIT).contains(&chance.value) {
        return Err(format!(
            "two halves without scrapes are {:.2} × apart: run it on a quieter machine",
            chance.value
        )
        .into());
    }
    if render > RENDER_LIMIT || ratio.value > LIMIT {
        return Err(format!("a page may take {RENDER_LIMIT:?}, and p99 be {LIMIT} × that without").into());
    }
    Ok(())
}

impl Page {
    fn is_on_its_way(&self, answer: &Answered) -> bool {
        (self.asked..self.asked + self.took).contains(&answer.due)
    }
}

fn value(samples: &[(String, f64)], name: &str) -> f64 {
    samples.iter().filter(|it| it.0 == name).map(|it| it.1).sum()
}

/// What was counted of pages in a format.
fn total(samples: &[(String, f64)], name: &str, format: &str) -> f64 {
    value(samples, &format!("{name}{{format=\"{format}\"}}"))
}
