//! The text that says which requests are sampled.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{Parent, Remote, Sampling};

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Never => f.write_str("never"),
            // Without what binary fractions add.
            Self::Ratio(ratio) => write!(f, "{}%", (ratio * 1e10).round() / 1e8),
            Self::PerSecond(rate) => write!(f, "{rate}/s"),
            Self::Remote(remote) => f.write_str(&remote.endpoint),
        }
    }
}

impl FromStr for Sampling {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.trim() {
            "always" => Self::Always,
            "never" => Self::Never,
            url if url.contains("://") => {
                Self::Remote(Remote { endpoint: url.to_owned(), ..Remote::default() })
            }
            other => {
                let share = other.strip_suffix('%').and_then(|share| share.trim().parse::<f64>().ok());
                let share = share.map(|share| Self::Ratio(share / 100.0));
                share.or_else(|| rate(other).map(Self::PerSecond)).ok_or_else(|| {
                    format!("{other:?} says of no request whether it is sampled; write \"always\", \"never\", \"1%\", \
                             \"10/s\", or the URL of a Jaeger collector")
                })?
            }
        })
    }
}

impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Obeyed => f.write_str("obeyed"),
            Self::Ignored => f.write_str("ignored"),
            Self::PerSecond(rate) => write!(f, "{rate}/s"),
        }
    }
}

impl FromStr for Parent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "obeyed" => Ok(Self::Obeyed),
            "ignored" => Ok(Self::Ignored),
            other => rate(other).map(Self::PerSecond).ok_or_else(|| {
                format!(
                    "{other:?} is not what counts of a caller; write \"obeyed\", \"ignored\" or \"100/s\""
                )
            }),
        }
    }
}

fn rate(text: &str) -> Option<f64> {
    text.strip_suffix("/s")?.trim().parse().ok()
}

macro_rules! as_text {
    ($name:ident, $pattern:literal, $examples:tt) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern, "examples": $examples })
            }
        }
    };
}
as_text!(
    Sampling,
    "^(always|never|[0-9]+(\\.[0-9]+)?%|[0-9]+(\\.[0-9]+)?/s|https?://.+)$",
    ["always", "1%", "10/s", "http://jaeger:5778/sampling"]
);
as_text!(Parent, "^(obeyed|ignored|[0-9]+(\\.[0-9]+)?/s)$", ["obeyed", "100/s"]);
