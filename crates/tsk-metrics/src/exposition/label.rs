//! Names and labels, as both formats take them.

/// Adds a label to those that are there: `method="GET",route="/"`. A label without a value is the same as none, and
/// is left out.
pub(crate) fn write(labels: &mut String, name: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    if !labels.is_empty() {
        labels.push(',');
    }
    labels.push_str(name);
    labels.push_str("=\"");
    escape(labels, value, true);
    labels.push('"');
}

/// Adds text with its backslashes, line ends and, if wanted, quotes escaped.
pub(crate) fn escape(out: &mut String, text: &str, quotes: bool) {
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quotes => out.push_str("\\\""),
            character => out.push(character),
        }
    }
}

/// The name of a metric, with `_` for whatever cannot be in one.
pub(crate) fn metric_name(name: &str) -> String {
    sanitized(name, |character| character == ':')
}

/// The name of a label, with `_` for whatever cannot be in one. Names that begin with two of them are Prometheus' own.
pub(crate) fn label_name(name: &str) -> String {
    let name = sanitized(name, |_| false);
    match name.strip_prefix("__") {
        Some(rest) => format!("_{}", rest.trim_start_matches('_')),
        None => name,
    }
}

fn sanitized(name: &str, also: impl Fn(char) -> bool) -> String {
    let fits = |character: char| character == '_' || also(character) || character.is_ascii_alphabetic();
    let mut characters = name.chars();
    let first = characters.next().filter(|character| fits(*character)).unwrap_or('_');
    let rest = characters.map(|character| match character {
        character if fits(character) || character.is_ascii_digit() => character,
        _ => '_',
    });
    [first].into_iter().chain(rest).collect()
}
