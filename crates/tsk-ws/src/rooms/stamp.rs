//! What the server reads of a message, and what it writes into it.

use std::{borrow::Cow, sync::Arc};

use serde_json::value::RawValue;

use super::{phoenix::Payload, presence::Meta, recent::MAX_ID};

/// The member of a message by which its sender calls it.
pub(crate) const MESSAGE_ID: &str = "message_id";

/// What the server reads of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields<'a> {
    /// What its sender calls it.
    pub(crate) message_id: Option<Cow<'a, str>>,
    /// What it says the latest of.
    pub(crate) key: Option<Arc<str>>,
}

impl<'a> Fields<'a> {
    pub(crate) fn read(payload: &'a Payload<'_>, key: Option<&str>) -> Self {
        let Payload::Json(json) = payload else { return Self::default() };
        let text = json.get();
        // Most messages have neither.
        if key.is_none() && !text.contains(MESSAGE_ID) {
            return Self::default();
        }
        let members: std::collections::HashMap<Cow<'a, str>, &'a RawValue> =
            serde_json::from_str(text).unwrap_or_default();
        let message_id = members.get(MESSAGE_ID).and_then(|id| serde_json::from_str::<String>(id.get()).ok());
        let message_id = message_id.filter(|id| !id.is_empty() && id.len() <= MAX_ID).map(Cow::Owned);
        let key = key.and_then(|key| members.get(key)).map(|value| value.get().into());
        Self { message_id, key }
    }
}

/// The message with a member that says who sent it, whatever it said there before. What is no object stays as it is.
pub(crate) fn stamped<'a>(payload: &Payload<'a>, name: &str, sender: &str) -> Payload<'a> {
    let Payload::Json(json) = payload else { return payload.clone() };
    let Ok(mut object) = serde_json::from_str::<Meta>(json.get()) else { return payload.clone() };
    object.insert(name.to_owned(), sender.into());
    Payload::of(&object).expect("an object can be written")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn json(text: &str) -> Payload<'static> {
        Payload::json(text).unwrap()
    }

    #[test]
    fn what_a_message_is_called_and_what_it_is_of_is_read() {
        let payload = json(r#"{"message_id":"m1","symbol":"ACME","price":1}"#);
        let fields = Fields::read(&payload, Some("symbol"));
        assert_eq!((fields.message_id.as_deref(), fields.key.as_deref()), (Some("m1"), Some("\"ACME\"")));
        for text in ["[]", "1", r#"{"message_id":1}"#, r#"{"message_id":""}"#] {
            assert_eq!(Fields::read(&json(text), Some("key")), Fields::default(), "{text}");
        }
        let long = json(&format!(r#"{{"message_id":"{}"}}"#, "x".repeat(MAX_ID + 1)));
        assert_eq!(Fields::read(&long, None), Fields::default());
    }

    #[test]
    fn nobody_speaks_in_the_name_of_another() {
        let payload = json(r#"{"from":"ada","from":"bob","text":"hi"}"#);
        let Payload::Json(stamped) = stamped(&payload, "from", "eve") else { panic!("it was JSON") };
        let value: serde_json::Value = serde_json::from_str(stamped.get()).unwrap();
        assert_eq!(value, serde_json::json!({ "from": "eve", "text": "hi" }));
    }
}
