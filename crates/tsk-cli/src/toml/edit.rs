//! One setting of a file, changed in its text: every other byte, comments among them, stays as it is.

use std::ops::Range;

use toml_edit::{Document, DocumentMut, Item, Key, Table, TableLike, Value};

mod insert;
#[cfg(test)]
mod tests;

/// The text with the setting at `path` being `value`.
///
/// # Errors
///
/// Where the file has something else at the path, or on the way to it, than a setting.
pub(crate) fn set(text: &str, path: &[String], value: &Value) -> Result<String, String> {
    let document = parse(text)?;
    let written = value.to_string();
    match find(&document, path)? {
        Found::Value { span, .. } => Ok(spliced(text, span, written.trim())),
        Found::Tables => rewritten(text, |document| {
            if let (Some(parent), Some(key)) = (table_mut(document, path), path.last()) {
                parent.insert(key, Item::Value(value.clone()));
            }
        }),
        Found::Nothing { depth, is_inline: true } => rewritten(text, |document| {
            if let (Some(parent), Some(key)) = (table_mut(document, &path[..=depth]), path.get(depth)) {
                parent.insert(key, Item::Value(nested(&path[depth + 1..], value)));
            }
        }),
        Found::Nothing { depth, is_inline: false } => {
            Ok(insert::statement(text, document.as_table(), path, depth, written.trim()))
        }
    }
}

/// The text without the setting at `path`; `None` if there is none.
///
/// # Errors
///
/// As [`set`].
pub(crate) fn unset(text: &str, path: &[String]) -> Result<Option<String>, String> {
    let document = parse(text)?;
    let remove = |document: &mut DocumentMut| {
        if let (Some(parent), Some(key)) = (table_mut(document, path), path.last()) {
            parent.remove(key);
        }
    };
    match find(&document, path)? {
        Found::Nothing { .. } => Ok(None),
        Found::Tables | Found::Value { is_inline: true, .. } => rewritten(text, remove).map(Some),
        Found::Value { span, is_inline: false } => Ok(Some(without_statement(text, span))),
    }
}

enum Found {
    /// A value there, within an inline table or not.
    Value { span: Range<usize>, is_inline: bool },
    /// A list that is written as `[[tables]]`.
    Tables,
    /// The path has nothing from this depth on; what holds it is an inline table or not.
    Nothing { depth: usize, is_inline: bool },
}

fn parse(text: &str) -> Result<Document<&str>, String> {
    Document::parse(text).map_err(|error| error.message().to_owned())
}

fn find(document: &Document<&str>, path: &[String]) -> Result<Found, String> {
    let mut table: &dyn TableLike = document.as_table();
    let mut is_inline = false;
    for (depth, key) in path.iter().enumerate() {
        let is_last = depth + 1 == path.len();
        let name = || dotted(&path[..=depth]);
        table = match table.get(key) {
            None | Some(Item::None) => return Ok(Found::Nothing { depth, is_inline }),
            Some(Item::Table(inner)) if !is_last => inner,
            Some(Item::Value(Value::InlineTable(inner))) if !is_last => {
                is_inline = true;
                inner
            }
            Some(Item::Table(_)) => return Err(format!("`{}` is a section; name a key in it", name())),
            Some(Item::Value(Value::InlineTable(inner))) if inner.is_dotted() => {
                return Err(format!("`{}` is a section; name a key in it", name()));
            }
            Some(Item::Value(value)) if is_last => {
                // Everything that was read from a text has its place there.
                let span = value.span().ok_or_else(|| format!("`{}` has no place", name()))?;
                return Ok(Found::Value { span, is_inline });
            }
            Some(Item::ArrayOfTables(_)) if is_last => return Ok(Found::Tables),
            Some(Item::ArrayOfTables(_)) => {
                return Err(format!("`{}` is a list of tables; edit the file itself", name()));
            }
            Some(Item::Value(_)) => {
                return Err(format!("`{}` is a value in the file, and no section", name()));
            }
        };
    }
    Err("no key is named".to_owned())
}

/// A path as it is written.
pub(crate) fn dotted(path: &[String]) -> String {
    path.iter().map(|key| Key::new(key).display_repr().into_owned()).collect::<Vec<_>>().join(".")
}

fn spliced(text: &str, span: Range<usize>, with: &str) -> String {
    [&text[..span.start], with, &text[span.end..]].concat()
}

/// Takes out the statement whose value is at `span`, and leaves its comment.
fn without_statement(text: &str, span: Range<usize>) -> String {
    // A key has no newline in it, so that the statement begins where the line of its `=` does.
    let start = line_start(text, span.start);
    let rest = &text[span.end..];
    let line = rest.find('\n').map_or(rest, |newline| &rest[..newline]);
    let comment = line.trim_start_matches([' ', '\t']);
    if comment.starts_with('#') {
        let indent = text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len();
        return spliced(text, start + indent..span.end + line.len() - comment.len(), "");
    }
    let end = span.end + rest.find('\n').map_or(rest.len(), |newline| newline + 1);
    spliced(text, start..end, "")
}

fn line_start(text: &str, at: usize) -> usize {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    // A byte order mark is no part of the first line.
    if start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { start }
}

/// What cannot be changed in the text is changed in its tree, which forgets how lines end.
fn rewritten(text: &str, change: impl FnOnce(&mut DocumentMut)) -> Result<String, String> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    change(&mut document);
    let written = document.to_string();
    Ok(if text.contains("\r\n") { written.replace("\r\n", "\n").replace('\n', "\r\n") } else { written })
}

/// The table that holds the last key of `path`, as far as it exists.
fn table_mut<'d>(document: &'d mut DocumentMut, path: &[String]) -> Option<&'d mut dyn TableLike> {
    let (_, parents) = path.split_last()?;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for key in parents {
        table = table.get_mut(key)?.as_table_like_mut()?;
    }
    Some(table)
}

/// `value` below the keys of `path`.
fn nested(path: &[String], value: &Value) -> Value {
    path.iter()
        .rev()
        .fold(value.clone(), |inner, key| Value::InlineTable([(key.as_str(), inner)].into_iter().collect()))
}

/// Whether a table has a header of its own, `[a.b]`.
fn header(table: &Table, text: &str) -> Option<Range<usize>> {
    table.span().filter(|span| !table.is_dotted() && text[span.clone()].starts_with('['))
}
