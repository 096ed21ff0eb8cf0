//! Parameters of header values.

use std::collections::HashMap;

/// A value such as `form-data; name="a"`, and its parameters by their names in lower case. `None` where it
/// cannot be read, or has a parameter twice: two readers could then take it for two things.
pub(super) fn parse(value: &str) -> Option<(&str, HashMap<String, String>)> {
    let (first, mut rest) = value.split_once(';').unwrap_or((value, ""));
    let mut parameters = HashMap::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some((first.trim(), parameters));
        }
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (text, after) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim_end().to_owned(), &after[end..])
            }
        };
        if parameters.insert(name.trim().to_ascii_lowercase(), text).is_some() {
            return None;
        }
        rest = match after.trim_start() {
            "" => "",
            after => after.strip_prefix(';')?,
        };
    }
}

/// What is within the quotes that have just been opened, and what comes after them.
///
/// A backslash stands for itself unless a quote or a backslash follows: file names of Windows have come
/// unescaped.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut unquoted = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((unquoted, &text[at + 1..])),
            '\\' => {
                let escaped = characters.next_if(|&(_, next)| matches!(next, '"' | '\\'));
                unquoted.push(escaped.map_or('\\', |(_, escaped)| escaped));
            }
            other => unquoted.push(other),
        }
    }
    None
}
