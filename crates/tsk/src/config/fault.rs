//! What went wrong while settings were read, as facts; [`Error`](super::Error) is made of it.

mod display;

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;

use serde::de::{self, Expected, Unexpected};

pub(super) use self::display::{Reason, clipped, dotted};
use super::origin::Origin;
use super::overlay::Wanted;

/// A mistake, the setting that it concerns, and the place that made it.
#[derive(Clone)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    /// From the innermost level out, for a fault gathers it on its way up.
    pub(super) path: Vec<Segment>,
    pub(super) origin: Option<Origin>,
}

#[derive(Clone)]
pub(super) enum Kind {
    /// The file cannot be read.
    Read(Arc<io::Error>),
    /// What is written makes no sense by itself, whatever the settings are.
    Syntax(String),
    /// The last key of the path is not one of these.
    UnknownKey(Cow<'static, [&'static str]>),
    /// A value is not one of these.
    UnknownVariant(String, &'static [&'static str]),
    /// A value is given where there are keys to set, of which this is one.
    Section(Option<&'static str>),
    WrongType {
        expected: String,
        found: String,
    },
    Missing,
    /// The file has no such overlay.
    UnknownOverlay {
        wanted: Arc<Wanted>,
        known: Vec<String>,
    },
    Custom(String),
}

#[derive(Clone)]
pub(super) enum Segment {
    Key(String),
    Index(usize),
}

impl Fault {
    pub(super) fn new(kind: Kind) -> Fault {
        Fault { kind, path: Vec::new(), origin: None }
    }

    pub(super) fn wrong_type(found: impl fmt::Display, expected: &str) -> Fault {
        Fault::new(Kind::WrongType { expected: expected.to_owned(), found: found.to_string() })
    }

    /// Adds the place, unless a closer one is known.
    pub(super) fn at(mut self, origin: &Origin) -> Fault {
        self.origin.get_or_insert_with(|| origin.clone());
        self
    }

    /// Adds the level above.
    pub(super) fn within(mut self, segment: Segment) -> Fault {
        self.path.push(segment);
        self
    }

    /// The setting, as in `http.listen[0]`; empty where a fault concerns a layer as a whole.
    pub(super) fn key(&self) -> String {
        dotted(self.path.iter().rev())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Fault {
        Fault::new(Kind::Custom(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Fault {
        Fault::wrong_type(in_words(found), &asked(expected))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Fault {
        Fault::wrong_type(in_words(found), &asked(expected))
    }

    fn invalid_length(len: usize, expected: &dyn Expected) -> Fault {
        Fault::wrong_type(format_args!("a list of {len}"), &asked(expected))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Fault {
        Fault::new(Kind::UnknownVariant(variant.to_owned(), expected))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Fault {
        let _ = field; // the caller adds it, with its origin
        Fault::new(Kind::UnknownKey(Cow::Borrowed(expected)))
    }

    fn missing_field(field: &'static str) -> Fault {
        Fault::new(Kind::Missing).within(Segment::Key(field.to_owned()))
    }
}

fn in_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => value.to_string(),
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Str(value) => format!("{:?}", clipped(value)),
        Unexpected::Map => "a table".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        other => other.to_string(),
    }
}

/// What a type asks for, in an operator's words where serde's are Rust's.
fn asked(expected: &dyn Expected) -> String {
    let rust = expected.to_string();
    let words = match rust.as_str() {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number, 0 or more",
        "i8" => "a whole number from -128 to 127",
        "i16" => "a whole number from -32768 to 32767",
        "i32" => "a whole number from -2147483648 to 2147483647",
        "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        _ if rust.starts_with("struct ") => "a table",
        _ => return rust,
    };
    words.to_owned()
}
