//! Keys as text: in a configuration, and in the names of limits.

use std::{fmt, str::FromStr};

use super::{Key, Part, SUBSCRIBER};

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split('+').map(|part| Part::read(part.trim()));
        parts.collect::<Option<_>>().map(Self).ok_or_else(|| {
            format!(
                "{text:?} is no key; write `address`, `address-24-48`, `principal`, `api-key`, `header-NAME`, `cookie-NAME`, \
                 `route`, `all`, or several with `+` between them"
            )
        })
    }
}

impl Part {
    fn read(text: &str) -> Option<Self> {
        let bits = |text: &str| {
            let (v4, v6) = text.split_once('-')?;
            let (v4, v6) = (v4.parse().ok()?, v6.parse().ok()?);
            (v4 <= 32 && v6 <= 128).then_some(Self::Address(v4, v6))
        };
        match text.split_once('-') {
            Some(("address", lengths)) => bits(lengths),
            Some(("header", name)) => name.parse().ok().map(Self::Header),
            Some(("cookie", name)) => Some(Self::Cookie(name.into())).filter(|_| !name.is_empty()),
            _ => match text {
                "address" => Some(Self::Address(32, SUBSCRIBER)),
                "principal" => Some(Self::Principal),
                "api-key" => Some(Self::ApiKey),
                "route" => Some(Self::Route),
                "all" => Some(Self::Constant),
                _ => None,
            },
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("+")?;
            }
            fmt::Display::fmt(part, f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(32, SUBSCRIBER) => f.write_str("address"),
            Self::Address(v4, v6) => write!(f, "address-{v4}-{v6}"),
            Self::Principal => f.write_str("principal"),
            Self::ApiKey => f.write_str("api-key"),
            Self::Header(name) => write!(f, "header-{name}"),
            Self::Cookie(name) => write!(f, "cookie-{name}"),
            Self::Route => f.write_str("route"),
            Self::Constant => f.write_str("all"),
            Self::Own(name, _) => f.write_str(name),
        }
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
