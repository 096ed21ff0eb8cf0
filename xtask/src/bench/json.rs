//! A run as JSON, for programs.

use std::fmt;

use super::Results;
use super::bars::{self, Bar};
use super::callgrind::Route;
use super::measured::Measured;
use super::spread::Spread;

/// A JSON value.
#[derive(Debug)]
pub(crate) enum Json {
    Number(f64),
    Bool(bool),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

pub(crate) fn of(results: &Results) -> Json {
    let machine = results.machine.iter().map(|(name, value)| (*name, Json::Text(value.clone())));
    let bars = bars::bars(results).iter().chain(&bars::floors(results)).map(bar).collect();
    let crates = results.crates.iter().map(|(package, crates)| (*package, Json::Number(*crates as f64)));
    object([
        ("machine", object(machine)),
        ("rounds", Json::Number(results.round_count as f64)),
        ("seconds", Json::Number(results.seconds as f64)),
        ("servers", object(results.servers.iter().map(|name| (*name, server(results, name))))),
        (
            "added_cpu_micros",
            object(results.added.iter().map(|added| (added.part.what, spread(Some(added.micros))))),
        ),
        ("crates", object(crates)),
        ("bars", Json::List(bars)),
    ])
}

fn server(results: &Results, name: &'static str) -> Json {
    let rounds = &results.rounds;
    let loads = results.loads.iter().filter(|load| rounds.has(name, **load)).map(|load| {
        let figure = |of: fn(&Measured) -> f64| spread(rounds.figure(name, *load, of));
        let ratio = |of: fn(&Measured) -> f64| spread(rounds.ratio(name, load.yardstick(), *load, of));
        let mut figures = vec![
            ("requests_per_second", figure(|measured| measured.requests_per_second)),
            ("requests_per_second_ratio", ratio(|measured| measured.requests_per_second)),
            ("cpu_micros", figure(|measured| measured.cpu_micros)),
            ("cpu_ratio", ratio(|measured| measured.cpu_micros)),
        ];
        if !load.is_http2() {
            figures
                .push(("mean_millis", figure(|m| m.latency.map_or(f64::NAN, |latency| latency.mean_millis))));
            figures
                .push(("p99_millis", figure(|m| m.latency.map_or(f64::NAN, |latency| latency.p99_millis))));
        }
        (load.title(), object(figures))
    });
    let costs = Route::ALL.into_iter().filter_map(|route| {
        let cost = results.costs.get(&(name, route))?;
        let figures = [("instructions", cost.instructions), ("allocations", cost.allocations)];
        Some((route.title(), object(figures.map(|(name, figure)| (name, Json::Number(figure))))))
    });
    let mut fields = vec![("load", object(loads)), ("callgrind", object(costs))];
    if let Some(bytes) = results.idle.as_ref().and_then(|idle| idle.bytes.get(name)) {
        fields.push(("idle_connection_bytes", Json::Number(*bytes)));
    }
    if let Some(millis) = results.startup.get(name) {
        fields.push(("startup_millis", spread(Some(*millis))));
    }
    object(fields)
}

pub(crate) fn bar(bar: &Bar) -> Json {
    object([
        ("what", Json::Text(bar.what.clone())),
        ("bar", Json::Text(bar.limit.clone())),
        ("measured", Json::Text(bar.measured.clone())),
        ("met", Json::Bool(bar.met)),
    ])
}

pub(crate) fn spread(spread: Option<Spread>) -> Json {
    let Some(Spread { median, low, high }) = spread else { return Json::Number(f64::NAN) };
    object(
        [("median", median), ("low", low), ("high", high)].map(|(name, value)| (name, Json::Number(value))),
    )
}

pub(crate) fn object<'a>(fields: impl IntoIterator<Item = (&'a str, Json)>) -> Json {
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // JSON has no word for what is not a number.
            Self::Number(number) if !number.is_finite() => f.write_str("null"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Bool(bool) => write!(f, "{bool}"),
            Self::Text(text) => write_text(f, text),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(fields) => {
                f.write_str("{")?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    f.write_str(if index > 0 { "," } else { "" })?;
                    write_text(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

/// RFC 8259, section 7.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            c if c < ' ' => write!(f, "\\u{:04x}", c as u32)?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

#[cfg(test)]
mod tests {
    use super::{Json, object};

    #[test]
    fn escapes_text_and_writes_null_for_what_is_no_number() {
        let json = object([
            ("a \"b\"\n\\", Json::List(vec![Json::Number(1.5), Json::Number(f64::NAN)])),
            ("c", Json::Bool(true)),
        ]);
        assert_eq!(json.to_string(), r#"{"a \"b\"\u000a\\":[1.5,null],"c":true}"#);
    }
}
