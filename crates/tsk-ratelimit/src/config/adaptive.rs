//! How a limit adapts: `adaptive = true`, or a table of what is different.

use std::{fmt, time::Duration};

use bytesize::ByteSize;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::text;
use crate::baseline::Settings;

/// How a limit adapts to each key: `adaptive` of a `[[limit]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AdaptiveConfig {
    /// How long a window is, in which a key is measured: from 1 s to 1 h. Default: 10 s.
    #[serde(with = "text::Duration")]
    pub window: Duration,

    /// How many windows of a key have to be known before it is judged by what is usual for it, from 2 to 250. Default: 12.
    pub warmup: u8,

    /// By how many mean deviations a window must be beyond what is usual, from 1 to 100. Default: 4.
    pub deviations: f32,

    /// How often what a key may is halved at most, from 1 to 6. Default: 3.
    pub steps: u8,

    /// How many windows in a row must be as usual, or silent, for a step to be given back, from 1 to 250. Default: 6.
    pub calm: u8,

    /// The memory for keys, some 130 bytes for each, from 64 KiB to 1 GiB. Default: 2 MiB.
    #[serde(with = "text::Size")]
    pub memory: ByteSize,
}

impl Default for AdaptiveConfig {
    fn default() -> Self {
        let Settings { window, warmup, deviations, steps, calm, memory } = Settings::default();
        Self { window, warmup, deviations, steps, calm, memory: ByteSize::b(memory as u64) }
    }
}

impl From<&AdaptiveConfig> for Settings {
    fn from(config: &AdaptiveConfig) -> Self {
        let AdaptiveConfig { window, warmup, deviations, steps, calm, memory } = config.clone();
        let memory = usize::try_from(memory.as_u64()).unwrap_or(usize::MAX);
        Self { window, warmup, deviations, steps, calm, memory }
    }
}

/// An option of it, as in `true`, `false`, or a table: for `#[serde(with = "…")]`.
#[derive(Debug)]
pub(super) enum Switch {}

impl Switch {
    pub(super) fn serialize<S: Serializer>(
        config: &Option<AdaptiveConfig>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        config.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<AdaptiveConfig>, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Option<AdaptiveConfig>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false or a table")
    }

    fn visit_bool<E: de::Error>(self, is_on: bool) -> Result<Self::Value, E> {
        Ok(is_on.then(AdaptiveConfig::default))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        AdaptiveConfig::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}
