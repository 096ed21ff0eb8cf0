//! What a server gives (RFC 6749 §5.1).

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::de::MapAccess;

use super::Token;
use crate::{
    bearer,
    jwt::json::{self, Members, Text},
    oauth::Failure,
};

/// The longest token that is taken, in bytes: a longer one would fit into few heads.
const MAX_LENGTH: usize = 8 * 1024;
/// How long a token holds of which it is not said.
const ASSUMED: Duration = Duration::from_secs(300);
/// How long one is used at most.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// How long before its end it is renewed, and is not used any more: a request takes time. Of one that is short, a fifth and a tenth.
const EARLY: Duration = Duration::from_secs(60);
const LEEWAY: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Answer<'a> {
    token: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
    lifetime: Option<u64>,
}

impl<'de> Members<'de> for Answer<'de> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "access_token" => self.token = map.next_value::<Option<Text<'de>>>()?.map(|Text(text)| text),
            "token_type" => self.kind = map.next_value::<Option<Text<'de>>>()?.map(|Text(text)| text),
            "expires_in" => self.lifetime = map.next_value()?,
            _ => json::skip(map)?,
        }
        Ok(())
    }
}

/// The token of an answer to what was asked at that time.
pub(super) fn read(answer: &Response<Bytes>, asked: Instant) -> Result<Token, Failure> {
    if answer.status() != StatusCode::OK {
        return Err(Failure::refused(answer));
    }
    let failure = |reason: &str| Failure(format!("the answer {reason}"));
    let given: Answer<'_> =
        json::read(answer.body()).map_err(|_| failure("is not one plain object in the form of RFC 6749"))?;
    let token = given.token.ok_or_else(|| failure("has no `access_token`"))?;
    if token.len() > MAX_LENGTH || !bearer::is_token(token.as_bytes()) {
        return Err(failure("has an `access_token` that is none"));
    }
    if !given.kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Bearer")) {
        return Err(failure("has another `token_type` than `Bearer`"));
    }
    let lifetime = given.lifetime.map_or(ASSUMED, Duration::from_secs).min(LONGEST);
    if lifetime.is_zero() {
        return Err(failure("has a token that has ended"));
    }
    let due = asked + lifetime - EARLY.min(lifetime / 5);
    let until = asked + lifetime - LEEWAY.min(lifetime / 10);
    Ok(Token::new(&token, asked, due, until))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn given(status: u16, body: &str) -> Result<(String, u64, u64), String> {
        let answer = Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap();
        let asked = Instant::now();
        let token = read(&answer, asked).map_err(|failure| failure.to_string())?;
        let after = |time: Instant| (time - asked).as_secs();
        Ok((token.secret().to_owned(), after(token.due), after(token.until)))
    }

    #[test]
    fn a_token_is_renewed_a_while_before_its_end() {
        let of = |lifetime: &str| {
            let text = format!(
                r#"{{"access_token":"a.b-c","token_type":"bearer"{lifetime},"scope":"x","refresh_token":"r"}}"#
            );
            given(200, &text).unwrap()
        };
        let token = "a.b-c".to_owned();
        assert_eq!(of(r#","expires_in":3600"#), (token.clone(), 3540, 3590));
        assert_eq!(of(r#","expires_in":50"#), (token.clone(), 40, 45));
        assert_eq!(of(r#","expires_in":18446744073709551615"#), (token.clone(), 86_340, 86_390));
        assert_eq!(of(r#","expires_in":null"#), of(""));
        assert_eq!(of(""), (token, 240, 290));
    }

    #[test]
    fn what_is_no_token_is_none() {
        for body in [
            "",
            "[]",
            "{}",
            "<html>",
            r#"{"access_token":"a"}"#,
            r#"{"token_type":"Bearer"}"#,
            r#"{"access_token":"a","token_type":"DPoP"}"#,
            r#"{"access_token":"a","token_type":"Bearer","expires_in":0}"#,
            r#"{"access_token":"a","token_type":"Bearer","expires_in":-1}"#,
            r#"{"access_token":"a","token_type":"Bearer","expires_in":"1"}"#,
            r#"{"access_token":"","token_type":"Bearer"}"#,
            r#"{"access_token":"a b","token_type":"Bearer"}"#,
            r#"{"access_token":"a\r\nx: y","token_type":"Bearer"}"#,
            r#"{"access_token":"ü","token_type":"Bearer"}"#,
            r#"{"access_token":["a"],"token_type":"Bearer"}"#,
            r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#,
        ] {
            assert!(given(200, body).is_err(), "{body}");
        }
        let long = format!(r#"{{"access_token":"{}","token_type":"Bearer"}}"#, "a".repeat(MAX_LENGTH + 1));
        assert!(given(200, &long).is_err());
        let good = r#"{"access_token":"a","token_type":"Bearer"}"#;
        for status in [201, 302, 400, 500] {
            assert!(given(status, good).is_err(), "{status}");
        }
    }

    #[test]
    fn a_refusal_is_named_and_nothing_else_of_it_is_shown() {
        let refused = |body: &str| given(401, body).unwrap_err();
        assert_eq!(
            refused(r#"{"error":"invalid_client"}"#),
            "the answer is 401 Unauthorized: invalid_client"
        );
        for body in [r#"{"error":"a\nforged line"}"#, r#"{"error":7}"#, "<html>", ""] {
            assert_eq!(refused(body), "the answer is 401 Unauthorized", "{body}");
        }
    }
}
