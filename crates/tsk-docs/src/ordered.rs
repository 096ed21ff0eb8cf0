//! JSON in one order of its keys, whatever order the map has.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

/// A document as it is written: the root as people read it, everything below by name.
///
/// The order of `serde_json`'s map depends on a feature that any crate of a build may turn on. The bytes of a document,
/// and so its entity tag, must not.
pub(crate) struct Document<'a>(pub(crate) &'a Map<String, Value>);

/// Any value, its keys by name.
pub(crate) struct Ordered<'a>(pub(crate) &'a Value);

const ROOT: [&str; 8] =
    ["openapi", "info", "jsonSchemaDialect", "servers", "tags", "security", "paths", "components"];

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rank = |key: &str| ROOT.iter().position(|known| *known == key).unwrap_or(ROOT.len());
        let mut members: Vec<_> = self.0.iter().collect();
        members.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
        write(members, serializer)
    }
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let mut members: Vec<_> = map.iter().collect();
                members.sort_by_key(|(key, _)| *key);
                write(members, serializer)
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Ordered)),
            other => other.serialize(serializer),
        }
    }
}

fn write<S: Serializer>(members: Vec<(&String, &Value)>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(members.len()))?;
    for (key, value) in members {
        map.serialize_entry(key, &Ordered(value))?;
    }
    map.end()
}

/// The value as compact text: equal for equal values.
pub(crate) fn text(value: &Value) -> String {
    serde_json::to_string(&Ordered(value)).expect("a JSON value can be written to memory")
}

/// A number that equal values share.
pub(crate) fn hash(value: &Value) -> u128 {
    xxhash_rust::xxh3::xxh3_128(text(value).as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_order_of_keys_is_that_of_their_names() {
        let value: Value = serde_json::from_str(r#"{"b":{"d":1,"c":[{"f":2,"e":3}]},"a":0}"#).unwrap();
        assert_eq!(text(&value), r#"{"a":0,"b":{"c":[{"e":3,"f":2}],"d":1}}"#);
    }

    #[test]
    fn a_document_begins_with_what_it_is() {
        let value: Value =
            serde_json::from_str(r#"{"components":{},"x-a":1,"paths":{},"openapi":"3.1.0"}"#).unwrap();
        let text = serde_json::to_string(&Document(value.as_object().unwrap())).unwrap();
        assert_eq!(text, r#"{"openapi":"3.1.0","paths":{},"components":{},"x-a":1}"#);
    }
}
