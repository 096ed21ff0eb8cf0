#![allow(clippy::unwrap_used)]

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing_subscriber::{fmt, layer::SubscriberExt as _};

use super::*;
use crate::{
    current::{self, Mode, Place},
    propagate::Propagators,
};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn taken(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

/// What is written in JSON, and for people, while something happens in a request.
fn written(happens: impl Fn()) -> (serde_json::Value, String) {
    let (lines, texts) = (Lines::default(), Lines::default());
    let (writer, other) = (lines.clone(), texts.clone());
    let (json, text) = (Json::new(&["pin".into()]), Text::new(&["pin".into()]));
    let json = fmt::layer().fmt_fields(json.clone()).event_format(json).with_writer(move || writer.clone());
    let text = fmt::layer().fmt_fields(text.clone()).event_format(text).with_writer(move || other.clone());
    let place = Place {
        id: 0xabc,
        span: 0xdef,
        mode: Mode::Unsampled,
        is_random: true,
        propagators: Propagators::DEFAULT,
    };
    let outer = current::enter(place, None);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(json).with(text), happens);
    current::leave(outer);
    let line = lines.taken();
    assert_eq!(line.matches('\n').count(), 1, "{line}");
    (serde_json::from_str(&line).unwrap(), texts.taken())
}

#[test]
fn a_line_within_a_request_has_its_identifiers() {
    let (json, text) = written(|| tracing::info!(items = 3, "paid"));
    assert_eq!(json["message"], "paid");
    assert_eq!(json["level"], "INFO");
    assert_eq!(json["items"], 3);
    assert_eq!(json["trace_id"], "00000000000000000000000000000abc");
    assert_eq!(json["span_id"], "0000000000000def");
    assert_eq!(json["target"], module_path!());
    let (_, said) = text.split_once("Z  INFO ").unwrap();
    let ids = "trace_id=00000000000000000000000000000abc span_id=0000000000000def";
    assert_eq!(said, format!("{}: paid items=3 {ids}\n", module_path!()));
}

#[test]
fn what_is_secret_is_in_no_line() {
    let (json, text) = written(|| {
        let span =
            tracing::info_span!("login", password = "hunter2", user = "ada", late = tracing::field::Empty);
        span.record("late", 1);
        span.in_scope(|| {
            let error = io::Error::other("GET /a?token=hunter2 was refused");
            tracing::warn!(
                pin = 4242,
                http.request.header.authorization = "hunter2",
                url = "https://a/?page=1&sig=hunter2",
                error = &error as &dyn std::error::Error,
                "sent Bearer hunter2.hunter2.hunter2"
            );
        });
    });
    let shown = json.to_string();
    for text in [&*shown, &text] {
        assert!(!text.contains("hunter2") && !text.contains("4242"), "{text}");
        assert!(text.contains("Bearer ***") && text.contains("page=1&sig=***"), "{text}");
    }
    assert_eq!(
        json["span"],
        serde_json::json!({ "name": "login", "password": "***", "user": "ada", "late": 1 })
    );
    assert!(text.contains("user=ada late=1"), "{text}");
}

#[test]
fn a_value_cannot_end_its_line_nor_be_another_field() {
    let (json, text) = written(|| {
        tracing::info!(
            name = "a\n2026 ERROR forged\u{1b}[31m\u{202e}",
            level = "b",
            quoted = "x y=z",
            "a\r\nb"
        );
    });
    assert_eq!(json["name"], "a\n2026 ERROR forged\u{1b}[31m\u{202e}");
    assert_eq!((&json["level"], &json["field.level"]), (&"INFO".into(), &"b".into()));
    assert_eq!(text.matches('\n').count(), 1);
    assert!(!text.contains(['\r', '\u{1b}', '\u{202e}']), "{text}");
    assert!(text.contains(r#"quoted="x y=z""#), "{text}");
}

#[test]
fn a_long_value_is_cut() {
    let (json, text) = written(|| tracing::info!(body = "é".repeat(20_000)));
    assert_eq!(json["body"].as_str().map(str::len), Some(8192));
    assert!(text.len() < 9000);
}
