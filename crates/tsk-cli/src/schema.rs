//! What a configuration may hold, as JSON Schema made from the structs that are read.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

pub(crate) mod describe;
#[cfg(test)]
mod tests;

use describe::plain;

/// The settings of an application and of the commands.
pub(crate) struct Schema {
    /// What may stand at the top of a file.
    root: Value,
    /// Types that hold themselves.
    definitions: Map<String, Value>,
}

impl Schema {
    /// The schema of the structs that `parts` gives, which share a file.
    pub(crate) fn new(parts: impl FnOnce(&mut SchemaGenerator) -> Vec<schemars::Schema>) -> Schema {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let mut generator = settings.into_generator();
        let mut properties = Map::new();
        for part in parts(&mut generator) {
            if let Some(Value::Object(keys)) = part.to_value().get_mut("properties") {
                properties.append(keys);
            }
        }
        let mut root = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        let mut definitions = generator.take_definitions(true);
        tidy(&mut root, false);
        definitions.values_mut().for_each(|definition| tidy(definition, false));
        Schema { root, definitions }
    }

    /// What may stand at the top of a file.
    pub(crate) fn root(&self) -> &Value {
        &self.root
    }

    /// What is known of a key; `None` also where any key may be.
    pub(crate) fn find<'k>(&self, key: impl IntoIterator<Item = &'k str>) -> Option<&Value> {
        key.into_iter().try_fold(&self.root, |node, name| {
            let node = self.resolved(node);
            node.get("properties")
                .and_then(|keys| keys.get(name))
                .or_else(|| node.get("additionalProperties").filter(|values| values.is_object()))
        })
    }

    fn resolved<'s>(&'s self, node: &'s Value) -> &'s Value {
        let name = node.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"));
        name.and_then(|name| self.definitions.get(name)).unwrap_or(node)
    }

    /// The schema of a file of `program`, for an editor.
    pub(crate) fn document(&self, program: &str) -> Value {
        let mut root = self.root.clone();
        without_noise(&mut root);
        let keys = root["properties"].as_object().into_iter().flat_map(Map::keys);
        let overlay: Map<String, Value> = keys
            .map(|key| (key.clone(), json!({ "$ref": format!("#/properties/{}", pointer(key)) })))
            .collect();
        root["properties"]["env"] = json!({
            "description": "Overlays by name: `--env NAME`, or the variable `TSK_ENV`, lays one over the rest of the file.",
            "type": "object",
            "additionalProperties": { "type": "object", "properties": overlay, "additionalProperties": false },
        });
        let mut document = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("The configuration of {program}"),
        });
        if let (Value::Object(document), Value::Object(root)) = (&mut document, root) {
            document.extend(root);
            if !self.definitions.is_empty() {
                document.insert("$defs".to_owned(), self.definitions.clone().into());
            }
        }
        document
    }
}

/// A key within a JSON pointer (RFC 6901 §3).
fn pointer(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The settings below `node`, if it is a section: a table with keys that are known.
pub(crate) fn keys(node: &Value) -> Option<&Map<String, Value>> {
    node.get("properties").and_then(Value::as_object)
}

/// The table that an item of a list may be, if it may be one.
pub(crate) fn item_table(list: &Value) -> Option<&Value> {
    let items = list.get("items")?;
    let either = items.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    std::iter::once(items).chain(either).find(|item| keys(item).is_some())
}

/// Makes of what is true of Rust what is true of TOML: there is no null, and a table may be set in parts.
fn tidy(node: &mut Value, is_in_list: bool) {
    let Value::Object(node) = node else { return };
    if let Some(Value::Array(types)) = node.get_mut("type") {
        types.retain(|name| name != "null");
        if let [name] = &types[..] {
            let name = name.clone();
            node.insert("type".to_owned(), name);
        }
    }
    if let Some(Value::Array(values)) = node.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(choices)) = node.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = &mut choices[..] {
            let only = std::mem::take(only);
            node.remove("anyOf");
            for (key, value) in only {
                node.entry(key).or_insert(value);
            }
        }
    }
    if let Some(Value::String(description)) = node.get_mut("description") {
        *description = plain(description);
    }
    // One part may be in the file, another in an overlay or a variable. An item of a list is whole.
    if !is_in_list {
        node.remove("required");
    }
    for (key, value) in node.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(keys)) => keys.values_mut().for_each(|key| tidy(key, is_in_list)),
            ("anyOf" | "oneOf" | "allOf", Value::Array(choices)) => {
                choices.iter_mut().for_each(|choice| tidy(choice, is_in_list));
            }
            ("items", items) => tidy(items, true),
            ("prefixItems", Value::Array(items)) => items.iter_mut().for_each(|item| tidy(item, true)),
            ("additionalProperties", values) => tidy(values, is_in_list),
            _ => {}
        }
    }
}

/// Leaves out defaults that are none, and those of whole tables, whose keys have theirs.
fn without_noise(node: &mut Value) {
    match node {
        Value::Object(node) => {
            if node.get("default").is_some_and(|default| default.is_null() || default.is_object()) {
                node.remove("default");
            }
            node.values_mut().for_each(without_noise);
        }
        Value::Array(nodes) => nodes.iter_mut().for_each(without_noise),
        _ => {}
    }
}
