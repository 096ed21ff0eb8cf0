//! The tables, as the Markdown that is printed and that `docs/performance.md` holds.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::added::turns::{TURN, TURNS};
use super::added::{Added, STARTS};
use super::bars::{self, Bar};
use super::callgrind::Route;
use super::load::{self, Load};
use super::markdown::{heading, number, paragraph, ratio, spread, table};
use super::measured::Measured;
use super::spread::Spread;
use super::wrk::CONNECTIONS;
use super::{Results, agree::Difference};
use crate::peers::{DOCUMENTED, RAW_HYPER};

/// Everything that was measured; what was not has no table.
pub(crate) fn tables(results: &Results) -> String {
    let mut text = String::new();
    bars_of(&mut text, results);
    for &load in &results.loads {
        under_load(&mut text, results, load);
    }
    added(&mut text, &results.added);
    instructions(&mut text, results);
    standing(&mut text, results);
    differences(&mut text, &results.differences);
    machine(&mut text, &results.machine, results.rounds.waited());
    commands(&mut text, results);
    text
}

fn bars_of(text: &mut String, results: &Results) {
    let (bars, floors) = (bars::bars(results), bars::floors(results));
    if !bars.is_empty() {
        heading(text, "Bars");
        table(
            text,
            &["what", "bar", "tsk", "axum", ""],
            bars.iter().map(|bar| {
                vec![bar.what.clone(), bar.limit.clone(), bar.measured.clone(), bar.axum.clone(), met(bar)]
            }),
        );
    }
    if !floors.is_empty() {
        heading(text, "Floors");
        paragraph(
            text,
            "What `tsk-defaults` must reach at the very least, on the worst of the three routes.",
        );
        table(
            text,
            &["what", "floor", "tsk-defaults", ""],
            floors
                .iter()
                .map(|bar| vec![bar.what.clone(), bar.limit.clone(), bar.measured.clone(), met(bar)]),
        );
    }
}

pub(crate) fn met(bar: &Bar) -> String {
    if bar.met { "met".to_owned() } else { "**not met**".to_owned() }
}

fn under_load(text: &mut String, results: &Results, load: Load) {
    let rounds = &results.rounds;
    let yardstick = load.yardstick();
    let rate = |measured: &Measured| measured.requests_per_second;
    let cpu = |measured: &Measured| measured.cpu_micros;
    let millis = |of: Option<f64>| of.unwrap_or(f64::NAN);
    let mean = |measured: &Measured| millis(measured.latency.map(|latency| latency.mean_millis));
    let p99 = |measured: &Measured| millis(measured.latency.map(|latency| latency.p99_millis));
    // A batch of pipelined requests has one latency, which says nothing of a request's.
    let timed = !load.is_http2() && load != Load::Pipelined;
    heading(text, load.title());
    let (rate_title, cpu_title) = (format!("× {yardstick}"), format!("× {yardstick}"));
    let mut titles = vec!["server", "requests/s", &rate_title, "CPU µs", &cpu_title];
    if timed {
        titles.extend(["mean ms", "p99 ms"]);
    }
    let servers = results.servers.iter().filter(|server| rounds.has(server, load));
    table(
        text,
        &titles,
        servers.map(|server| {
            let mut row = vec![
                (*server).to_owned(),
                spread(rounds.figure(server, load, rate)),
                ratio(rounds.ratio(server, yardstick, load, rate)),
                spread(rounds.figure(server, load, cpu)),
                ratio(rounds.ratio(server, yardstick, load, cpu)),
            ];
            if timed {
                row.extend([
                    median(rounds.figure(server, load, mean)),
                    median(rounds.figure(server, load, p99)),
                ]);
            }
            row
        }),
    );
}

fn added(text: &mut String, added: &[Added]) {
    if added.is_empty() {
        return;
    }
    heading(text, "CPU that parts add to a request");
    paragraph(
        text,
        &format!(
            "The same server with and without, asked on {CONNECTIONS} connections in {TURNS} turns of {} ms each: the median of the \
            turns of a start, and of up to {STARTS} starts the median, the least and the most. One start differs from the next by where \
            its memory happens to lie.",
            TURN.as_millis()
        ),
    );
    table(
        text,
        &["what", "load", "µs", "spans lost"],
        added.iter().map(|Added { part, micros, lost }| {
            let lost = lost.map_or_else(String::new, |lost| lost.to_string());
            vec![part.what.to_owned(), part.load.title().to_owned(), spread(Some(*micros)), lost]
        }),
    );
}

