//! Values as a file has them.

use serde_json::Value as Json;
use toml_edit::{Array, InlineTable, Value};

/// A value of the settings as TOML. What is not set in it is left out.
pub(crate) fn from_json(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => value.into(),
            (None, Some(value)) => value.into(),
            (None, None) => number.to_string().into(),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => items.iter().filter_map(from_json).collect::<Array>().into(),
        Json::Object(keys) => {
            let keys = keys.iter().filter_map(|(key, value)| Some((key.as_str(), from_json(value)?)));
            keys.collect::<InlineTable>().into()
        }
    })
}

/// A value of a file as JSON.
pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::String(text) => text.value().as_str().into(),
        Value::Integer(number) => (*number.value()).into(),
        Value::Float(number) => (*number.value()).into(),
        Value::Boolean(value) => (*value.value()).into(),
        Value::Datetime(time) => time.value().to_string().into(),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::InlineTable(keys) => {
            keys.iter().map(|(key, value)| (key.to_owned(), to_json(value))).collect()
        }
    }
}

/// A value on one line, as after `key = `.
pub(crate) fn inline(json: &Json) -> String {
    from_json(json).map_or_else(String::new, |value| value.to_string().trim().to_owned())
}

/// What a value reads as outside of a file, in a variable or on a command line: no quotes, and commas between the items of
/// a list.
pub(crate) fn bare(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            items.iter().map(bare).collect::<Vec<_>>().join(",")
        }
        other => inline(other),
    }
}

/// What `text` from a command line may mean for a setting of that schema, the likeliest first. One at least.
pub(crate) fn readings(text: &str, schema: Option<&Json>) -> Vec<Value> {
    let mut readings = Vec::new();
    let is = |name: &str| schema.is_none_or(|schema| allows(schema, name));
    let typed = text.trim().parse::<Value>().ok();
    match &typed {
        Some(Value::Array(_)) if is("array") => readings.extend(typed.clone()),
        Some(Value::InlineTable(_)) if is("object") => readings.extend(typed.clone()),
        Some(Value::Boolean(_)) if is("boolean") => readings.extend(typed.clone()),
        Some(Value::Integer(_)) if is("integer") || is("number") => readings.extend(typed.clone()),
        Some(Value::Float(_)) if is("number") => readings.extend(typed.clone()),
        Some(Value::Datetime(_)) if schema.is_none() => readings.extend(typed.clone()),
        _ => {}
    }
    if is("array") && schema.is_some() {
        let items = schema.and_then(|schema| schema.get("items"));
        let blank = text.trim().is_empty();
        let list = text.split(',').filter(|_| !blank);
        let list = list.filter_map(|item| readings_of_item(item.trim(), items)).collect::<Array>();
        readings.push(list.into());
    }
    if is("string") || readings.is_empty() {
        readings.push(text.into());
    }
    readings.iter_mut().for_each(|reading| reading.decor_mut().clear());
    readings
}

fn readings_of_item(text: &str, schema: Option<&Json>) -> Option<Value> {
    readings(text, schema).into_iter().next()
}

/// Whether a schema has room for a type.
fn allows(schema: &Json, name: &str) -> bool {
    let of_type = match schema.get("type") {
        Some(Json::String(only)) => Some(only == name),
        Some(Json::Array(types)) => Some(types.iter().any(|one| one == name)),
        _ => None,
    };
    let choices = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array);
    let of_choices = choices.map(|choices| choices.iter().any(|choice| allows(choice, name)));
    let of_values = schema.get("enum").and_then(Json::as_array).map(|values| {
        values.iter().any(|value| match name {
            "string" => value.is_string(),
            "integer" => value.is_i64(),
            "boolean" => value.is_boolean(),
            _ => false,
        })
    });
    of_type.or(of_choices).or(of_values).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str, schema: Json) -> Vec<String> {
        readings(text, Some(&schema)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn text_is_read_as_the_setting_wants_it() {
        let list = json!({ "type": "array", "items": { "type": "string" } });
        let size = json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] });
        for (text, schema, first) in [
            ("80", json!({ "type": "integer" }), "80"),
            ("80", json!({ "type": "string" }), "\"80\""),
            ("true", json!({ "type": "boolean" }), "true"),
            ("true", json!({ "type": "string" }), "\"true\""),
            ("1", json!({ "type": "number" }), "1"),
            ("0.5", json!({ "type": "number" }), "0.5"),
            ("many", json!({ "type": "integer" }), "\"many\""),
            ("'self'", json!({ "type": "string" }), "\"'self'\""),
            ("", json!({ "type": "string" }), "\"\""),
            ("a, b", list.clone(), "[\"a\", \"b\"]"),
            ("", list.clone(), "[]"),
            ("['a,b']", list.clone(), "['a,b']"),
            ("1,2", json!({ "type": "array", "items": { "type": "integer" } }), "[1, 2]"),
            ("4096", size.clone(), "4096"),
            ("4 KiB", size, "\"4 KiB\""),
            ("h1", json!({ "oneOf": [{ "const": "h1", "type": "string" }] }), "\"h1\""),
        ] {
            assert_eq!(read(text, schema)[0], first, "{text}");
        }
        assert_eq!(readings("[1]", None)[0].to_string(), "[1]");
        assert_eq!(readings("a b", None)[0].to_string(), "\"a b\"");
    }
}
