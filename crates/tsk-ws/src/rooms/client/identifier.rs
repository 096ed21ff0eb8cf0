//! What a client calls what it says, so that it is done once however often it is sent.

use std::{borrow::Cow, collections::HashMap};

use serde_json::value::RawValue;

use crate::rooms::{
    phoenix::Payload,
    recent::MAX_ID,
    stamp::{Fields, MESSAGE_ID},
};

/// Identifiers that nobody else has.
#[derive(Debug)]
pub(super) struct Identifiers {
    prefix: u128,
    next: u64,
}

impl Identifiers {
    pub(super) fn new() -> Self {
        Self { prefix: rand::random(), next: 0 }
    }

    /// The payload with an identifier, and whether it has one by which the server knows it again. What has one already keeps it; what is
    /// no object has none.
    pub(super) fn give(&mut self, payload: Payload<'static>) -> (Payload<'static>, bool) {
        if Fields::read(&payload, None).message_id.is_some() {
            return (payload, true);
        }
        let Payload::Json(json) = &payload else { return (payload, false) };
        let members: Option<HashMap<Cow<'_, str>, &RawValue>> = serde_json::from_str(json.get()).ok();
        let Some(members) = members.filter(|members| !members.contains_key(MESSAGE_ID)) else {
            return (payload, false);
        };
        self.next += 1;
        let id = format!("{:032x}-{}", self.prefix, self.next);
        debug_assert!(id.len() <= MAX_ID);
        let comma = if members.is_empty() { "" } else { "," };
        let rest = json.get().trim_start().strip_prefix('{').expect("it is an object");
        let named = Payload::json(format!("{{\"{MESSAGE_ID}\":\"{id}\"{comma}{rest}"));
        (named.expect("an object with another member is JSON"), true)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_object_is_given_an_identifier_and_stays_as_it_is() {
        let mut identifiers = Identifiers::new();
        let mut given = |text: &str| {
            let (payload, is_given) = identifiers.give(Payload::json(text).unwrap());
            let Payload::Json(json) = payload else { panic!("it was JSON") };
            (json.get().to_owned(), is_given)
        };
        let (text, is_given) = given(" { \"n\": 12345678901234567890123 }");
        assert!(is_given && text.ends_with(", \"n\": 12345678901234567890123 }"), "{text}");
        let value: HashMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(value.len(), 2);
        assert_ne!(given("{}"), given("{}"), "each has its own");
        let own = r#"{"message_id":"m1"}"#;
        assert_eq!(given(own), (own.to_owned(), true));
        for other in ["[1]", "1", "null", r#"{"message_id":7}"#] {
            assert_eq!(given(other), (other.to_owned(), false));
        }
        assert!(!identifiers.give(Payload::Binary(bytes::Bytes::new())).1);
    }
}
