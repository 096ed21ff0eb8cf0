//! An event as a line.

use std::{fmt::Write as _, time::SystemTime};

use serde::Serializer;

use super::Event;

/// The most characters of a text.
const MOST: usize = 256;

pub(super) fn time<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_rfc3339_millis(*time))
}

/// A text that a client may have chosen.
pub(super) fn text<S: Serializer>(text: &Option<&str>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = text.unwrap_or_default();
    let end = text.char_indices().nth(MOST).map_or(text.len(), |(end, _)| end);
    serializer.serialize_str(&text[..end])
}

pub(super) fn of(event: &Event<'_>) -> String {
    let json = serde_json::to_string(event).expect("names and texts can be written");
    if json.is_ascii() {
        return json;
    }
    // JSON leaves these as they are, which stand within its quotes: some readers take them for the end of a line, and terminals for
    // something to be done, such as turning the direction of writing.
    let mut line = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        match character {
            '\u{7f}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' => {
                let _ = write!(line, "\\u{:04x}", u32::from(character));
            }
            other => line.push(other),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::audit::Kind;

    fn event(subject: &str) -> Event<'_> {
        Event { subject: Some(subject), ..Event::new(Kind::LoginFailed, SystemTime::UNIX_EPOCH) }
    }

    #[test]
    fn a_line_says_what_is_known_and_nothing_else() {
        assert_eq!(
            event("ada").line(),
            r#"{"time":"1970-01-01T00:00:00.000Z","event":"login_failed","subject":"ada"}"#
        );
    }

    proptest! {
        #[test]
        fn what_clients_say_stays_within_its_quotes_and_its_line(subject in "(\\PC|[\\x00-\\x1f\"\\\\\u{85}\u{2028}\u{202e}]){0,400}") {
            let line = event(&subject).line();
            prop_assert!(!line.chars().any(|character| character.is_control()
                || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202e}')), "{line:?}");
            let read: serde_json::Value = serde_json::from_str(&line).unwrap();
            let kept: String = subject.chars().take(MOST).collect();
            prop_assert_eq!(read["subject"].as_str().unwrap(), kept);
            prop_assert_eq!(read.as_object().unwrap().len(), 3);
        }
    }
}
