//! Alternatives that a property tells apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    COMPONENTS,
    components::{Components, reference},
};

/// Gives each named `oneOf` whose alternatives carry a constant of their own in the same required property its
/// discriminator (OpenAPI 3.1 §4.8.25).
///
/// That is what serde makes of an enum with a tag. A discriminator maps to schemas with names, so alternatives without
/// one get the name of the whole with the constant behind it.
///
/// Returns the names of schemas that were taken into an alternative, and that nothing else may refer to any more.
pub(crate) fn discriminate(components: &mut Components) -> BTreeSet<String> {
    let mut merged = BTreeSet::new();
    let names: Vec<_> = components.schemas.keys().cloned().collect();
    for name in names {
        let Some(Value::Array(alternatives)) = components.schemas[&name].get("oneOf").cloned() else {
            continue;
        };
        if components.schemas[&name].get("discriminator").is_some() {
            continue;
        }
        let Some((property, values)) = told_apart(components, &alternatives) else { continue };
        let mut mapping = BTreeMap::new();
        let mut references = Vec::with_capacity(alternatives.len());
        for (alternative, value) in alternatives.into_iter().zip(values) {
            let reference = match alternative.as_object() {
                Some(map) if map.len() == 1 && map.contains_key("$ref") => alternative,
                _ => {
                    let own = components.unused(&format!("{name}{}", pascal(&value)));
                    let (alternative, target) = with_target(components, alternative);
                    merged.extend(target);
                    components.schemas.insert(own.clone(), alternative);
                    reference(&own)
                }
            };
            mapping.insert(value, reference["$ref"].clone());
            references.push(reference);
        }
        let schema = components.schemas.get_mut(&name).expect("it was there above");
        schema["oneOf"] = Value::Array(references);
        schema["discriminator"] = json!({ "propertyName": property, "mapping": mapping });
    }
    merged
}

/// An alternative that is a tag and a reference to the rest, as one object: who reads a document then sees the tag where
/// the rest is.
fn with_target(components: &Components, alternative: Value) -> (Value, Option<String>) {
    const PLAIN: [&str; 5] = ["description", "properties", "required", "title", "type"];
    let plain =
        |map: &Map<String, Value>| map.keys().all(|key| PLAIN.contains(&key.as_str()) || key == "$ref");
    let name = alternative.get("$ref").and_then(Value::as_str).and_then(|at| at.strip_prefix(COMPONENTS));
    let name = name.map(str::to_owned);
    let target = name.as_ref().and_then(|name| components.schemas.get(name));
    let (Some(Value::Object(target)), Some(own)) = (target, alternative.as_object()) else {
        return (alternative, None);
    };
    if !plain(target) || target.contains_key("$ref") || !plain(own) {
        return (alternative, None);
    }
    let mut whole = target.clone();
    for (keyword, value) in own.iter().filter(|(keyword, _)| *keyword != "$ref") {
        match (whole.get_mut(keyword), value) {
            (Some(Value::Object(properties)), Value::Object(more)) => {
                properties.extend(more.iter().map(|(name, schema)| (name.clone(), schema.clone())));
            }
            (Some(Value::Array(required)), Value::Array(more)) => {
                let more: Vec<_> = more.iter().filter(|name| !required.contains(name)).cloned().collect();
                required.extend(more);
            }
            _ => drop(whole.insert(keyword.clone(), value.clone())),
        }
    }
    (Value::Object(whole), name)
}

/// The property, and its value in each of the alternatives.
fn told_apart(components: &Components, alternatives: &[Value]) -> Option<(String, Vec<String>)> {
    let constants: Option<Vec<_>> = alternatives.iter().map(|each| constants(components, each)).collect();
    let constants = constants.filter(|all| all.len() > 1)?;
    constants[0].keys().find_map(|property| {
        let values: Vec<_> = constants.iter().map(|of| of.get(property).cloned()).collect::<Option<_>>()?;
        let distinct = values.iter().collect::<BTreeSet<_>>().len() == values.len();
        distinct.then(|| (property.clone(), values))
    })
}

/// The required properties of an alternative that can only have one text as their value.
fn constants(components: &Components, alternative: &Value) -> Option<BTreeMap<String, String>> {
    let named =
        alternative.get("$ref").and_then(Value::as_str).filter(|_| alternative.get("properties").is_none());
    let schema = match named {
        Some(reference) => components.schemas.get(reference.strip_prefix(COMPONENTS)?)?,
        None => alternative,
    };
    let required = schema.get("required")?.as_array()?;
    let constant = |schema: &Value| match (schema.get("const"), schema.get("enum")) {
        (Some(Value::String(only)), _) => Some(only.clone()),
        (None, Some(Value::Array(values))) => match &values[..] {
            [Value::String(only)] => Some(only.clone()),
            _ => None,
        },
        _ => None,
    };
    let properties = schema.get("properties")?.as_object()?;
    let found = properties.iter().filter(|(name, _)| required.iter().any(|each| each == name.as_str()));
    Some(found.filter_map(|(name, schema)| Some((name.clone(), constant(schema)?))).collect())
}

/// `credit-card` as `CreditCard`.
fn pascal(value: &str) -> String {
    let words = value.split(|each: char| !each.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    words.map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn discriminated(schema: Value) -> BTreeMap<String, Value> {
        let mut components = Components::default();
        components.adopt(&schema);
        discriminate(&mut components);
        components.schemas
    }

    #[test]
    fn the_tag_of_an_enum_becomes_a_discriminator_and_its_variants_get_names() {
        let variant = |tag: &str| json!({ "type": "object", "properties": { "kind": { "const": tag } }, "required": ["kind"] });
        let schemas = discriminated(json!({
            "title": "Payment",
            "oneOf": [variant("card"), variant("bank-transfer")],
        }));
        assert_eq!(
            schemas["Payment"]["discriminator"],
            json!({ "propertyName": "kind", "mapping": {
                "bank-transfer": "#/components/schemas/PaymentBankTransfer",
                "card": "#/components/schemas/PaymentCard",
            } })
        );
        assert_eq!(schemas["Payment"]["oneOf"][0], json!({ "$ref": "#/components/schemas/PaymentCard" }));
        assert_eq!(schemas["PaymentCard"], variant("card"));
    }

    #[test]
    fn a_tag_beside_a_reference_is_told_in_one_object() {
        let tagged = json!({ "properties": { "kind": { "const": "b" } }, "required": ["kind"], "$ref": "#/$defs/Rest" });
        let schemas = discriminated(json!({
            "title": "Either",
            "oneOf": [
                { "type": "object", "properties": { "kind": { "const": "a" } }, "required": ["kind"] },
                tagged,
            ],
            "$defs": { "Rest": { "type": "object", "properties": { "x": {} }, "required": ["x"] } },
        }));
        assert_eq!(
            schemas["EitherB"],
            json!({ "type": "object", "properties": { "kind": { "const": "b" }, "x": {} }, "required": ["x", "kind"] })
        );
    }

    #[test]
    fn what_no_property_tells_apart_stays_as_it_is() {
        let variant = |tag: &str, required: &[&str]| json!({ "type": "object", "properties": { "kind": { "const": tag } }, "required": required });
        for second in [variant("card", &["kind"]), variant("bank", &[]), json!({ "type": "string" })] {
            let schemas =
                discriminated(json!({ "title": "Payment", "oneOf": [variant("card", &["kind"]), second] }));
            assert_eq!(schemas.keys().collect::<Vec<_>>(), ["Payment"]);
            assert!(schemas["Payment"].get("discriminator").is_none());
        }
    }
}
