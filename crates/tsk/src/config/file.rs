//! The file layer: TOML text to a tree.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Kind};
use super::origin::{Origin, Source};
use super::tree::{Entry, MAX_DEPTH, Node, Table, Value};

/// The longest file that is read.
const MAX_BYTES: usize = 1 << 20;

/// A file that was read.
pub(super) struct File {
    pub(super) source: Arc<Source>,
    pub(super) settings: Table,
}

/// Reads the file at `path`.
pub(super) fn read(path: &Path) -> Result<File, Fault> {
    let fault = |kind| Fault::new(kind).at(&Origin::file(path));
    match contents(path) {
        Ok(bytes) if bytes.len() > MAX_BYTES => {
            Err(fault(Kind::Syntax(format!("longer than a configuration may be, {MAX_BYTES} bytes"))))
        }
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => parse(path, text),
            Err(_) => Err(fault(Kind::Syntax("not UTF-8 text".to_owned()))),
        },
        Err(error) => Err(fault(Kind::Read(Arc::new(error)))),
    }
}

fn contents(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads `text`, which errors call `path`.
pub(super) fn parse(path: &Path, text: String) -> Result<File, Fault> {
    let source = Arc::new(Source { path: path.to_owned(), text });
    let fault = |message: &str, offset| {
        let origin = Origin::within(&source, offset);
        Fault::new(Kind::Syntax(message.to_owned())).at(&origin)
    };
    if let Some(offset) = too_deep(&source.text) {
        return Err(fault(&format!("nested deeper than {MAX_DEPTH} levels"), Some(offset)));
    }
    let document = DeTable::parse(&source.text)
        .map_err(|error| fault(error.message(), error.span().map(|span| span.start)))?;
    let settings = table(&source, document.into_inner())?;
    Ok(File { source, settings })
}

fn table(source: &Arc<Source>, toml: DeTable<'_>) -> Result<Table, Fault> {
    let mut pairs: Vec<_> = toml.into_iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    let mut table = Table::default();
    for (key, value) in pairs {
        let origin = Origin::within(source, Some(key.span().start));
        table.push(Entry { key: key.into_inner().into_owned(), origin, node: node(source, value)? });
    }
    Ok(table)
}

fn node(source: &Arc<Source>, toml: Spanned<DeValue<'_>>) -> Result<Node, Fault> {
    let origin = Origin::within(source, Some(toml.span().start));
    let fault = |message: &str| Fault::new(Kind::Syntax(message.to_owned())).at(&origin);
    let value = match toml.into_inner() {
        DeValue::Boolean(value) => Value::Boolean(value),
        DeValue::Integer(integer) => i128::from_str_radix(integer.as_str(), integer.radix())
            .map(Value::Integer)
            .map_err(|_| fault("a number too large to read"))?,
        DeValue::Float(float) => match float.as_str().parse::<f64>() {
            Ok(value) if value.is_finite() || !float.as_str().contains(|c: char| c.is_ascii_digit()) => {
                Value::Float(value)
            }
            _ => return Err(fault("a number too large to read")),
        },
        DeValue::String(value) => Value::String(value.into_owned()),
        DeValue::Datetime(value) => Value::Datetime(value),
        DeValue::Array(list) => {
            Value::List(list.into_iter().map(|item| node(source, item)).collect::<Result<_, _>>()?)
        }
        DeValue::Table(toml) => Value::Table(table(source, toml)?),
    };
    Ok(Node { origin, value })
}

/// The offset at which `text` nests deeper than [`MAX_DEPTH`], if it does.
///
/// The parser bounds brackets, but a dotted key nests as deep as it is long, and merely dropping such a tree would
/// exhaust the stack. So this looks before the parser does, and knows no more of TOML than it must: strings and
/// comments, brackets, and the dots between keys. A table's header and the keys below it are counted apart, which
/// makes the tree at most twice as deep.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open: Vec<usize> = Vec::new(); // what each bracket around this place added
    let (mut depth, mut dots) = (0, 0);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'#' => at += bytes[at..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - at),
            b'"' | b'\'' => at += string(&bytes[at..]),
            _ => at += 1,
        }
        match byte {
            b'.' => dots += 1,
            b'[' | b'{' => {
                open.push(dots + 1);
                depth += dots + 1;
                dots = 0;
            }
            b']' | b'}' => {
                depth -= open.pop().unwrap_or(0);
                dots = 0;
            }
            b',' | b'\n' => dots = 0,
            _ => {}
        }
        if depth + dots > MAX_DEPTH {
            return Some(at - 1);
        }
    }
    None
}

/// The length of the string that `bytes` begin with, quotes included.
fn string(bytes: &[u8]) -> usize {
    let quote = bytes[0];
    let long = bytes.starts_with(&[quote; 3]);
    let mut at = if long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 2,
            b'\n' if !long => return at, // never closed: the parser will say so
            _ if byte == quote && !long => return at + 1,
            _ if byte == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn counts_the_depth_of_keys_and_brackets_and_of_nothing_else() {
        let deep = |text: &str| too_deep(text).is_some();
        let dots = ".".repeat(200);
        assert!(!deep(&format!("a = \"{dots}\"\nb = '{dots}' # {dots}\nc = '''{dots}\n{dots}'''\nd = 1")));
        assert!(!deep(&"a.b = 1.5\n".repeat(1000)));
        assert!(!deep(&format!("a = [{}]", "1.5, ".repeat(1000))));
        assert!(!deep(&format!("a = [{}]", "{ b = [1] },".repeat(1000))));
        assert!(deep(&format!("a{} = 1", ".a".repeat(MAX_DEPTH + 1))));
        assert!(deep(&format!("a{} = 1", ".\"a=b\"".repeat(MAX_DEPTH + 1))));
        assert!(deep(&format!("[a{}]", ".a".repeat(MAX_DEPTH))));
        assert!(deep(&format!("a = {}", "{ a.a.a = ".repeat(MAX_DEPTH / 3 + 1))));
        assert!(deep(&format!("a = {}", "[".repeat(MAX_DEPTH + 1))));
    }

    #[test]
    fn refuses_a_key_that_would_exhaust_the_stack() {
        let fault = parse(Path::new("tsk.toml"), format!("\na{} = 1", ".a".repeat(400_000))).err().unwrap();
        assert_eq!(fault.to_string(), "tsk.toml:2:162: nested deeper than 80 levels");
    }
}
