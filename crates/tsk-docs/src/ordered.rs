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
        write(members.len(), members, serializer)
    }
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            // Most maps are in that order already.
            Value::Object(map) if map.keys().is_sorted() => write(map.len(), map, serializer),
            Value::Object(map) => {
                let mut members: Vec<_> = map.iter().collect();
                members.sort_unstable_by_key(|(key, _)| *key);
                write(members.len(), members, serializer)
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Ordered)),
            other => other.serialize(serializer),
        }
    }
}

fn write<'a, S: Serializer>(
    count: usize,
    members: impl IntoIterator<Item = (&'a String, &'a Value)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(count))?;
    for (key, value) in members {
        map.serialize_entry(key, &Ordered(value))?;
    }
    map.end()
}

/// The value as compact text: equal for equal values.
pub(crate) fn text(value: &Value) -> String {
    serde_json::to_string(&Ordered(value)).expect("a JSON value can be written to memory")
}

/// A number that equal values share, in whatever order their keys are, and that others do not but by a chance of nothing.
pub(crate) fn hash(value: &Value) -> u128 {
    let mut said = Vec::with_capacity(2048);
    say(value, &mut said);
    xxhash_rust::xxh3::xxh3_128(&said)
}

/// Appends what tells the value from any other: of what kind it is, how much there is of it, and then all of that.
fn say(value: &Value, said: &mut Vec<u8>) {
    let text = |kind: u8, text: &str, said: &mut Vec<u8>| {
        said.push(kind);
        said.extend_from_slice(&(text.len() as u64).to_le_bytes());
        said.extend_from_slice(text.as_bytes());
    };
    let many = |kind: u8, count: usize, said: &mut Vec<u8>| {
        said.push(kind);
        said.extend_from_slice(&(count as u64).to_le_bytes());
    };
    match value {
        Value::Null => said.push(0),
        Value::Bool(value) => said.extend_from_slice(&[1, u8::from(*value)]),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => {
                said.push(2);
                said.extend_from_slice(&number.to_le_bytes());
            }
            (None, Some(number)) => {
                said.push(3);
                said.extend_from_slice(&number.to_le_bytes());
            }
            (None, None) => text(4, &number.to_string(), said),
        },
        Value::String(string) => text(5, string, said),
        Value::Array(items) => {
            many(6, items.len(), said);
            items.iter().for_each(|item| say(item, said));
        }
        Value::Object(members) => {
            many(7, members.len(), said);
            by_name(members, |key, value| {
                text(5, key, said);
                say(value, said);
            });
        }
    }
}

/// Calls `see` with each member in the order of their names, which most maps have already.
fn by_name<'a>(members: &'a Map<String, Value>, mut see: impl FnMut(&'a String, &'a Value)) {
    if members.keys().is_sorted() {
        members.iter().for_each(|(key, value)| see(key, value));
    } else {
        let mut members: Vec<_> = members.iter().collect();
        members.sort_unstable_by_key(|(key, _)| *key);
        members.into_iter().for_each(|(key, value)| see(key, value));
    }
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
    fn values_that_differ_have_other_numbers_and_the_order_of_keys_is_no_difference() {
        let of = |text: &str| hash(&serde_json::from_str(text).unwrap());
        assert_eq!(of(r#"{"a":1,"b":[2,3]}"#), of(r#"{"b":[2,3],"a":1}"#));
        let others = [
            "null",
            "0",
            "[]",
            "{}",
            r#""""#,
            "[[]]",
            "[null]",
            r#"{"a":{}}"#,
            r#"["a",{}]"#,
            "[1,2]",
            "[2,1]",
            "false",
            r#""0""#,
        ];
        let distinct: std::collections::BTreeSet<_> = others.iter().map(|text| of(text)).collect();
        assert_eq!(distinct.len(), others.len());
    }

    #[test]
    fn a_document_begins_with_what_it_is() {
        let value: Value =
            serde_json::from_str(r#"{"components":{},"x-a":1,"paths":{},"openapi":"3.1.0"}"#).unwrap();
        let text = serde_json::to_string(&Document(value.as_object().unwrap())).unwrap();
        assert_eq!(text, r#"{"openapi":"3.1.0","paths":{},"components":{},"x-a":1}"#);
    }
}
