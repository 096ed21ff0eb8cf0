//! What a line says.

use std::fmt;
use std::time::SystemTime;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::level::Level;

/// A line, taken apart as far as it can be.
#[derive(Debug)]
pub(crate) enum Entry<'l> {
    Fields(Fields),
    /// A line that is no JSON object.
    Text(&'l str),
}

impl<'l> Entry<'l> {
    pub(crate) fn read(line: &'l str) -> Entry<'l> {
        serde_json::from_str(line).map_or(Entry::Text(line), Entry::Fields)
    }

    /// When it was written, if it says so.
    pub(crate) fn time(&self) -> Option<SystemTime> {
        let text = match self {
            Entry::Fields(fields) => fields.get("timestamp").or_else(|| fields.get("time"))?.as_str()?,
            Entry::Text(line) => line.split(' ').next()?,
        };
        humantime::parse_rfc3339(text).ok()
    }

    /// How grave it is, if it says so.
    pub(crate) fn level(&self) -> Option<Level> {
        match self {
            Entry::Fields(fields) => fields.get("level")?.as_str()?.parse().ok(),
            Entry::Text(_) => None,
        }
    }
}

/// What a line has, in its order.
#[derive(Debug, Default)]
pub(crate) struct Fields(pub(super) Vec<(String, Value)>);

impl Fields {
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|field| field.0 == key).map(|field| &field.1)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some(field) = map.next_entry()? {
                    fields.0.push(field);
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}
