//! The reference of the operations as one Markdown page.

mod schema;

use std::{collections::HashMap, fmt::Write};

use serde_json::Value;
use tsk_core::operation::{Content, Location, Operation};

use crate::{
    Docs,
    example::{Examples, Side},
    openapi::is_data,
    operations::Listed,
    ordered,
};

/// The page: groups in their order, operations by path within.
pub(crate) fn reference(docs: &Docs, listed: &[Listed<'_>], examples: &Examples) -> String {
    let mut page = format!("# {} {}\n", docs.info.title, docs.info.version);
    let mut bodies = Bodies { examples, said: HashMap::new() };
    if let Some(text) = &docs.info.description {
        section(&mut page, text);
    }
    for (url, description) in &docs.servers {
        section(&mut page, &format!("- <{url}> {description}"));
    }
    for (tag, description) in groups(docs, listed) {
        section(&mut page, &format!("## {}", tag.as_deref().unwrap_or("Other")));
        if let Some(description) = description {
            section(&mut page, description);
        }
        for each in listed.iter().filter(|each| each.tag() == tag.as_deref()) {
            operation(&mut page, each, &mut bodies);
        }
    }
    page
}

/// The groups that have operations: the described ones in their order, others by name, and what is in none last.
fn groups<'a>(docs: &'a Docs, listed: &[Listed<'_>]) -> Vec<(Option<String>, Option<&'a String>)> {
    let mut used: Vec<&str> = listed.iter().filter_map(Listed::tag).collect();
    used.sort_unstable();
    used.dedup();
    let described = docs.tags.iter().filter(|(name, _)| used.contains(&name.as_str()));
    let mut groups: Vec<_> = described.map(|(name, text)| (Some(name.clone()), Some(text))).collect();
    for name in used {
        if !groups.iter().any(|(known, _)| known.as_deref() == Some(name)) {
            groups.push((Some(name.to_owned()), None));
        }
    }
    if listed.iter().any(|each| each.tag().is_none()) {
        groups.push((None, None));
    }
    groups
}

fn operation(page: &mut String, listed: &Listed<'_>, bodies: &mut Bodies<'_>) {
    let said = listed.operation();
    section(page, &format!("### {} `{}`", listed.method.to_ascii_uppercase(), listed.path));
    if said.deprecated {
        section(page, "**Deprecated.**");
    }
    for text in [&said.summary, &said.description].into_iter().flatten() {
        section(page, text);
    }
    section(page, &format!("Operation `{}`.{}", listed.id, security(said)));
    parameters(page, said);
    if let Some(content) = &said.request {
        let optional = if content.optional { " (may be left out)" } else { "" };
        section(page, &format!("**Body**{optional}"));
        bodies.body(page, content, Side::Request);
    }
    answers(page, said, bodies);
}

fn security(said: &Operation) -> String {
    let one = |(name, scopes): (&String, &Vec<String>)| match &scopes[..] {
        [] => format!("`{name}`"),
        scopes => format!("`{name}` ({})", scopes.join(", ")),
    };
    let any: Vec<_> =
        said.security.iter().map(|all| all.iter().map(one).collect::<Vec<_>>().join(" and ")).collect();
    if any.is_empty() { String::new() } else { format!(" Needs {}.", any.join(", or ")) }
}

fn parameters(page: &mut String, said: &Operation) {
    if said.parameters.is_empty() {
        return;
    }
    section(page, "| parameter | in | type | |\n|---|---|---|---|");
    for parameter in &said.parameters {
        let place = match parameter.location {
            Location::Path => "path",
            Location::Query => "query",
            Location::Header => "header",
            Location::Cookie => "cookie",
        };
        let required = if parameter.required { "**required** " } else { "" };
        let text = parameter.description.as_deref().or_else(|| parameter.schema.get("description")?.as_str());
        let kind = schema::summary(&parameter.schema);
        let text = cell(&format!("{required}{}", text.unwrap_or_default()));
        row(page, &format!("| `{}` | {place} | {} | {text} |", parameter.name, cell(&kind)));
    }
}

/// What is said of bodies, once for each schema.
struct Bodies<'a> {
    examples: &'a Examples,
    said: HashMap<(u128, bool, Side), String>,
}

impl Bodies<'_> {
    fn body(&mut self, page: &mut String, content: &Content, side: Side) {
        for (media_type, shape) in &content.media {
            section(page, &format!("`{media_type}`: {}", schema::summary(shape)));
            let key = (ordered::hash(shape), is_data(media_type), side);
            let said = self.said.entry(key).or_insert_with(|| detail(self.examples, shape, key.1, side));
            page.push_str(said);
        }
    }
}

fn detail(examples: &Examples, shape: &Value, is_data: bool, side: Side) -> String {
    let mut page = String::new();
    let fields = schema::fields(shape);
    if !fields.is_empty() {
        section(&mut page, "| field | type | |\n|---|---|---|");
        for field in fields {
            let required = if field.required { "**required** " } else { "" };
            let text = cell(&format!("{required}{}", field.description.unwrap_or_default()));
            row(&mut page, &format!("| `{}` | {} | {text} |", field.name, cell(&field.kind)));
        }
    }
    if let Some(example) = Some(shape).filter(|_| is_data).and_then(|shape| examples.of(shape, side)) {
        section(&mut page, &format!("```json\n{}\n```", pretty(&example)));
    }
    page
}

fn answers(page: &mut String, said: &Operation, bodies: &mut Bodies<'_>) {
    if said.responses.is_empty() && said.fallback.is_none() {
        return;
    }
    section(page, "| status | | headers |\n|---|---|---|");
    let named = said.responses.iter().map(|(status, answer)| (status.to_string(), answer));
    let others = said.fallback.iter().map(|answer| ("any other".to_owned(), answer));
    for (status, answer) in named.chain(others) {
        let headers: Vec<_> = answer.headers.keys().map(|name| format!("`{name}`")).collect();
        row(page, &format!("| {status} | {} | {} |", cell(&answer.description), headers.join(", ")));
    }
    for (status, answer) in said.responses.iter().filter(|(status, _)| **status < 400) {
        if !answer.content.media.is_empty() {
            section(page, &format!("**Answer {status}**"));
            bodies.body(page, &answer.content, Side::Answer);
        }
    }
}

fn section(page: &mut String, text: &str) {
    let _ = write!(page, "\n{}\n", text.trim());
}

fn row(page: &mut String, text: &str) {
    let _ = writeln!(page, "{}", text.trim());
}

/// Text that stays within a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(&ordered::Ordered(value)).expect("a JSON value can be written to memory")
}

#[cfg(test)]
mod tests;
