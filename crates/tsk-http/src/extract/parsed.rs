//! What parsers say of a client's input, and where it is wrong.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment, Track};
use tsk_core::{Problem, problem::Kind};

use crate::validate::{Faults, Location};

/// A problem with one fault, at the end of those steps into that part of the request.
#[cold]
pub(super) fn refused(
    kind: Kind,
    location: Location,
    steps: impl IntoIterator<Item: Display>,
    reason: impl Display,
) -> Problem {
    let mut faults = Faults::default();
    faults.within(location);
    steps.into_iter().for_each(|step| faults.descend(step));
    faults.add(reason);
    faults.describe(kind, "is not what was expected")
}

/// A value of form data.
///
/// Where the fault is, is found by a second look, so that what is right does not pay for it.
pub(super) fn form<T: DeserializeOwned>(bytes: &[u8], kind: Kind, location: Location) -> Result<T, Problem> {
    serde_html_form::from_bytes(bytes).map_err(|error| {
        let mut track = Track::new();
        let deserializer = serde_html_form::Deserializer::from_bytes(bytes);
        let _ = T::deserialize(serde_path_to_error::Deserializer::new(deserializer, &mut track));
        refused(kind, location, steps(&track.path()), error)
    })
}

/// Why JSON is not of the form of a type, and where.
pub(super) struct Unfit {
    pub(super) error: serde_json::Error,
    steps: Vec<String>,
}

/// A value of JSON, with a note of each step to it, so that it costs more than one of which nothing is said.
pub(super) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unfit> {
    let mut track = Track::new();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = T::deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track));
    let value = value.map_err(|error| Unfit { error, steps: steps(&track.path()) })?;
    // What follows it is nowhere in it.
    deserializer.end().map_err(|error| Unfit { error, steps: Vec::new() })?;
    Ok(value)
}

impl Unfit {
    pub(super) fn into_problem(self, kind: Kind) -> Problem {
        let Self { error, steps } = self;
        // A pointer says it better than a line and a column.
        let place = format!(" at line {} column {}", error.line(), error.column());
        let reason = error.to_string();
        refused(kind, Location::Body, steps, reason.strip_suffix(&place).unwrap_or(&reason))
    }
}

fn steps(path: &Path) -> Vec<String> {
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    };
    path.iter().map_while(step).collect()
}
