//! What a token says (RFC 7519 §4).

use std::{
    any::TypeId,
    borrow::Cow,
    time::{Duration, SystemTime},
};

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{
    Refusal,
    json::{self, Members, Text, Texts},
};

/// The claims of a token that is believed.
///
/// Those that RFC 7519, RFC 8693 and RFC 9068 name have methods; all of them are read again into `C`, an application's own
/// type, which names those it needs. Default: nothing further; `serde_json::Value` is every claim as JSON.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Staff {
///     department: String,
/// }
/// fn in_sales(claims: &tsk_auth::jwt::Claims<Staff>) -> bool {
///     claims.own().department == "sales" && claims.has_scope("orders:read")
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims<C = IgnoredAny> {
    issuer: Option<Box<str>>,
    subject: Option<Box<str>>,
    audience: Box<[Box<str>]>,
    expires: Option<SystemTime>,
    not_before: Option<SystemTime>,
    issued: Option<SystemTime>,
    id: Option<Box<str>>,
    client: Option<Box<str>>,
    scopes: Box<[Box<str>]>,
    own: C,
}

impl<C> Claims<C> {
    /// Who issued it, `iss`.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Whom it is about, `sub`: unique with its issuer.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Whom it is for, `aud`.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        self.audience.iter().map(|audience| &**audience)
    }

    /// Until when it holds, `exp`.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// From when on it holds, `nbf`.
    pub fn not_before(&self) -> Option<SystemTime> {
        self.not_before
    }

    /// When it was issued, `iat`.
    pub fn issued(&self) -> Option<SystemTime> {
        self.issued
    }

    /// Its identifier, `jti`.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The client that it was issued to, `client_id` (RFC 9068 §2.2).
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// What it is good for: `scope` (RFC 8693 §4.2), or `scp`, as some providers call it.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(|scope| &**scope)
    }

    /// Whether it is good for that.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|has| has == scope)
    }

    /// The claims that the application reads.
    pub fn own(&self) -> &C {
        &self.own
    }
}

/// The claims that are looked at, before anybody believes them. Times are in seconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Registered<'a> {
    pub(crate) issuer: Option<Cow<'a, str>>,
    pub(crate) subject: Option<Cow<'a, str>>,
    pub(crate) audience: Vec<Cow<'a, str>>,
    pub(crate) expires: Option<u64>,
    pub(crate) not_before: Option<u64>,
    pub(crate) issued: Option<u64>,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) client: Option<Cow<'a, str>>,
    pub(crate) scope: Option<Texts<'a>>,
    pub(crate) scp: Option<Texts<'a>>,
}

impl<'a> Registered<'a> {
    pub(crate) fn read(payload: &'a [u8]) -> Result<Self, Refusal> {
        json::read(payload).map_err(|_| Refusal::Payload)
    }

    /// With the application's own, out of the same text.
    pub(crate) fn with_own<C: DeserializeOwned + 'static>(
        self,
        payload: &[u8],
    ) -> Result<Claims<C>, Refusal> {
        let text = std::str::from_utf8(payload).map_err(|_| Refusal::Payload)?;
        // Whoever reads nothing is given it of anything, without a second look at the text.
        let text = if TypeId::of::<C>() == TypeId::of::<IgnoredAny>() { "null" } else { text };
        let own = serde_json::from_str(text).map_err(|_| Refusal::Claims)?;
        let owned = |text: Cow<'_, str>| Box::from(text);
        let scopes = self.scope.or(self.scp).unwrap_or_default().0;
        Ok(Claims {
            issuer: self.issuer.map(owned),
            subject: self.subject.map(owned),
            audience: self.audience.into_iter().map(owned).collect(),
            expires: self.expires.map(time),
            not_before: self.not_before.map(time),
            issued: self.issued.map(time),
            id: self.id.map(owned),
            client: self.client.map(owned),
            scopes: scopes.iter().flat_map(|text| text.split_ascii_whitespace()).map(Box::from).collect(),
            own,
        })
    }
}

impl<'de> Members<'de> for Registered<'de> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let text = |map: &mut A| map.next_value().map(|Text(text)| Some(text));
        let time = |map: &mut A| map.next_value().map(|Seconds(time)| Some(time));
        match name {
            "iss" => self.issuer = text(map)?,
            "sub" => self.subject = text(map)?,
            "aud" => self.audience = map.next_value::<Texts<'de>>()?.0,
            "exp" => self.expires = time(map)?,
            "nbf" => self.not_before = time(map)?,
            "iat" => self.issued = time(map)?,
            "jti" => self.id = text(map)?,
            "client_id" => self.client = text(map)?,
            "scope" => self.scope = Some(map.next_value()?),
            "scp" => self.scp = Some(map.next_value()?),
            _ => json::skip(map)?,
        }
        Ok(())
    }
}

/// The end of the year 9999: beyond it, clocks and calendars differ on what a number means.
const LAST: u64 = 253_402_300_799;

/// That moment. `seconds` is at most [`LAST`], which every platform can say.
pub(crate) fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.min(LAST))
}

/// A time as RFC 7519 §2 has it: a number of seconds, perhaps with a fraction, which is dropped.
pub(crate) struct Seconds(pub(crate) u64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Seconds;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("seconds since 1970, before the year 10000")
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Seconds, E> {
                if seconds > LAST { Err(E::custom("it is too late")) } else { Ok(Seconds(seconds)) }
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Seconds, E> {
                self.visit_u64(u64::try_from(seconds).unwrap_or(0))
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Seconds, E> {
                // A cast of what is negative or no number is 0, and of what is too large the largest there is.
                self.visit_u64(seconds as u64)
            }
        }
        reader.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::time::seconds;

    #[test]
    fn registered_claims_have_the_form_of_rfc_7519() {
        let text = br#"{"iss":"i","sub":"s","aud":["a","b"],"exp":2,"nbf":1.9,"iat":-5,"jti":"j","scope":"x y","scp":["z"]}"#;
        let claims: Claims<serde_json::Value> = Registered::read(text).unwrap().with_own(text).unwrap();
        assert_eq!((claims.issuer(), claims.subject(), claims.id()), (Some("i"), Some("s"), Some("j")));
        assert_eq!(claims.audience().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(
            [claims.expires(), claims.not_before(), claims.issued()].map(|at| at.map(seconds)),
            [Some(2), Some(1), Some(0)]
        );
        assert!(
            claims.has_scope("x")
                && claims.has_scope("y")
                && !claims.has_scope("z")
                && !claims.has_scope("x y")
        );
        assert_eq!(claims.own()["jti"], "j");
        for text in [
            r#"{"exp":"2"}"#,
            r#"{"exp":null}"#,
            r#"{"exp":true}"#,
            r#"{"exp":[2]}"#,
            r#"{"exp":1e300}"#,
            r#"{"exp":253402300800}"#,
            r#"{"exp":18446744073709551616}"#,
            r#"{"exp":{"a":1}}"#,
            r#"{"nbf":""}"#,
            r#"{"iss":1}"#,
            r#"{"iss":null}"#,
            r#"{"sub":["a"]}"#,
            r#"{"aud":1}"#,
            r#"{"aud":[["a"]]}"#,
            r#"{"aud":[1]}"#,
            r#"{"aud":{"a":"b"}}"#,
            r#"{"jti":1}"#,
            r#"{"scope":1}"#,
            r#"{"exp":1,"exp":2}"#,
            "[]",
            "",
        ] {
            assert_eq!(Registered::read(text.as_bytes()).err(), Some(Refusal::Payload), "{text}");
        }
    }
}
