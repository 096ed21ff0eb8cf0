//! The lines of another log.

use std::io::{self, Write as _};

use super::{
    Target,
    writer::{Sink, Writer},
};

/// The lines of another log, which get where they are to be as those of the access log do: by a thread of its own, many at once. Who
/// has a line never waits for it; where whoever reads them is slower, lines are dropped, and the log says how many.
#[derive(Debug)]
pub struct Lines(Writer);

impl Lines {
    /// Starts the thread. `name` is that of the log, such as `audit`.
    ///
    /// # Errors
    ///
    /// A file that cannot be opened, a thread that cannot be started.
    pub fn new(name: &'static str, to: &Target) -> io::Result<Self> {
        let sink = match to {
            Target::Stdout => Sink::Stream(Box::new(io::stdout())),
            Target::Stderr => Sink::Stream(Box::new(io::stderr())),
            Target::File(path) => {
                let at =
                    |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
                Sink::file(path.clone()).map_err(at)?
            }
        };
        Self::to(name, sink)
    }

    fn to(name: &'static str, sink: Sink) -> io::Result<Self> {
        let dropped = |count, clock: &mut super::clock::Clock, line: &mut Vec<u8>| {
            line.extend_from_slice(b"{\"time\":\"");
            line.extend_from_slice(&clock.at(std::time::Instant::now()));
            let _ = writeln!(line, "\",\"dropped\":{count}}}");
        };
        Writer::start(sink, name, dropped).map(Self)
    }

    /// Adds a line, which is without its end. What comes from clients in it has to be escaped.
    pub fn append(&self, line: &str) {
        debug_assert!(!line.contains('\n'), "a line is one line");
        self.0.append(|shard| {
            shard.lines.extend_from_slice(line.as_bytes());
            shard.lines.push(b'\n');
        });
    }

    /// Waits until what is there has been written, for two seconds at most: for whoever is about to end.
    pub fn flush(&self) {
        self.0.flush();
    }

    /// How many lines were dropped that the log has not told of yet.
    pub fn dropped(&self) -> u64 {
        self.0.dropped()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::{Arc, Barrier, Mutex};

    use super::*;

    /// Takes nothing until it is let.
    struct Slow(Arc<Barrier>, Arc<Mutex<Vec<u8>>>);

    impl io::Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.1.lock().unwrap().is_empty() {
                self.0.wait();
                self.0.wait();
            }
            self.1.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn who_is_about_to_end_waits_for_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let lines = Lines::new("audit", &Target::File(path.clone())).unwrap();
        for round in 1..20 {
            lines.append("line");
            lines.flush();
            assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), round);
        }
        assert!(
            Lines::new("audit", &Target::File(path.join("x")))
                .unwrap_err()
                .to_string()
                .contains("audit.log/x: ")
        );
    }

    #[test]
    fn what_does_not_fit_is_dropped_and_told_of() {
        let (barrier, written) = (Arc::new(Barrier::new(2)), Arc::default());
        let slow = Slow(Arc::clone(&barrier), Arc::clone(&written));
        let lines = Lines::to("audit", Sink::Stream(Box::new(slow))).unwrap();
        lines.append("first");
        barrier.wait();
        // Nobody reads, and a shard holds a mebibyte.
        let line = "x".repeat(1024);
        (0..2_000).for_each(|_| lines.append(&line));
        let dropped = lines.dropped();
        assert!(dropped > 900, "{dropped}");
        barrier.wait();
        drop(lines);
        let written = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        assert!(written.starts_with("first\n") && written.contains(&format!("\",\"dropped\":{dropped}}}\n")));
        assert_eq!(written.lines().count() as u64, 1 + (2_000 - dropped) + 1);
    }
}
