//! A file that says what there is: every setting with its default, commented out, and what it means.

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{edit, value};
use crate::schema::{Schema, describe, item_table, keys};

/// The longest line of prose.
const WIDTH: usize = 100;

/// The file of `program`.
///
/// A setting has one `#` before it, and what explains it two. Whoever takes one away from every line has a file that says
/// the same. What is off by default, and so has no default to show, has one more.
pub(crate) fn of(schema: &Schema, program: &str) -> String {
    let mut text = format!(
        "## What {program} can be told: each setting with its default. Take the # away to change one.\n\
         ## Durations are written as \"30s\", \"1m 30s\", \"500ms\"; sizes as \"2 MiB\", or as a number of bytes.\n\
         ## To see whether all is right: {program} web config validate\n\
         ##\n\
         ## For completion in an editor, {program} web config schema > tsk.schema.json, and as the first line here:\n\
         ## #:schema ./tsk.schema.json\n"
    );
    let mut template = Template { text: &mut text };
    template.section(schema.root(), &[], 1);
    text.push_str(
        "\n## What is different in one place, under a name of your own, for --env production or TSK_ENV=production.\n\
         ## [env.production.http]\n\
         ## listen = [\"0.0.0.0:80\"]\n",
    );
    text
}

struct Template<'t> {
    text: &'t mut String,
}

impl Template<'_> {
    /// The settings of a section, then the sections in it. `level` is how many `#` are before a setting.
    fn section(&mut self, node: &Value, path: &[String], level: usize) {
        let Some(known) = keys(node) else { return };
        let required = node.get("required").and_then(Value::as_array);
        for (key, node) in known.iter().filter(|(_, node)| keys(node).is_none()) {
            let is_required = required.is_some_and(|required| required.iter().any(|name| name == key));
            self.setting(key, node, level, is_required);
        }
        for (key, node) in known {
            let path = [path, std::slice::from_ref(key)].concat();
            if keys(node).is_some() {
                // A section that is off would be on if its header were there.
                let is_off = node.get("default").is_some_and(Value::is_null);
                self.table(node, &path, if is_off { level + 1 } else { level }, false, is_off || level > 1);
            } else if let Some(item) = item_table(node) {
                self.table(item, &path, level + 1, true, true);
            }
        }
    }

    /// A section with its header, which is a comment if it must not be there by itself.
    fn table(&mut self, node: &Value, path: &[String], level: usize, is_in_list: bool, is_comment: bool) {
        let (open, close) = if is_in_list { ("[[", "]]") } else { ("[", "]") };
        let mark = if is_comment { "#".repeat(level) + " " } else { String::new() };
        self.text.push('\n');
        if !is_in_list {
            self.prose(node, level, None);
        } else {
            let list = edit::dotted(path);
            self.line(level + 1, &format!("An item of {list}, in a table of its own:"));
        }
        self.text.push_str(&format!("{mark}{open}{}{close}\n", edit::dotted(path)));
        self.section(node, path, level);
    }

    fn setting(&mut self, key: &str, node: &Value, level: usize, is_required: bool) {
        self.text.push('\n');
        self.prose(node, level, Some(&describe::kind(node)));
        let default = node.get("default").filter(|default| !default.is_null());
        let level = if default.is_some() || is_required { level } else { level + 1 };
        let shown = default.cloned().unwrap_or_else(|| example(node));
        let key = edit::dotted(&[key.to_owned()]);
        self.text.push_str(&format!("{} {key} = {}\n", "#".repeat(level), value::inline(&shown)));
    }

    /// The first paragraph of what is known, and what a value may be.
    fn prose(&mut self, node: &Value, level: usize, kind: Option<&str>) {
        let description = node.get("description").and_then(Value::as_str).unwrap_or_default();
        let paragraph = description.split("\n\n").next().unwrap_or_default();
        let kind = kind.map(|kind| format!("({kind})")).unwrap_or_default();
        let mut line = String::new();
        for word in paragraph.split_whitespace().chain(kind.split_whitespace()) {
            if !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH {
                self.line(level + 1, &line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            self.line(level + 1, &line);
        }
    }

    fn line(&mut self, level: usize, text: &str) {
        self.text.push_str(&format!("{} {text}\n", "#".repeat(level)));
    }
}

/// What a setting without a default might be.
fn example(node: &Value) -> Value {
    let given = node.get("examples").and_then(|examples| examples.get(0));
    let choices = node.get("oneOf").or_else(|| node.get("anyOf")).and_then(Value::as_array);
    let constant = choices.and_then(|choices| choices.first()).and_then(|choice| choice.get("const"));
    let listed = node.get("enum").and_then(|values| values.get(0));
    if let Some(given) = given.or(constant).or(listed) {
        return given.clone();
    }
    match node.get("type").and_then(Value::as_str) {
        Some("boolean") => true.into(),
        Some("integer" | "number") => {
            node.get("minimum").filter(|least| **least != 0).cloned().unwrap_or(4.into())
        }
        Some("array") => Value::Array(node.get("items").map(example).into_iter().collect()),
        Some("object") => Value::Object(serde_json::Map::new()),
        _ => "…".into(),
    }
}