fn instructions(text: &mut String, results: &Results) {
    if results.costs.is_empty() {
        return;
    }
    heading(text, "Instructions and allocations a request");
    let mut titles = vec!["server".to_owned()];
    for route in Route::ALL {
        titles.extend([route.title().to_owned(), "over raw hyper".to_owned(), "allocations".to_owned()]);
    }
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let servers =
        results.servers.iter().filter(|server| results.costs.contains_key(&(**server, Route::Plaintext)));
    table(
        text,
        &titles,
        servers.map(|server| {
            let mut row = vec![(*server).to_owned()];
            for route in Route::ALL {
                let (Some(cost), Some(raw)) =
                    (results.costs.get(&(*server, route)), results.costs.get(&(RAW_HYPER, route)))
                else {
                    row.extend([String::new(), String::new(), String::new()]);
                    continue;
                };
                row.push(number(cost.instructions.round()));
                row.push(number((cost.instructions - raw.instructions).round()));
                row.push(format!("{:.1}", cost.allocations));
            }
            row
        }),
    );
}

fn standing(text: &mut String, results: &Results) {
    if let Some(idle) = &results.idle {
        heading(text, "Resident memory of an idle connection");
        let what =
            format!("After one answered request on each of {} connections.", number(idle.connections as f64));
        paragraph(text, &what);
        let servers = results.servers.iter().filter_map(|server| Some((server, idle.bytes.get(server)?)));
        table(
            text,
            &["server", "bytes"],
            servers.map(|(server, bytes)| vec![(*server).to_owned(), number(bytes.round())]),
        );
    }
    if !results.startup.is_empty() {
        heading(text, "Start-up");
        paragraph(
            text,
            &format!(
                "From the start of the process to its first answer; {} is {}.",
                DOCUMENTED.name, DOCUMENTED.about
            ),
        );
        let servers = results.servers.iter().chain([&DOCUMENTED.name]);
        let servers = servers.filter_map(|server| Some((server, results.startup.get(server)?)));
        table(
            text,
            &["server", "ms"],
            servers.map(|(server, millis)| vec![(*server).to_owned(), spread(Some(*millis))]),
        );
    }
}

pub(crate) fn differences(text: &mut String, differences: &[Difference]) {
    if differences.is_empty() {
        return;
    }
    heading(text, "How the answers differ");
    paragraph(text, "Status and body are the same everywhere. Headers, against raw hyper's:");
    text.push('\n');
    for difference in differences {
        let list = |what: &str, names: &BTreeSet<String>| {
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            if names.is_empty() { None } else { Some(format!("{what} {}", names.join(", "))) }
        };
        let parts = [
            list("besides", &difference.more),
            list("not", &difference.fewer),
            list("with another value", &difference.other),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        let _ = writeln!(text, "- {}: {}", difference.server, parts.join("; "));
    }
}

pub(crate) fn machine(text: &mut String, facts: &[(&'static str, String)], waited: Option<Spread>) {
    heading(text, "Machine and versions");
    if let Some(waited) = waited {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let (median, high) = (percent(waited.median), percent(waited.high));
        paragraph(
            text,
            &format!(
                "Under load a server waited for its core, because others had it, for {median} of a \
            measurement; {high} in the worst one."
            ),
        );
    }
    table(text, &["", ""], facts.iter().map(|(name, value)| vec![(*name).to_owned(), value.clone()]));
}

fn commands(text: &mut String, results: &Results) {
    heading(text, "Commands");
    if !results.loads.is_empty() {
        let (rounds, seconds) = (results.round_count, results.seconds);
        let what = format!("Rounds: {rounds}. Each measurement: {seconds} s, after 1 s of the same load.");
        paragraph(text, &what);
    }
    text.push_str("\n```sh\n");
    let server = results.cores.pin(results.cores.server).join(" ");
    let _ = writeln!(text, "PORT=PORT THREADS=1 NODE_ENV=production {server} SERVER");
    for &load in &results.loads {
        let command = load::command(load, "PORT", results.seconds, results.cores);
        let arguments = command.get_args().map(|argument| quoted(&argument.to_string_lossy()));
        let program = command.get_program().to_string_lossy();
        let _ = writeln!(text, "{program} {}", arguments.collect::<Vec<_>>().join(" "));
    }
    if let Some(requests) = results.requests {
        let _ = writeln!(
            text,
            "PORT=PORT THREADS=1 valgrind --tool=callgrind SERVER    # {requests} requests, and {}",
            2 * requests
        );
    }
    text.push_str("```\n");
}

fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=".contains(c);
    if argument.chars().all(plain) { argument.to_owned() } else { format!("'{argument}'") }
}

fn median(spread: Option<Spread>) -> String {
    spread.map_or_else(String::new, |spread| number(spread.median))
}
