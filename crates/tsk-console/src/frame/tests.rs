#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use serde_json::json;

use super::*;

/// Shows what it was told.
struct Told(String, Mutex<Value>);

impl Insight for Told {
    fn name(&self) -> &str {
        &self.0
    }

    fn snapshot(&self) -> Value {
        let value = self.1.lock().unwrap().clone();
        assert_ne!(value, json!("panic"), "it was told to");
        value
    }
}

fn told(name: &str, value: Value) -> Arc<Told> {
    Arc::new(Told(name.to_owned(), Mutex::new(value)))
}

fn message(frame: &Frame, seen: u64) -> Value {
    serde_json::from_str(&frame.message(seen, 1000)).unwrap()
}

#[test]
fn whoever_comes_gets_all_and_whoever_stays_what_is_new() {
    let (still, moving) = (told("still", json!(1)), told("moving", json!(1)));
    let insights: [Arc<dyn Insight>; 2] = [still.clone(), moving.clone()];
    let first = Frame::take(None, 1, 5, &insights);
    assert_eq!(message(&first, 0)["changed"], json!({ "still": 1, "moving": 1 }));
    *moving.1.lock().unwrap() = json!(2);
    let second = Frame::take(Some(&first), 2, 6, &insights);
    let said = message(&second, 1);
    assert_eq!(said["changed"], json!({ "moving": 2 }));
    assert_eq!((&said["names"], &said["at_unix_ms"]), (&json!(["still", "moving"]), &json!(6)));
    assert_eq!(message(&second, 0)["changed"], json!({ "still": 1, "moving": 2 }));
    let third = Frame::take(Some(&second), 3, 7, &insights[1..]);
    assert_eq!(
        (&message(&third, 2)["changed"], &message(&third, 2)["names"]),
        (&json!({}), &json!(["moving"]))
    );
}

#[test]
fn who_panics_hides_nobody_else() {
    let insights: [Arc<dyn Insight>; 2] = [told("broken", json!("panic")), told("sound", json!(1))];
    let said = message(&Frame::take(None, 1, 0, &insights), 0);
    assert_eq!(said["changed"], json!({ "broken": null, "sound": 1 }));
}

#[test]
fn a_frame_is_bounded_whatever_is_shown() {
    let long: Vec<_> = (0..700).map(|number| json!({ "route": "/x".repeat(50), "number": number })).collect();
    let insights: Vec<Arc<dyn Insight>> =
        (0..80).map(|number| told(&format!("many-{number}"), json!(long)) as _).collect();
    let frame = Frame::take(None, 1, 0, &insights);
    let said = frame.message(0, 1000);
    assert!(said.len() < FRAME_BYTES + NAMES * 100, "{}", said.len());
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["names"].as_array().unwrap().len(), NAMES);
    assert_eq!(said["cut"].as_array().unwrap().len(), NAMES);
    assert_eq!(said["changed"]["many-0"][0]["number"], 0);
    assert_eq!(said["changed"]["many-63"], Value::Null);
}

#[test]
fn text_of_whatever_kind_is_one_line_of_json() {
    let hostile = "</script><script>alert(1)</script>\r\n\r\ndata: x\u{2028}\0\"\\";
    let insights: [Arc<dyn Insight>; 1] = [told("hostile", json!({ hostile: hostile }))];
    let frame = Frame::take(None, 1, 0, &insights);
    assert!(!frame.message(0, 1).contains(['\r', '\n']));
    assert_eq!(message(&frame, 0)["changed"]["hostile"][hostile], hostile);
}
