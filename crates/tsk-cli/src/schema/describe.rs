//! A schema in words.

use serde_json::Value;

/// Documentation of Rust as it reads elsewhere: a paragraph a line, without examples in Rust and without the targets of
/// links, which lead nowhere from there.
pub(super) fn plain(documentation: &str) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut is_code = false;
    let mut is_new = true;
    for line in documentation.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            is_new = true;
        } else if is_code || line.trim().is_empty() {
            is_new = true;
        } else {
            match paragraphs.last_mut() {
                Some(last) if !is_new => {
                    last.push(' ');
                    last.push_str(line.trim());
                }
                _ => paragraphs.push(line.trim().to_owned()),
            }
            is_new = false;
        }
    }
    without_links(&paragraphs.join("\n\n"))
}

/// `[text](target)` as `text`.
fn without_links(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let (before, from) = rest.split_at(start);
        plain.push_str(before);
        let link = from.split_once("](").filter(|(label, _)| !label[1..].contains(['[', ']']));
        match link.and_then(|(label, target)| Some((label, target.split_once(')')?.1))) {
            Some((label, after)) => {
                plain.push_str(&label[1..]);
                rest = after;
            }
            None => {
                plain.push('[');
                rest = &from[1..];
            }
        }
    }
    plain + rest
}

/// What a value may be: `a duration, as in "30s"`.
pub(crate) fn kind(node: &Value) -> String {
    let text = |key: &str| node.get(key).and_then(Value::as_str);
    let example = node.get("examples").and_then(|examples| examples.get(0));
    if let Some(title) = text("title") {
        let article = if title.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        return match example {
            Some(example) => format!("{article} {title}, as in {example}"),
            None => format!("{article} {title}"),
        };
    }
    let choices = node.get("oneOf").or_else(|| node.get("anyOf")).and_then(Value::as_array);
    let constants = choices
        .and_then(|choices| choices.iter().map(|choice| choice.get("const")).collect::<Option<Vec<_>>>());
    if let Some(constants) =
        constants.or_else(|| node.get("enum")?.as_array().map(|all| all.iter().collect()))
    {
        return one_of(&constants);
    }
    if let Some(choices) = choices {
        return choices.iter().map(kind).collect::<Vec<_>>().join(", or ");
    }
    match text("type") {
        Some("boolean") => "true or false".to_owned(),
        Some("integer") => match (node.get("minimum"), node.get("maximum")) {
            (Some(least), Some(most)) => format!("a whole number, {least} to {most}"),
            _ => "a whole number".to_owned(),
        },
        Some("number") => match (node.get("minimum"), node.get("maximum")) {
            (Some(least), Some(most)) => format!("a number, {least} to {most}"),
            _ => "a number".to_owned(),
        },
        Some("array") => match node.get("items") {
            Some(items) if items.get("oneOf").is_some() => format!("a list of {}", kind(items)),
            Some(items) => format!("a list; each is {}", kind(items)),
            None => "a list".to_owned(),
        },
        Some("object") => "a table".to_owned(),
        Some("string") => match example {
            Some(example) => format!("text, as in {example}"),
            None => "text".to_owned(),
        },
        _ => "a value".to_owned(),
    }
}

/// `"h1" or "h2"`.
fn one_of(constants: &[&Value]) -> String {
    match constants {
        [] => "nothing".to_owned(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|constant| constant.to_string()).collect();
            format!("{} or {last}", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_is_plain_text() {
        let documentation =
            "A listener, [as\nwritten](super::X), or [a].\n\nMore:\n\n```toml\n[a]\n```\n\nEnd `[[b]]`.";
        assert_eq!(plain(documentation), "A listener, as written, or [a].\n\nMore:\n\nEnd `[[b]]`.");
    }
}
