//! The schemas that a document names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{COMPONENTS, keywords};
use crate::ordered;

/// Gathers the definitions that schemas bring along, each under a name of its own.
///
/// Two definitions are one if they have the same name and say the same, with everything that they refer to. What has the
/// name of another gets a number behind it, in the order in which schemas are adopted.
#[derive(Default)]
pub(crate) struct Components {
    pub(crate) schemas: BTreeMap<String, Value>,
    /// The name that a definition was given, by its own name and what it says.
    given: HashMap<(String, u128), String>,
    /// Schemas that were adopted before, by what they say.
    adopted: HashMap<u128, Value>,
}

/// How a schema refers to itself as a whole.
const ROOT: &str = "#";

impl Components {
    /// The schema without its definitions, which are taken over, and with references to where they are now.
    pub(crate) fn adopt(&mut self, root: &Value) -> Value {
        self.adopt_hashed(ordered::hash(root), root)
    }

    /// The same of a schema whose number is known.
    pub(crate) fn adopt_hashed(&mut self, hash: u128, root: &Value) -> Value {
        if let Some(known) = self.adopted.get(&hash) {
            return known.clone();
        }
        let schema = self.take_over(root);
        self.adopted.insert(hash, schema.clone());
        schema
    }

    /// A name that no schema has yet, for one that is added now.
    pub(crate) fn unused(&self, base: &str) -> String {
        let taken = |name: &str| self.schemas.contains_key(name);
        if !taken(base) {
            return base.to_owned();
        }
        (2..).map(|number| format!("{base}{number}")).find(|name| !taken(name)).expect("numbers do not end")
    }

    fn take_over(&mut self, root: &Value) -> Value {
        let Value::Object(map) = root else { return root.clone() };
        let body: Map<_, _> = map
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "$defs" | "definitions" | "$schema"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let body = Value::Object(body);
        let mut definitions = definitions(map);
        let own = own_name(&body, &definitions);
        if let Some(own) = &own {
            definitions.insert(own.clone(), &body);
        }

        let given = self.name(&definitions, &body, own.as_deref());
        let itself = own.and_then(|own| given.get(&own).cloned());
        for (own, name) in &given {
            if self.schemas.get(name).is_none_or(Value::is_null) {
                let schema = redirect(definitions[own], &given, itself.as_deref());
                self.schemas.insert(name.clone(), schema);
            }
        }
        match itself {
            Some(name) => reference(&name),
            None => redirect(&body, &given, None),
        }
    }

    /// The name in the document of each definition that the schema reaches.
    fn name(
        &mut self,
        definitions: &BTreeMap<String, &Value>,
        body: &Value,
        own: Option<&str>,
    ) -> BTreeMap<String, String> {
        let direct: BTreeMap<_, _> =
            definitions.iter().map(|(name, schema)| (&**name, references(schema, own))).collect();
        let texts: BTreeMap<_, _> =
            definitions.iter().map(|(name, schema)| (&**name, ordered::text(schema))).collect();
        let mut reached = BTreeSet::new();
        for name in references(body, own).into_iter().chain(own.map(str::to_owned)) {
            reached.append(&mut closure(&name, &direct));
        }
        let mut given = BTreeMap::new();
        for name in reached {
            let mut said = String::new();
            for each in closure(&name, &direct) {
                said.extend([&*each, "\0", &texts[&*each], "\0"]);
            }
            let key = (name.clone(), xxhash_rust::xxh3::xxh3_128(said.as_bytes()));
            let known = self.given.get(&key).cloned();
            let unique = known.unwrap_or_else(|| self.reserve(&name));
            self.given.insert(key, unique.clone());
            given.insert(name, unique);
        }
        given
    }

    /// Takes a name before its schema is there: schemas may refer to each other.
    fn reserve(&mut self, name: &str) -> String {
        let name = self.unused(&sanitized(name));
        self.schemas.insert(name.clone(), Value::Null);
        name
    }
}

/// A reference to a schema of the document.
pub(crate) fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("{COMPONENTS}{name}") })
}

