//! Where a setting goes that a file does not have.

use std::ops::Range;

use toml_edit::{Item, Table};

use super::{dotted, header, line_start};

/// The text with a statement for `path`, of which the file has the tables up to `depth`.
pub(super) fn statement(text: &str, root: &Table, path: &[String], depth: usize, value: &str) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let place = Place::find(text, root, path, depth);
    // A key that a dotted one has begun, `a.b = 1`, goes on like that; a table of its own would be another one.
    let is_within = place.is_dotted || depth + 1 == path.len();
    let (Some(body), true) = (&place.body, is_within) else {
        let (key, section) = path.split_last().map_or(("", path), |(key, section)| (key.as_str(), section));
        let gap =
            if text.is_empty() || text.ends_with("\n\n") || text.ends_with("\n\r\n") { "" } else { newline };
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { newline };
        let key = dotted(&[key.to_owned()]);
        return format!("{text}{end}{gap}[{}]{newline}{key} = {value}{newline}", dotted(section));
    };
    let key = dotted(&path[place.prefix..]);
    let Spot { at, indent, is_alone } = place.spot(text, body, path);
    let before = if at > 0 && !text[..at].ends_with(['\n', '\u{feff}']) { newline } else { "" };
    let after = if is_alone && at < text.len() { newline } else { "" };
    format!("{}{before}{indent}{key} = {value}{newline}{after}{}", &text[..at], &text[at..])
}

/// Where a statement goes.
struct Spot {
    at: usize,
    indent: String,
    /// Whether it is the first of its table, above all others, and a blank line should follow.
    is_alone: bool,
}

struct Place {
    /// The part of the text that belongs to the table which the statement goes into, if that has a part of its own.
    body: Option<Range<usize>>,
    /// How many keys of the path that table's header names.
    prefix: usize,
    /// Whether the setting continues dotted keys of the table.
    is_dotted: bool,
    /// The values in the table, by their places.
    values: Vec<Range<usize>>,
    /// Those next to which the setting belongs.
    near: Vec<Range<usize>>,
}

impl Place {
    fn find(text: &str, root: &Table, path: &[String], depth: usize) -> Place {
        let (mut owner, mut prefix, mut parent) = (root, 0, root);
        for (index, key) in path[..depth].iter().enumerate() {
            let Some(Item::Table(table)) = parent.get(key) else { break };
            if !table.is_dotted() {
                (owner, prefix) = (table, index + 1);
            }
            parent = table;
        }
        let start = match (prefix, header(owner, text)) {
            (0, _) => Some(0),
            (_, Some(header)) => {
                Some(text[header.end..].find('\n').map_or(text.len(), |end| header.end + end + 1))
            }
            (_, None) => None,
        };
        let mut headers = Vec::new();
        headers_below(root, text, &mut headers);
        let body = start.map(|start| {
            let next = headers.iter().filter(|header| header.start >= start).map(|header| header.start).min();
            start..next.map_or(text.len(), |next| line_start(text, next))
        });
        let (mut values, mut near) = (Vec::new(), Vec::new());
        values_of(owner, &mut values);
        values_of(parent, &mut near);
        Place { body, prefix, is_dotted: parent.is_dotted(), values, near }
    }

    /// Where the statement begins: below the default that a comment shows, below its neighbours, below the header.
    fn spot(&self, text: &str, body: &Range<usize>, path: &[String]) -> Spot {
        let next_line = |at: usize| text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
        if let Some(at) = self.commented(text, body, &dotted(&path[self.prefix..])) {
            return Spot { at: next_line(at), indent: String::new(), is_alone: false };
        }
        let last =
            self.near.iter().chain(&self.values).max_by_key(|span| (self.near.contains(span), span.end));
        if let Some(last) = last {
            let line = &text[line_start(text, last.start)..];
            let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
            return Spot { at: next_line(last.end), indent: indent.to_owned(), is_alone: false };
        }
        if self.prefix > 0 {
            return Spot { at: body.start, indent: String::new(), is_alone: false };
        }
        // Below what the file says of itself at its top, if that ends with a blank line.
        let start = line_start(text, body.start);
        let top = text[start..body.end].split_inclusive('\n').take_while(|line| line.starts_with('#'));
        let end = start + top.map(str::len).sum::<usize>();
        let blank = text[end..body.end].split_inclusive('\n').next().filter(|line| line.trim().is_empty());
        let at = blank.filter(|_| end > start).map_or(start, |blank| end + blank.len());
        Spot { at, indent: String::new(), is_alone: true }
    }

    /// Where a comment shows the key, `# key = …`, if one does, before comments show the header of another table.
    fn commented(&self, text: &str, body: &Range<usize>, key: &str) -> Option<usize> {
        let mut at = body.start;
        for line in text[body.clone()].split_inclusive('\n') {
            let is_in_value = self.values.iter().any(|value| value.start < at && at < value.end);
            let comment = line.trim_start().strip_prefix('#').filter(|_| !is_in_value);
            let shown = comment.map(|comment| comment.trim_start_matches(['#', ' ', '\t']));
            if shown.is_some_and(|shown| shown.starts_with('[')) {
                return None;
            }
            let rest = shown.and_then(|shown| shown.strip_prefix(key));
            if rest.is_some_and(|rest| rest.trim_start().starts_with('=')) {
                return Some(at);
            }
            at += line.len();
        }
        None
    }
}

/// The places of the values that a table holds itself, through dotted keys too.
fn values_of(table: &Table, places: &mut Vec<Range<usize>>) {
    for (_, item) in table.iter() {
        match item {
            Item::Value(value) => places.extend(value.span()),
            Item::Table(table) if table.is_dotted() => values_of(table, places),
            _ => {}
        }
    }
}

/// The places of all headers.
fn headers_below(table: &Table, text: &str, places: &mut Vec<Range<usize>>) {
    for (_, item) in table.iter() {
        match item {
            Item::Table(table) => {
                places.extend(header(table, text));
                headers_below(table, text, places);
            }
            Item::ArrayOfTables(tables) => {
                for table in tables {
                    places.extend(header(table, text));
                    headers_below(table, text, places);
                }
            }
            _ => {}
        }
    }
}
