//! Section `[log]`.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use tracing_subscriber::filter::Targets;
use tsk::http::config::text;

use super::archive::Bounds;
use super::file::Limits;

/// What a server says of itself, and where.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// What is logged: a level, and levels of single targets, as in `info,tsk_http=debug`. Default: `info`.
    pub(crate) level: Levels,

    /// How the lines on standard error look: `text` or `json`. Default: `text`.
    pub(crate) format: Format,

    /// Whether there is a file, or the directory that it is in. Default: true, in `log` of the state directory.
    pub(crate) file: Destination,

    /// How large the file becomes before it is put away. Default: 10 MiB.
    #[serde(with = "text::Size")]
    max_size: ByteSize,

    /// How old it becomes before it is put away; zero for any age. Default: a day.
    #[serde(with = "text::Duration")]
    max_age: Duration,

    /// How many files are kept beside it. Default: 30.
    keep: usize,

    /// How much all of them may have. Default: 100 MiB.
    #[serde(with = "text::Size")]
    max_total: ByteSize,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            level: Levels { text: "info".to_owned() },
            format: Format::Text,
            file: Destination::Default,
            max_size: ByteSize::mib(10),
            max_age: Duration::from_secs(24 * 60 * 60),
            keep: 30,
            max_total: ByteSize::mib(100),
        }
    }
}

impl Config {
    pub(super) fn limits(&self) -> Limits {
        let max_total = self.max_total.as_u64();
        Limits {
            max_size: self.max_size.as_u64().min(max_total),
            max_age: self.max_age,
            bounds: Bounds { keep: self.keep, max_total },
        }
    }
}

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Text,
    Json,
}

/// Levels by target, as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Levels {
    text: String,
}

impl Levels {
    pub(super) fn targets(&self) -> Targets {
        self.text.parse().expect("it was read when it was made")
    }
}

impl TryFrom<String> for Levels {
    type Error = String;

    fn try_from(text: String) -> Result<Levels, String> {
        match Targets::from_str(&text) {
            Ok(_) if !text.trim().is_empty() => Ok(Levels { text }),
            _ => Err(format!(
                "`{text}` names no levels; write error, warn, info, debug, trace or off, as in `info,tsk_http=debug`"
            )),
        }
    }
}

impl From<Levels> for String {
    fn from(levels: Levels) -> String {
        levels.text
    }
}

/// Where the file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Nowhere.
    Off,
    /// In the state directory.
    Default,
    Directory(PathBuf),
}

impl<'de> Deserialize<'de> for Destination {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Destination;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a directory")
            }

            fn visit_bool<E: de::Error>(self, is_on: bool) -> Result<Destination, E> {
                Ok(if is_on { Destination::Default } else { Destination::Off })
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Destination, E> {
                match text {
                    "true" => Ok(Destination::Default),
                    "false" => Ok(Destination::Off),
                    "" => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                    path => Ok(Destination::Directory(path.into())),
                }
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Destination {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Destination".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "type": "boolean" }, { "type": "string", "minLength": 1 }],
            "examples": [true, false, "/var/log/site"],
        })
    }
}

impl Serialize for Destination {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Destination::Off => serializer.serialize_bool(false),
            Destination::Default => serializer.serialize_bool(true),
            Destination::Directory(path) => path.serialize(serializer),
        }
    }
}
