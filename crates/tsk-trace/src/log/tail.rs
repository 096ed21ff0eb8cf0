//! The end of a log, for whoever looks.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;
use tsk_core::Insight;

/// How many lines are kept.
const LINES: usize = 200;
/// What they may take together, in bytes.
const BYTES: usize = 32 * 1024;
/// As much as is kept of one line, in bytes.
const LINE: usize = 2 * 1024;

/// The last lines of a log, in memory: as `log`. At most 200 lines, 32 KiB, and 2 KiB of each.
///
/// It is a writer for the layer of `tracing-subscriber`, and shows what is written. So that nothing secret is shown, lines are to
/// be [`Json`](super::Json) or [`Text`](super::Text). Beside another writer, each line is made once for both:
///
/// ```
/// use tracing_subscriber::{fmt::{self, writer::MakeWriterExt as _}, layer::SubscriberExt as _};
/// use tsk_trace::log::{Json, Tail};
///
/// let tail = Tail::default();
/// let json = Json::new(&[]);
/// let lines = fmt::layer().fmt_fields(json.clone()).event_format(json);
/// let subscriber = tracing_subscriber::registry().with(lines.with_writer(std::io::stdout.and(tail.clone())));
/// # tracing::subscriber::with_default(subscriber, || tracing::info!("shown"));
/// # assert!(tsk_core::Insight::snapshot(&tail).to_string().contains("shown"));
/// // and `App::insight(tail)`
/// ```
#[derive(Clone, Default)]
pub struct Tail(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    /// The latest is the last.
    kept: VecDeque<Box<str>>,
    bytes: usize,
    /// How many there have been.
    number: u64,
}

impl Tail {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn put(&mut self, line: &str) {
        let mut end = line.len().min(LINE);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        let line: Box<str> = line[..end].into();
        self.number += 1;
        self.bytes += line.len();
        self.kept.push_back(line);
        while self.kept.len() > LINES || self.bytes > BYTES {
            let Some(oldest) = self.kept.pop_front() else { return };
            self.bytes -= oldest.len();
        }
    }
}

/// What is written at once are whole lines, as the layer writes them.
impl Write for Tail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = self.lines();
        text.lines().for_each(|line| lines.put(line));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Tail {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The latest line first, each with its number since the start.
impl Insight for Tail {
    fn name(&self) -> &str {
        "log"
    }

    fn snapshot(&self) -> Value {
        let lines = self.lines();
        let numbered = lines.kept.iter().rev().zip((1..=lines.number).rev());
        let shown: Vec<Value> =
            numbered.map(|(line, number)| json!({ "number": number, "line": line })).collect();
        json!({ "lines": shown, "most": LINES })
    }
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail").field("lines", &self.lines().kept.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::log::Json;

    fn shown(tail: &Tail) -> Vec<(u64, String)> {
        let lines = tail.snapshot()["lines"].as_array().unwrap().clone();
        let line =
            |line: &Value| (line["number"].as_u64().unwrap(), line["line"].as_str().unwrap().to_owned());
        lines.iter().map(line).collect()
    }

    #[test]
    fn the_latest_line_is_the_first_and_nothing_secret_is_in_any() {
        let tail = Tail::default();
        let json = Json::new(&[]);
        let lines = tracing_subscriber::fmt::layer().fmt_fields(json.clone()).event_format(json);
        let subscriber = tracing_subscriber::registry().with(lines.with_writer(tail.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("first");
            tracing::info!(password = "hunter2", url = "/?token=hunter2", "second\nline");
        });
        let lines = shown(&tail);
        assert_eq!((lines.len(), lines[0].0, lines[1].0), (2, 2, 1));
        assert!(lines[0].1.contains(r"second\nline") && !lines[0].1.contains("hunter2"), "{}", lines[0].1);
    }

    #[test]
    fn what_is_kept_is_bounded_in_lines_and_in_bytes() {
        let mut tail = Tail::default();
        for number in 0..1000 {
            tail.write_all(format!("{number}\n").as_bytes()).unwrap();
        }
        let lines = shown(&tail);
        assert_eq!(
            (lines.len(), &lines[0], &lines[199]),
            (LINES, &(1000, "999".into()), &(801, "800".into()))
        );
        for _ in 0..100 {
            tail.write_all(format!("{}\n", "é".repeat(5000)).as_bytes()).unwrap();
        }
        let lines = shown(&tail);
        assert!(lines.iter().map(|(_, line)| line.len()).sum::<usize>() <= BYTES);
        assert_eq!((lines[0].0, lines[0].1.len()), (1100, LINE));
    }
}
