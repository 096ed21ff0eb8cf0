//! The lines that there are.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt as _;

use super::lines::every;
use super::query::Query;
use super::snapshot::{Snapshot, line_before, open};

/// How much of a file is looked at together, from its end.
const WINDOW: u64 = 64 * 1024;

/// Calls `each` with the newest lines that `query` wants, `count` of them at most, up to `end` of the file that is
/// written. Where a number is wanted, files are read from their end, and the older ones only as far as need be.
pub(crate) fn read(
    snapshot: &Snapshot,
    end: u64,
    query: &Query,
    count: Option<usize>,
    mut each: impl FnMut(String) -> io::Result<()>,
) -> io::Result<()> {
    match count {
        Some(count) => newest(snapshot, end, query, count)?.into_iter().try_for_each(each),
        None => {
            let mut wanted = |line: String| if query.wants(&line) { each(line) } else { Ok(()) };
            for segment in snapshot.segments.iter().filter(|segment| query.may_want(segment)) {
                if let Some(content) = open(segment)? {
                    torn(every(content, &mut wanted))?;
                }
            }
            let Some(current) = &snapshot.current else { return Ok(()) };
            every(section(&current.file, 0, end), wanted)
        }
    }
}

fn newest(snapshot: &Snapshot, end: u64, query: &Query, count: usize) -> io::Result<VecDeque<String>> {
    let mut found = VecDeque::new();
    if let Some(current) = &snapshot.current {
        let mut end = end;
        let mut window = WINDOW;
        while end > 0 && found.len() < count {
            let start = end.saturating_sub(window);
            // From the beginning of a line; a window that is all in one line must be larger.
            let start = if start == 0 { 0 } else { line_before(&current.file, start + 1)?.unwrap_or(0) };
            let (lines, is_enough) = last(section(&current.file, start, end), query, count - found.len())?;
            prepend(&mut found, lines);
            if is_enough {
                return Ok(found);
            }
            end = start;
            // What is rare is looked for in larger steps.
            window = (window * 2).min(16 * WINDOW);
        }
    }
    for segment in snapshot.segments.iter().rev().take_while(|segment| query.may_want(segment)) {
        if found.len() >= count {
            break;
        }
        if let Some(content) = open(segment)? {
            let (lines, is_enough) = last(content, query, count - found.len())?;
            prepend(&mut found, lines);
            if is_enough {
                break;
            }
        }
    }
    Ok(found)
}

/// The last lines that are wanted, and whether those before are too old anyway.
fn last(content: impl BufRead, query: &Query, count: usize) -> io::Result<(VecDeque<String>, bool)> {
    let mut lines = VecDeque::new();
    let mut is_too_old = None;
    torn(every(content, |line| {
        is_too_old = is_too_old.or_else(|| query.is_too_old(&line));
        if query.wants(&line) {
            if lines.len() == count {
                lines.pop_front();
            }
            lines.push_back(line);
        }
        Ok(())
    }))?;
    Ok((lines, is_too_old == Some(true)))
}

fn prepend(found: &mut VecDeque<String>, lines: VecDeque<String>) {
    lines.into_iter().rev().for_each(|line| found.push_front(line));
}

/// A compressed file that is damaged is read as far as it goes.
fn torn(read: io::Result<()>) -> io::Result<()> {
    match read {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
            ) =>
        {
            Ok(())
        }
        read => read,
    }
}

/// A part of a file.
fn section(file: &File, start: u64, end: u64) -> impl BufRead {
    BufReader::with_capacity(64 * 1024, Section { file, at: start, end })
}

struct Section<'f> {
    file: &'f File,
    at: u64,
    end: u64,
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read_at(&mut buffer[..most], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
