//! A fault in words.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io;

use super::{Fault, Kind, Segment};
use crate::config::environment::{PREFIX, SEPARATOR};
use crate::config::nearest::nearest;
use crate::config::origin::Origin;
use crate::config::overlay::{self, Wanted};

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(OneLine(f), "{origin}: ")?;
        }
        self.reason(f)
    }
}

/// What is wrong, without the place.
pub(in crate::config) struct Reason<'f>(pub(in crate::config) &'f Fault);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.reason(f)
    }
}

impl Fault {
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

    fn reason(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = OneLine(f);
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
            Kind::UnknownOverlay { wanted, known } => {
                let Wanted { name, is_variable } = &**wanted;
                write!(line, "no overlay `{}`", clipped(name))?;
                if *is_variable {
                    write!(line, ", which {} asks for", overlay::VARIABLE)?;
                }
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                match nearest(name, &known) {
                    Some(meant) => write!(line, "; did you mean `{meant}`?"),
                    None if known.is_empty() => line.write_str("; there is none"),
                    None => {
                        line.write_str("; known are ")?;
                        list(&mut line, known.iter().map(|name| format!("`{name}`")))
                    }
                }
            }
            Kind::Custom(message) => {
                about(&mut line, &key)?;
                write!(line, "{}", clipped(message))
            }
        }
    }
}

pub(in crate::config) fn dotted<'a>(path: impl Iterator<Item = &'a Segment>) -> String {
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
pub(in crate::config) fn clipped(text: &str) -> Cow<'_, str> {
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
