//! What is written for people: in colour on a terminal that wants it, plain anywhere else.

use std::borrow::Cow;
use std::env;
use std::ffi::OsStr;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use crate::error::Error;

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[33m";
const RESET: &str = "\x1b[0m";

// Output that nobody reads is no reason to stop, so that a failed write is passed over in all of these.

/// Writes a line for whoever started the command.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Writes lines that are ended already.
pub(crate) fn print(lines: impl Display) {
    let _ = write!(io::stdout(), "{lines}");
}

/// Writes a line beside the output: something to know that is no error.
pub(crate) fn note(program: &str, line: impl Display) {
    let _ = writeln!(io::stderr(), "{program}: {line}");
}

/// Writes a help text, its headings in bold.
pub(crate) fn help(text: &str, mut out: impl Write + IsTerminal) {
    let _ = match wants_colour(&out) {
        true => out.write_all(with_headings(text).as_bytes()),
        false => out.write_all(text.as_bytes()),
    };
}

/// Writes lines of which some begin with a verdict, which is coloured.
pub(crate) fn verdicts(text: &str) {
    let is_coloured = wants_colour(&io::stdout());
    say(if is_coloured { Cow::Owned(with_verdicts(text)) } else { Cow::Borrowed(text) });
}

/// Writes a table whose lines are ended, and whose first line names the columns.
pub(crate) fn table(text: &str) {
    let is_coloured = wants_colour(&io::stdout());
    print(if is_coloured { Cow::Owned(with_names(text)) } else { Cow::Borrowed(text) });
}

/// Writes an error as the one line that it is, for people or as JSON.
pub(crate) fn complain(program: &str, error: &Error, is_json: bool) {
    let mut stderr = io::stderr();
    let _ = if is_json {
        let error = serde_json::json!({ "error": error.to_string(), "exit": error.exit as u8 });
        writeln!(stderr, "{error}")
    } else {
        let (red, reset) = if wants_colour(&stderr) { (RED, RESET) } else { ("", "") };
        writeln!(stderr, "{program}: {red}error:{reset} {error}")
    };
}

/// Whether somebody looks on while a command works, on a terminal that can be written over.
pub(crate) fn has_progress() -> bool {
    io::stderr().is_terminal() && env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// Whether what is written there may have colour.
pub(crate) fn wants_colour(out: &impl IsTerminal) -> bool {
    let no_colour = env::var_os("NO_COLOR");
    let term = env::var_os("TERM");
    out.is_terminal() && may_colour(no_colour.as_deref(), term.as_deref())
}

/// Whether a terminal may be sent colours: not where `NO_COLOR` is set to anything (<https://no-color.org>), nor on
/// one that does nothing but print.
fn may_colour(no_colour: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    no_colour.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

fn with_headings(text: &str) -> String {
    text.lines()
        .map(|line| match line.split_once(':') {
            Some((heading, rest)) if HEADINGS.contains(&heading) => {
                format!("{BOLD}{heading}:{RESET}{rest}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect()
}

fn with_names(text: &str) -> String {
    match text.split_once('\n') {
        Some((names, rows)) => format!("{BOLD}{names}{RESET}\n{rows}"),
        None => text.to_owned(),
    }
}

fn with_verdicts(text: &str) -> String {
    let colour = |line: &str| {
        let colours = [("ok  ", GREEN), ("warn", YELLOW), ("fail", RED), ("skip", DIM)];
        let of = colours
            .iter()
            .find(|(word, _)| line.strip_prefix(word).is_some_and(|rest| rest.starts_with("  ")));
        match of {
            Some((word, colour)) => format!("{colour}{word}{RESET}{}", &line[word.len()..]),
            None => line.to_owned(),
        }
    };
    text.split('\n').map(colour).collect::<Vec<_>>().join("\n")
}

/// Those of a help text as argh writes it.
const HEADINGS: [&str; 6] = ["Usage", "Options", "Commands", "Examples", "Notes", "Error codes"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_or_a_terminal_can_refuse_colour() {
        let may = |no_colour: Option<&'static str>, term: Option<&'static str>| {
            may_colour(no_colour.map(OsStr::new), term.map(OsStr::new))
        };
        assert!(may(None, Some("xterm")));
        assert!(may(None, None));
        assert!(may(Some(""), Some("xterm")));
        assert!(!may(Some("1"), Some("xterm")));
        assert!(!may(Some("0"), Some("xterm")));
        assert!(!may(None, Some("dumb")));
    }

    #[test]
    fn headings_are_bold_and_nothing_else_is() {
        let text = "Usage: tsk\n\nExample: none\n\nOptions:\n  -h  help: all of it\n";
        let bold =
            "\x1b[1mUsage:\x1b[0m tsk\n\nExample: none\n\n\x1b[1mOptions:\x1b[0m\n  -h  help: all of it\n";
        assert_eq!(with_headings(text), bold);
    }

    #[test]
    fn the_names_of_columns_are_bold() {
        assert_eq!(with_names("METHOD  PATH\nGET     /\n"), "\x1b[1mMETHOD  PATH\x1b[0m\nGET     /\n");
    }

    #[test]
    fn verdicts_are_coloured_and_nothing_else_is() {
        let text = "ok    a  fine\nfail  b  broken\n\nok and so on\nload  x";
        let coloured =
            "\x1b[32mok  \x1b[0m  a  fine\n\x1b[1;31mfail\x1b[0m  b  broken\n\nok and so on\nload  x";
        assert_eq!(with_verdicts(text), coloured);
    }
}
