//! What went wrong while settings were read, as facts; [`Error`](super::Error) is made of it.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io;
use std::sync::Arc;

use serde::de::{self, Expected, Unexpected};

use super::environment::{PREFIX, SEPARATOR};
use super::nearest::nearest;
use super::origin::Origin;

/// A mistake, the setting that it concerns, and the place that made it.
#[derive(Clone)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    /// From the innermost level out, for a fault gathers it on its way up.
    path: Vec<Segment>,
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

    /// The setting `name` beside the last key of the path, as one would write it where this one was written.
    fn sibling(&self, name: &str) -> String {
        let parent = self.path.get(1..).unwrap_or_default().iter().rev();
        if let Some(Origin::Environment(_)) = self.origin {
            return variable(parent, name);
        }
        let mut key = dotted(parent);
        if !key.is_empty() {
            key.push('.');
        }
        key.push_str(name);
        format!("`{key}`")
    }
}

fn dotted<'a>(path: impl Iterator<Item = &'a Segment>) -> String {
    let mut key = String::new();
    for segment in path {
        match segment {
            Segment::Index(index) => {
                let _ = write!(key, "[{index}]");
            }
            Segment::Key(name) => {
                if !key.is_empty() {
                    key.push('.');
                }
                if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') && !name.is_empty()
                {
                    key.push_str(name);
                } else {
                    let _ = write!(key, "{name:?}");
                }
            }
        }
    }
    key
}

/// The variable that sets `name` within `parent`.
fn variable<'a>(parent: impl Iterator<Item = &'a Segment>, name: &str) -> String {
    let mut variable = PREFIX.to_owned();
    for segment in parent {
        if let Segment::Key(key) = segment {
            variable.push_str(&key.to_uppercase());
            variable.push_str(SEPARATOR);
        }
    }
    variable + &name.to_uppercase()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = OneLine(f);
        if let Some(origin) = &self.origin {
            write!(line, "{origin}: ")?;
        }
        let key = self.key();
        match &self.kind {
            Kind::Read(error) if error.kind() == io::ErrorKind::NotFound => line.write_str("no such file"),
            Kind::Read(error) => write!(line, "cannot be read: {error}"),
            Kind::Syntax(message) => write!(line, "{}", clipped(message)),
            Kind::UnknownKey(known) => {
                write!(line, "unknown key `{}`; ", clipped(&key))?;
                let given = match self.path.first() {
                    Some(Segment::Key(given)) => given.as_str(),
                    _ => "",
                };
                match nearest(given, known) {
                    Some(meant) => write!(line, "did you mean {}?", self.sibling(meant)),
                    None if known.is_empty() => line.write_str("no key is known there"),
                    None => {
                        line.write_str("known are ")?;
                        list(&mut line, known.iter().map(|name| self.sibling(name)))
                    }
                }
            }
            Kind::UnknownVariant(given, known) => {
                write!(line, "`{key}`: unknown value `{}`; ", clipped(given))?;
                match nearest(given, known) {
                    Some(meant) => write!(line, "did you mean `{meant}`?"),
                    None => {
                        line.write_str("known are ")?;
                        list(&mut line, known.iter().map(|name| format!("`{name}`")))
                    }
                }
            }
            Kind::Section(example) => {
                write!(line, "`{key}` is a section, not a value")?;
                match (example, &self.origin) {
                    (Some(name), Some(Origin::Environment(_))) => {
                        write!(line, "; set a key in it, as in {}", variable(self.path.iter().rev(), name))
                    }
                    (Some(name), _) => write!(line, "; set a key in it, as in `{key}.{name}`"),
                    (None, _) => Ok(()),
                }
            }
            Kind::WrongType { expected, found } => {
                about(&mut line, &key)?;
                write!(line, "expected {expected}, found {found}")
            }
            Kind::Missing => {
                write!(line, "missing key `{key}`")?;
                if self.origin.is_none() {
                    let parent = self.path.get(1..).unwrap_or_default().iter().rev();
                    let Some(Segment::Key(name)) = self.path.first() else { return Ok(()) };
                    write!(line, "; set it in the configuration file, or as {}", variable(parent, name))?;
                }
                Ok(())
            }
            Kind::Custom(message) => {
                about(&mut line, &key)?;
                write!(line, "{}", clipped(message))
            }
        }
    }
}

fn about(f: &mut impl fmt::Write, key: &str) -> fmt::Result {
    if key.is_empty() { Ok(()) } else { write!(f, "`{}`: ", clipped(key)) }
}

fn list(f: &mut impl fmt::Write, items: impl Iterator<Item = String>) -> fmt::Result {
    for (index, item) in items.enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{item}")?;
    }
    Ok(())
}

/// The first part of a text that may be as long as a file.
fn clipped(text: &str) -> Cow<'_, str> {
    const MAX_CHARS: usize = 200;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Keeps an error on one line, and control characters away from the terminal.
struct OneLine<'f, 'b>(&'f mut fmt::Formatter<'b>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(char::is_control) {
            let plain = part.trim_end_matches(char::is_control);
            self.0.write_str(plain)?;
            for control in part[plain.len()..].chars() {
                write!(self.0, "{}", control.escape_default())?;
            }
        }
        Ok(())
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
