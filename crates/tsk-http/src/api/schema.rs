//! Schemas of types, taken apart.

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value};

/// The schema of what is read into a `T`.
pub(crate) fn read<T: JsonSchema>() -> Value {
    generated::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// The schema of what a `T` is written as.
pub(crate) fn written<T: JsonSchema>() -> Value {
    generated::<T>(SchemaSettings::draft2020_12().for_serialize())
}

/// The schema of what is read into a `T` from a form.
pub(super) fn form<T: JsonSchema>() -> Value {
    let mut schema = read::<T>();
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for field in properties.into_iter().flat_map(Map::values_mut) {
        *field = as_text(field.take());
    }
    schema
}

/// The schema of a value that is text on its way: what is not there is left out, and nobody can write a null.
pub(super) fn as_text(schema: Value) -> Value {
    let Value::Object(mut schema) = schema else { return schema };
    let is_null = |value: &Value| value.is_null() || *value == "null";
    if let Some(kind) = schema.get_mut("type")
        && let Value::Array(kinds) = kind
    {
        kinds.retain(|kind| !is_null(kind));
        if let [only] = &mut kinds[..] {
            *kind = only.take();
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(all)) = schema.get_mut("anyOf") {
        all.retain(|one| !one.get("type").is_some_and(is_null));
        if let [Value::Object(only)] = &mut all[..] {
            let mut only = std::mem::take(only);
            schema.remove("anyOf");
            // What is said of the field goes before what is said of its type.
            only.append(&mut schema);
            schema = only;
        }
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    Value::Object(schema)
}

fn generated<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let mut schema = settings
        .with_transform(RecursiveTransform(bound))
        .with(|settings| settings.meta_schema = None)
        .into_generator()
        .into_root_schema_for::<T>();
    // It is the name of a Rust type, which means nothing to a client, and less at the top than in the definitions; but what
    // refers to itself needs a name.
    if !refers_to(schema.as_value(), &|reference| reference == "#") {
        schema.remove("title");
    }
    schema.to_value()
}

/// Says how large an integer may be. For small ones it is said; for others only their format tells, which means
/// nothing to most clients.
fn bound(schema: &mut Schema) {
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (Value::from(i32::MIN), Value::from(i32::MAX)),
        Some("int64" | "int") => (Value::from(i64::MIN), Value::from(i64::MAX)),
        Some("uint32") => (Value::from(u32::MIN), Value::from(u32::MAX)),
        Some("uint64" | "uint") => (Value::from(u64::MIN), Value::from(u64::MAX)),
        _ => return,
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.entry("minimum").or_insert(least);
        schema.entry("maximum").or_insert(most);
    }
}

/// The fields of an object, each with a schema that stands by itself, and whether it has to be there.
///
/// `None` where it is no object with fields that are known.
pub(super) fn fields(schema: &Value) -> Option<Vec<(&str, Value, bool)>> {
    let object = resolved(schema, schema)?;
    let properties = object.get("properties")?.as_object()?;
    let required = object.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
    let fields =
        properties.iter().map(|(name, field)| (name.as_str(), alone(field, schema), is_required(name)));
    Some(fields.collect())
}

/// The items of a list of a fixed length, each with a schema that stands by itself.
pub(super) fn items(schema: &Value) -> Option<Vec<Value>> {
    let items = resolved(schema, schema)?.get("prefixItems")?.as_array()?;
    Some(items.iter().map(|item| alone(item, schema)).collect())
}

/// The object that a schema is, or refers to.
fn resolved<'s>(schema: &'s Value, root: &'s Value) -> Option<&'s Map<String, Value>> {
    let object = schema.as_object()?;
    match object.get("$ref").and_then(Value::as_str) {
        Some(reference) => root.pointer(reference.strip_prefix('#')?)?.as_object(),
        None => Some(object),
    }
}

/// A part of a schema, with the definitions of the whole where it refers to some.
fn alone(part: &Value, root: &Value) -> Value {
    let mut part = part.clone();
    if let (true, Some(definitions), Some(object)) =
        (refers_to(&part, &|_| true), root.get("$defs"), part.as_object_mut())
    {
        object.insert("$defs".into(), definitions.clone());
    }
    part
}

/// Whether a schema has such a reference.
fn refers_to(schema: &Value, is_meant: &impl Fn(&str) -> bool) -> bool {
    match schema {
        Value::Object(object) => {
            object.get("$ref").and_then(Value::as_str).is_some_and(is_meant)
                || object.values().any(|value| refers_to(value, is_meant))
        }
        Value::Array(items) => items.iter().any(|value| refers_to(value, is_meant)),
        _ => false,
    }
}
