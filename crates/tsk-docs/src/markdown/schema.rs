//! A schema in a few words.

use serde_json::{Map, Value};

use crate::schema::keywords::local_name;

/// A member of an object.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) description: Option<String>,
}

/// What kind of value it is, in one line.
pub(super) fn summary(schema: &Value) -> String {
    let Value::Object(map) = schema else { return "any".into() };
    if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
        return local_name(reference).unwrap_or_else(|| "object".into());
    }
    if let Some(only) = map.get("const") {
        return format!("`{only}`");
    }
    if let Some(Value::Array(values)) = map.get("enum") {
        return values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or ");
    }
    for keyword in ["oneOf", "anyOf", "allOf"] {
        if let Some(Value::Array(all)) = map.get(keyword) {
            let word = if keyword == "allOf" { " and " } else { " or " };
            return all.iter().map(summary).collect::<Vec<_>>().join(word);
        }
    }
    let kinds = match map.get("type") {
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .map(|kind| of_kind(map, kind))
            .collect::<Vec<_>>()
            .join(" or "),
        Some(Value::String(kind)) => of_kind(map, kind),
        _ => "any".into(),
    };
    let limits = limits(map);
    if limits.is_empty() { kinds } else { format!("{kinds}, {}", limits.join(", ")) }
}

fn of_kind(map: &Map<String, Value>, kind: &str) -> String {
    let titled = map.get("title").and_then(Value::as_str).filter(|title| !title.contains(' '));
    match (kind, map.get("items"), map.get("format").and_then(Value::as_str)) {
        ("array", Some(items), _) => format!("array of {}", summary(items)),
        ("object", ..) => titled.unwrap_or(kind).to_owned(),
        ("string" | "integer" | "number", _, Some(format)) => format!("{kind} ({format})"),
        _ => kind.to_owned(),
    }
}

fn limits(map: &Map<String, Value>) -> Vec<String> {
    const WORDS: [(&str, &str); 11] = [
        ("minimum", "at least"),
        ("exclusiveMinimum", "more than"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "less than"),
        ("multipleOf", "a multiple of"),
        ("minLength", "length at least"),
        ("maxLength", "length at most"),
        ("pattern", "like"),
        ("minItems", "items at least"),
        ("maxItems", "items at most"),
        ("default", "by default"),
    ];
    let limit = |(keyword, words): &(&str, &str)| {
        let value = map.get(*keyword).filter(|value| !value.is_null())?;
        Some(match value {
            Value::String(text) => format!("{words} `{text}`"),
            value => format!("{words} {}", crate::ordered::text(value)),
        })
    };
    WORDS.iter().filter_map(limit).collect()
}

/// The members of an object, or of the definition that a schema is, by name.
pub(super) fn fields(root: &Value) -> Vec<Field> {
    let target = root.get("$ref").and_then(Value::as_str).and_then(local_name);
    let target =
        target.and_then(|name| ["$defs", "definitions"].iter().find_map(|key| root.get(key)?.get(&name)));
    let object = target.unwrap_or(root);
    let required = object.get("required").and_then(Value::as_array);
    let properties = object.get("properties").and_then(Value::as_object);
    let mut fields: Vec<_> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| Field {
            name: name.clone(),
            kind: summary(schema),
            required: required.is_some_and(|all| all.iter().any(|each| each == name.as_str())),
            description: schema.get("description").and_then(Value::as_str).map(str::to_owned),
        })
        .collect();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    fields
}
