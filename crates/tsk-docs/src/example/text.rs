//! Strings.

use serde_json::{Map, Value};

use super::{format, pattern};

const WORD: &str = "text";
/// A longer string than this is not made: it would be no example to anybody.
const LONGEST: usize = 4_096;

/// A string of its format, its pattern and its length.
pub(super) fn value(schema: &Map<String, Value>, nth: usize) -> Option<String> {
    let length =
        |keyword: &str| schema.get(keyword).and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
    let (shortest, longest) = (length("minLength").unwrap_or(0), length("maxLength").unwrap_or(usize::MAX));
    if shortest > longest.min(LONGEST) {
        return None;
    }
    let fits = |text: &String| (shortest..=longest).contains(&text.chars().count());
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        return pattern::value(pattern, shortest, longest, nth);
    }
    if let Some(name) = format_of(schema)
        && let Some(text) = format::value(name, nth)
    {
        return Some(text).filter(fits).or_else(|| format::of_length(name, shortest, longest));
    }
    if schema.get("contentEncoding").is_some_and(|coding| coding == "base64") {
        return Some("dGV4dA==".to_owned()).filter(fits);
    }
    let word = if nth == 0 { WORD.to_owned() } else { format!("{WORD}{}", nth + 1) };
    let tail = if nth == 0 { String::new() } else { (nth + 1).to_string() };
    match word.chars().count() {
        short if short < shortest => Some(padded(shortest, &tail)),
        long if long > longest && tail.len() <= longest => Some(padded(longest, &tail)),
        long if long > longest => None,
        _ => Some(word),
    }
}

fn format_of(schema: &Map<String, Value>) -> Option<&str> {
    schema.get("format").and_then(Value::as_str)
}

/// The word over and over, with what tells it from others at its end.
fn padded(length: usize, tail: &str) -> String {
    WORD.chars().cycle().take(length.saturating_sub(tail.len())).chain(tail.chars()).collect()
}