fn definitions(root: &Map<String, Value>) -> BTreeMap<String, &Value> {
    ["definitions", "$defs"]
        .iter()
        .filter_map(|keyword| root.get(*keyword)?.as_object())
        .flatten()
        .map(|(name, schema)| (name.clone(), schema))
        .collect()
}

/// The name under which a schema becomes a component itself: its title, if it is a type with a name and not the inline
/// schema of one; and whatever it is, if it refers to itself.
fn own_name(body: &Value, definitions: &BTreeMap<String, &Value>) -> Option<String> {
    let title = body.get("title").and_then(Value::as_str);
    let is_name = |title: &&str| {
        title.starts_with(|first: char| first.is_ascii_alphabetic())
            && title.chars().all(|each| each.is_ascii_alphanumeric() || each == '_')
    };
    let is_type = body.get("type").is_some_and(|kind| kind == "object")
        || ["oneOf", "anyOf", "allOf", "enum"].iter().any(|keyword| body.get(keyword).is_some());
    let free = |name: &&str| !definitions.contains_key(*name);
    let titled = title.filter(is_name).filter(free);
    let recursive = || {
        let all = definitions.values().copied().chain([body]);
        all.into_iter().any(|schema| references(schema, Some(ROOT)).contains(ROOT))
    };
    if is_type && titled.is_some() {
        return titled.map(str::to_owned);
    }
    recursive().then(|| titled.or(Some("Schema").filter(free)).unwrap_or("TheSchema").to_owned())
}

/// The definitions that a schema refers to; itself under the name `own`.
fn references(schema: &Value, own: Option<&str>) -> BTreeSet<String> {
    fn gather(schema: &Value, own: Option<&str>, found: &mut BTreeSet<String>) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let itself = || own.filter(|_| reference == ROOT).map(str::to_owned);
            found.extend(keywords::local_name(reference).or_else(itself));
        }
        keywords::each_child(schema, |child| gather(child, own, found));
    }
    let mut found = BTreeSet::new();
    gather(schema, own, &mut found);
    found
}

/// The definition and all that it leads to, as far as they are there.
fn closure(name: &str, direct: &BTreeMap<&str, BTreeSet<String>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut next = vec![name];
    while let Some(name) = next.pop() {
        if let Some(references) = direct.get(name)
            && found.insert(name.to_owned())
        {
            next.extend(references.iter().map(String::as_str));
        }
    }
    found
}

/// The schema with its references led to where the definitions are now.
fn redirect(schema: &Value, given: &BTreeMap<String, String>, itself: Option<&str>) -> Value {
    let Value::Object(map) = schema else { return schema.clone() };
    let mut map = keywords::map_children(map, |child| redirect(child, given, itself));
    if let Some(Value::String(reference)) = map.get_mut("$ref") {
        let own = keywords::local_name(reference);
        let name = match &own {
            Some(own) => given.get(own).map(String::as_str),
            None => itself.filter(|_| reference == ROOT),
        };
        match name {
            Some(name) => *reference = format!("{COMPONENTS}{name}"),
            // A reference to nothing would break every reader of the document. `check` names it.
            None => drop(map.remove("$ref")),
        }
    }
    whole(&mut map);
    Value::Object(map)
}

/// Has an array say of what it is with a schema, as readers of documents expect; of a tuple, by its length.
fn whole(map: &mut Map<String, Value>) {
    let is_array = map.get("type").is_some_and(|kind| kind == "array");
    let members = map.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
    match map.get("items") {
        None if is_array => {}
        Some(Value::Bool(true)) => {}
        // No more than the members is the same as that nothing fits behind them.
        Some(Value::Bool(false)) => {
            let most = map.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
            map.insert("maxItems".into(), most.min(members as u64).into());
        }
        _ => return,
    }
    map.insert("items".into(), serde_json::json!({}));
}

/// A name that OpenAPI allows for a component.
fn sanitized(name: &str) -> String {
    let allowed = |each: char| each.is_ascii_alphanumeric() || matches!(each, '.' | '-' | '_');
    let name: String = name.chars().map(|each| if allowed(each) { each } else { '_' }).collect();
    if name.is_empty() { "Schema".into() } else { name }
}

#[cfg(test)]
mod tests;
