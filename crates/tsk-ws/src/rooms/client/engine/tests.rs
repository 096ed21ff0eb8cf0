#![allow(clippy::unwrap_used)]

use std::time::Duration;

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;
use tokio::sync::oneshot::error::TryRecvError;

use super::*;
use crate::rooms::client::member::Asking;

/// What a server might say, and what happens beside it.
#[derive(Debug, Clone)]
enum Step {
    Text(String),
    Bytes(Vec<u8>),
    Lost,
    Opened,
    Later(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let join_ref = select(vec!["null", "\"1\"", "\"4\"", "\"7\"", "\"9\""]);
    let reference = select(vec![
        "null",
        "\"3\"",
        "\"4\"",
        "\"5\"",
        "\"6\"",
        "\"7\"",
        "\"8\"",
        "\"@1\"",
        "\"@6\"",
        "\"@18446744073709551615\"",
        "\"x\"",
    ]);
    let topic = select(vec!["a", "b", "phoenix", "other"]);
    let event = select(vec![
        "phx_reply",
        "phx_close",
        "phx_error",
        "history_gap",
        "presence_state",
        "presence_diff",
        "said",
    ]);
    let payload = select(vec![
        r#"{"status":"ok","response":{}}"#,
        r#"{"status":"ok","response":{"history":{"epoch":"0000000000000001","offset":5},"offset":18446744073709551615}}"#,
        r#"{"status":"ok","response":{"history":{"epoch":"0000000000000002","offset":0}}}"#,
        r#"{"status":"error","response":{"reason":"full"}}"#,
        r#"{"status":"error","response":7}"#,
        r#"{"from":1,"to":18446744073709551615}"#,
        r#"{"from":null,"to":0}"#,
        r#"{"a":{"metas":[{"phx_ref":"1"}]}}"#,
        r#"{"joins":{"a":{"metas":[{"phx_ref":"2"}]}},"leaves":{"a":{"metas":[{"phx_ref":"1"},{}]}}}"#,
        "[]",
    ]);
    let text = (join_ref, reference, topic, event, payload).prop_map(
        |(join_ref, reference, topic, event, payload)| {
            Step::Text(format!("[{join_ref},{reference},\"{topic}\",\"{event}\",{payload}]"))
        },
    );
    // What makes sense, in some order.
    let usual = select(vec![
        r#"["3","3","a","phx_reply",{"status":"ok","response":{"history":{"epoch":"0000000000000001","offset":5}}}]"#,
        r#"["4","4","b","phx_reply",{"status":"ok","response":{}}]"#,
        r#"[null,"@6","a","said",{}]"#,
        r#"[null,"@18446744073709551615","a","said",{}]"#,
    ]);
    let bytes = phoenix::broadcast("a", "said", b"x").to_vec();
    prop_oneof![
        12 => text,
        6 => usual.prop_map(|text| Step::Text(text.to_owned())),
        2 => Just(Step::Bytes(bytes)),
        1 => ".*".prop_map(Step::Text),
        2 => (0_u8..4, vec(0_u8..8, 0..12)).prop_map(|(kind, rest)| Step::Bytes([&[kind][..], &rest].concat())),
        1 => Just(Step::Lost),
        1 => Just(Step::Opened),
        2 => (0_u64..20).prop_map(Step::Later),
    ]
}

proptest! {
    /// Nothing that a server says breaks a client, has it say without end, or leaves somebody without an answer.
    #[test]
    fn whatever_a_server_says_everybody_is_answered(steps in vec(step(), 0..80)) {
        let (mut engine, mut now) = (Engine::new(Settings::default()), Instant::now());
        let (mut joins, mut answers) = (Vec::new(), Vec::new());
        for name in ["a", "b"] {
            let topic = Topic::new(name).unwrap();
            let place = engine.join(&topic, Asking::default(), Duration::from_secs(60), now).unwrap();
            for n in 0..3 {
                let payload = Payload::of(&json!({ "n": n })).unwrap();
                let saying = Saying { event: "said".into(), payload, is_repeatable: n != 1, deadline: Duration::from_secs(30) };
                answers.push(engine.push(&topic, place.serial, saying, now).unwrap());
            }
            joins.push(place.joined);
        }
        engine.opened(now);
        for step in steps {
            match step {
                Step::Text(text) => engine.hear_text(&text, now, 0.5),
                Step::Bytes(bytes) => engine.hear_bytes(&bytes.into(), now, 0.5),
                Step::Lost => engine.lost(),
                Step::Opened => engine.opened(now),
                Step::Later(seconds) => now += Duration::from_secs(seconds),
            }
            engine.tick(now, 0.5);
            let said = std::iter::from_fn(|| engine.next(now)).take(50).count();
            prop_assert!(said < 50);
            prop_assert!(engine.due(true).is_none_or(|due| due > now) || engine.course(now) != Course::On);
        }
        engine.over();
        prop_assert!(answers.iter_mut().all(|answer| answer.try_recv().is_ok()));
        prop_assert!(joins.iter_mut().all(|joined| !matches!(joined.try_recv(), Err(TryRecvError::Empty))));
    }
}
