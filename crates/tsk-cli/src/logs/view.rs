//! How a line is shown.

use std::fmt::Write as _;

use serde_json::Value;

use super::entry::{Entry, Fields};
use super::level::Level;
use crate::output;

const RESET: &str = "\x1b[0m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[33m";
const GREEN: &str = "\x1b[32m";
const BLUE: &str = "\x1b[34m";

/// How lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// For people, in colour or without.
    Text { has_colour: bool },
    /// As they are, an object each.
    Json,
}

impl View {
    /// A line as it is shown. Nothing in it can command a terminal.
    pub(crate) fn show(self, line: &str) -> String {
        let entry = Entry::read(line);
        match self {
            View::Text { has_colour } => text(&entry, has_colour),
            View::Json => match entry {
                Entry::Fields(_) if escaped(line, |_| String::new()).len() == line.len() => line.to_owned(),
                // Once it is written anew, such characters are in strings only, where they may be written thus.
                Entry::Fields(fields) => {
                    let line = output::json(&fields);
                    escaped(&line, |c| format!("\\u{:04x}", u32::from(c)))
                }
                Entry::Text(line) => serde_json::json!({ "message": visible(line) }).to_string(),
            },
        }
    }
}

/// A line as it is shown without colour.
pub(super) fn plain(entry: &Entry<'_>) -> String {
    text(entry, false)
}

fn text(entry: &Entry<'_>, has_colour: bool) -> String {
    let paint = |colour: &'static str| if has_colour { (colour, RESET) } else { ("", "") };
    let fields = match entry {
        Entry::Text(line) => return visible(line),
        Entry::Fields(fields) => fields,
    };
    let mut out = String::new();
    let mut shown = Vec::new();
    let mut take = |key: &'static str| {
        shown.push(key);
        fields.get(key).map(bare)
    };
    let (dim, reset) = paint(DIM);
    if let Some(time) = take("timestamp").or_else(|| take("time")) {
        let _ = write!(out, "{dim}{time}{reset} ");
    }
    if let Some(level) = take("level") {
        let (colour, reset) = paint(level.parse().map_or("", of_level));
        let _ = write!(out, "{colour}{level:>5}{reset} ");
    }
    if let Some(target) = take("target") {
        let _ = write!(out, "{dim}{target}:{reset} ");
    }
    if let Some(message) = take("message") {
        let _ = write!(out, "{message} ");
    }
    if let Some(request) = request(fields, &mut take, paint) {
        out.push_str(&request);
    }
    for (key, value) in fields.0.iter().filter(|(key, _)| !shown.contains(&key.as_str())) {
        let _ = write!(out, "{dim}{}={reset}{} ", visible(key), quoted(value));
    }
    out.truncate(out.trim_end().len());
    out
}

/// A line of the access log: what was asked, and what it came to.
fn request(
    fields: &Fields,
    take: &mut impl FnMut(&'static str) -> Option<String>,
    paint: impl Fn(&'static str) -> (&'static str, &'static str),
) -> Option<String> {
    let status = fields.get("status")?.as_u64()?;
    fields.get("method")?.as_str()?;
    let (colour, reset) = paint(match status {
        500.. => RED,
        400..=499 => YELLOW,
        _ => GREEN,
    });
    let mut text = format!("{colour}{}{reset} ", take("status")?);
    let _ = write!(text, "{} {}", take("method")?, take("path").unwrap_or_default());
    if let Some(query) = take("query").filter(|query| !query.is_empty()) {
        let _ = write!(text, "?{query}");
    }
    text.push(' ');
    if let Some(duration) = take("duration_us") {
        let _ = write!(text, "{duration}us ");
    }
    if let Some(bytes) = take("bytes") {
        let _ = write!(text, "{bytes}B ");
    }
    if let Some(peer) = take("peer") {
        let _ = write!(text, "{peer} ");
    }
    Some(text)
}

fn of_level(level: Level) -> &'static str {
    match level {
        Level::Error => RED,
        Level::Warn => YELLOW,
        Level::Info => GREEN,
        Level::Debug => BLUE,
        Level::Trace => DIM,
    }
}

fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => visible(text),
        value => visible(&value.to_string()),
    }
}

/// A value that can be told from what follows.
fn quoted(value: &Value) -> String {
    let is_one_word = |text: &str| !text.is_empty() && !text.contains([' ', '"', '=', '\\']);
    match value {
        Value::String(text) if is_one_word(text) => visible(text),
        value => visible(&value.to_string()),
    }
}

/// Text in which nothing commands a terminal, nor changes the order of what is read.
fn visible(text: &str) -> String {
    escaped(text, |c| c.escape_default().to_string())
}

fn escaped(text: &str, escape: impl Fn(char) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Marks and overrides of direction: UAX #9, section 2.
        let turns = matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}') {
            out.push_str(&escape(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const PLAIN: View = View::Text { has_colour: false };

    #[test]
    fn a_line_for_people_has_what_matters_first() {
        let line = r#"{"timestamp":"2026-11-26T21:12:00.5Z","level":"WARN","message":"no room","error":"a b","count":2,"target":"tsk_http::server"}"#;
        assert_eq!(
            PLAIN.show(line),
            "2026-11-26T21:12:00.5Z  WARN tsk_http::server: no room error=\"a b\" count=2"
        );
        let shown = View::Text { has_colour: true }.show(line);
        assert!(shown.contains("\x1b[33m WARN\x1b[0m"), "{shown:?}");
    }

    #[test]
    fn a_request_is_shown_as_it_was_written() {
        let line = r#"{"time":"2026-11-26T21:12:00.5Z","status":404,"duration_us":116,"bytes":31,"request_id":"40f3","method":"GET","path":"/a","query":"b=c","protocol":"HTTP/1.1","peer":"127.0.0.1"}"#;
        assert_eq!(
            PLAIN.show(line),
            "2026-11-26T21:12:00.5Z 404 GET /a?b=c 116us 31B 127.0.0.1 request_id=40f3 protocol=HTTP/1.1"
        );
    }

    #[test]
    fn nothing_in_a_line_commands_a_terminal() {
        let line = "{\"message\":\"\\u001b]0;x\\u0007\u{9b}31m\u{202e}\",\"\\u001bk\":\"\\r\\n\"}";
        assert_eq!(PLAIN.show(line), r"\u{1b}]0;x\u{7}\u{9b}31m\u{202e} \u{1b}k=\r\n");
        assert_eq!(PLAIN.show("\x1b[2J not JSON"), r"\u{1b}[2J not JSON");
        let json = View::Json.show(line);
        assert!(json.contains(r"\u009b31m\u202e"), "{json}");
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(&json), read(line), "it means the same");
        assert_eq!(read(&View::Json.show("\x1b no"))["message"], r"\u{1b} no");
    }

    proptest! {
        #[test]
        fn whatever_a_line_has_is_shown_in_one(line in "\\PC*|[\\x00-\\x7f\u{80}-\u{a0}\u{202e}]*|\\{\"[a-z\\\\u0]{0,9}\":[\\x00-\\x7f]*\\}") {
            for view in [PLAIN, View::Json] {
                let is_wild = |c: char| c.is_control() || c == '\u{202e}';
                prop_assert!(!view.show(&line).contains(is_wild));
            }
        }
    }
}
