//! An answer about usage, as a table.

use std::{fmt, time::Duration};

use super::answer::{Answer, Row};

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { total, rows, window_seconds, unique, anonymous, next, .. } = self;
        let since = match window_seconds {
            Some(seconds) => format!("the last {}", brief(*seconds as f64)),
            None => format!("{}, since the start", brief(self.seconds)),
        };
        write!(f, "{} of {total} in {since}", rows.len())?;
        if let (Some(unique), Some(anonymous)) = (unique, anonymous) {
            write!(
                f,
                "; about {unique} consumers since the start, and {anonymous} requests of nobody in particular"
            )?;
        }
        if !rows.is_empty() {
            write!(
                f,
                "\n{:>9} {:>9} {:>8} {:>9} {:>9} {:>9}  ",
                "requests", "in window", "failed", "a second", "p50", "p99"
            )?;
            write!(f, "{:>9}  who or what", "last")?;
        }
        for row in rows {
            let window = row.window.map_or_else(|| "-".to_owned(), |window| window.requests.to_string());
            let failed =
                row.window.map(|window| window.errors).or(row.figures.as_ref().map(|known| known.errors));
            let failed = failed.map_or_else(|| "-".to_owned(), |failed| failed.to_string());
            let known = |of: fn(&super::Figures) -> Option<String>| {
                row.figures.as_ref().and_then(of).unwrap_or_else(|| "-".to_owned())
            };
            let rate = known(|known| Some(format!("{:.2}", known.per_second)));
            let [p50, p99] = [known(|known| known.p50.map(millis)), known(|known| known.p99.map(millis))];
            let last = brief(row.seconds_ago);
            write!(f, "\n{:>9} {window:>9} {failed:>8} {rate:>9} {p50:>9} {p99:>9}  ", row.requests)?;
            write!(f, "{last:>9}  {}", Named(row))?;
        }
        match next {
            Some(next) => write!(f, "\nthe next ones: --offset {next}"),
            None => Ok(()),
        }
    }
}

/// What a row is of. Identifiers are made up by others: nothing of them moves the cursor of a terminal.
struct Named<'r>(&'r Row);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { consumer, method, route, version, .. } = self.0;
        let route = route.as_deref().map(|route| if route.is_empty() { "(no route)" } else { route });
        let parts = [method.as_deref().filter(|method| !method.is_empty()), route, version.as_deref()];
        let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let parts = if parts.is_empty() { consumer.as_deref().unwrap_or_default() } else { &parts };
        parts.chars().try_for_each(|c| {
            if c.is_control() { write!(f, "{}", c.escape_default()) } else { write!(f, "{c}") }
        })
    }
}

/// The two greatest units of a time.
fn brief(seconds: f64) -> String {
    let text = humantime::format_duration(Duration::from_secs(seconds as u64)).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn millis(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1e3)
}
