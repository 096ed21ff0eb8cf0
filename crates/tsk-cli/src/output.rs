//! What a command found out, for people or for programs.

use std::fmt::Display;

use serde::Serialize;

use crate::terminal;

/// How a command says what it found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// In words and columns.
    Text,
    /// As one JSON value a line.
    Json,
}

impl Output {
    /// What the switch `--json` asks for.
    pub(crate) fn json(switch: bool) -> Output {
        if switch { Output::Json } else { Output::Text }
    }

    /// Writes a report to standard output: as its `Display` says, or as JSON.
    pub(crate) fn report<R: Serialize + Display>(self, report: &R) {
        match self {
            Output::Text => terminal::say(report),
            Output::Json => terminal::say(json(report)),
        }
    }
}

/// One line of JSON.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a report has text keys and no failing parts")
}
