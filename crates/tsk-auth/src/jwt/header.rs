//! What a token says of itself (RFC 7515 §4): claims of a stranger, every one of them.

use std::borrow::Cow;

use serde::de::{self, MapAccess};

use super::{
    Refusal,
    json::{self, Members, Text},
};

/// What is read of a header.
///
/// `jwk`, `jku`, `x5u`, `x5c` and `x5t` are passed over: a key that comes with the token proves nothing (RFC 8725
/// §3.10), and an address in it is not asked.
#[derive(Debug, Default)]
pub(crate) struct Header<'a> {
    pub(crate) algorithm: Cow<'a, str>,
    pub(crate) key: Option<Cow<'a, str>>,
    pub(crate) kind: Option<Cow<'a, str>>,
    refused: Option<Refusal>,
}

impl<'a> Header<'a> {
    pub(crate) fn read(text: &'a [u8]) -> Result<Self, Refusal> {
        let header: Self = json::read(text).map_err(|_| Refusal::Header)?;
        match header.refused {
            Some(refusal) => Err(refusal),
            None if header.algorithm.is_empty() => Err(Refusal::Header),
            None => Ok(header),
        }
    }
}

impl<'de> Members<'de> for Header<'de> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let text = |map: &mut A| map.next_value().map(|Text(text)| text);
        match name {
            "alg" => self.algorithm = text(map)?,
            "kid" => self.key = Some(text(map)?),
            "typ" => self.kind = Some(text(map)?),
            "cty" => {
                // Of a token in a token, only the outer one would be looked at (RFC 7519 §5.2).
                let content = text(map)?;
                if is_kind(&content, "JWT") {
                    self.refused = Some(Refusal::Nested);
                }
            }
            // Whoever does not understand it must refuse, and nothing that could stand in it is understood.
            "crit" => return self.refuse(Refusal::Critical, map),
            "b64" => return self.refuse(Refusal::Unencoded, map),
            "enc" | "zip" => return self.refuse(Refusal::Encrypted, map),
            _ => json::skip(map)?,
        }
        Ok(())
    }
}

impl Header<'_> {
    fn refuse<'de, A: MapAccess<'de>>(&mut self, refusal: Refusal, map: &mut A) -> Result<(), A::Error> {
        self.refused.get_or_insert(refusal);
        json::skip(map).map_err(de::Error::custom)
    }
}

/// Whether a media type, whose `application/` may be left out, is that one (RFC 7515 §4.1.9).
pub(crate) fn is_kind(text: &str, kind: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = match text.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &text[PREFIX.len()..],
        _ => text,
    };
    short.eq_ignore_ascii_case(kind)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_it_is_signed_with_is_read_and_what_it_brings_along_is_not() {
        let header =
            Header::read(br#"{"alg":"RS256","kid":"a\n","typ":"JWT","jku":"https://x","jwk":{"kty":"oct"}}"#);
        let header = header.unwrap();
        assert_eq!(
            (&*header.algorithm, header.key.as_deref(), header.kind.as_deref()),
            ("RS256", Some("a\n"), Some("JWT"))
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (text, refusal) in [
            (r#"{"alg":"HS256","crit":["exp"]}"#, Refusal::Critical),
            (r#"{"alg":"HS256","crit":[]}"#, Refusal::Critical),
            (r#"{"alg":"HS256","crit":null}"#, Refusal::Critical),
            (r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, Refusal::Unencoded),
            (r#"{"alg":"HS256","b64":true}"#, Refusal::Unencoded),
            (r#"{"alg":"dir","enc":"A128GCM"}"#, Refusal::Encrypted),
            (r#"{"alg":"HS256","zip":"DEF"}"#, Refusal::Encrypted),
            (r#"{"alg":"HS256","cty":"JWT"}"#, Refusal::Nested),
            (r#"{"alg":"HS256","cty":"application/jwt"}"#, Refusal::Nested),
            (r#"{"typ":"JWT"}"#, Refusal::Header),
            (r#"{"alg":""}"#, Refusal::Header),
            (r#"{"alg":null}"#, Refusal::Header),
            (r#"{"alg":["HS256"]}"#, Refusal::Header),
            (r#"{"alg":"HS256","alg":"none"}"#, Refusal::Header),
            (r#"{"alg":"HS256","kid":1}"#, Refusal::Header),
            (r#"{"alg":"HS256","kid":{"a":"b"}}"#, Refusal::Header),
        ] {
            assert_eq!(Header::read(text.as_bytes()).err(), Some(refusal), "{text}");
        }
    }

    #[test]
    fn a_kind_may_be_written_short() {
        assert!(is_kind("at+jwt", "at+jwt") && is_kind("Application/AT+JWT", "at+jwt"));
        assert!(!is_kind("application/application/at+jwt", "at+jwt") && !is_kind("jwt", "at+jwt"));
    }
}
