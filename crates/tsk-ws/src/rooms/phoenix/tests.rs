#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn json(text: &str) -> Payload<'static> {
    Payload::Json(Cow::Owned(RawValue::from_string(text.to_owned()).unwrap()))
}

#[test]
fn reads_what_the_official_client_writes() {
    let text = r#"["3","7","chat:lobby","said",{"text":"Grüße \"all\""}]"#;
    let message = Message::from_text(text).unwrap();
    assert_eq!((message.join_ref.as_deref(), message.reference.as_deref()), (Some("3"), Some("7")));
    assert_eq!((&*message.topic, &*message.event), ("chat:lobby", "said"));
    assert_eq!(message.payload, json(r#"{"text":"Grüße \"all\""}"#));
    assert_eq!(message.to_text(), text);
    assert_eq!(
        Message::from_text(r#"[null,"1","phoenix","heartbeat",{}]"#).unwrap().to_text(),
        r#"[null,"1","phoenix","heartbeat",{}]"#
    );
}

#[test]
fn what_is_no_message_is_told_apart() {
    let cases = [
        ("", Malformed::Form),
        ("{}", Malformed::Form),
        ("[]", Malformed::Form),
        (r#"["1","2","topic","event"]"#, Malformed::Form),
        (r#"["1","2","topic","event",{},{}]"#, Malformed::Form),
        (r#"["1","2",null,"event",{}]"#, Malformed::Form),
        (r#"[1,"2","topic","event",{}]"#, Malformed::Form),
        (r#"["1","2","topic","event",{]"#, Malformed::Form),
    ];
    for (text, malformed) in cases {
        assert_eq!(Message::from_text(text), Err(malformed), "{text}");
    }
    let long = format!(r#"["1","2","{}","event",{{}}]"#, "t".repeat(256));
    assert_eq!(Message::from_text(&long), Err(Malformed::Long));
}

#[test]
fn a_payload_nests_as_deep_as_may_be_and_no_deeper() {
    let nested = |depth| format!(r#"[null,null,"t","e",{}{}]"#, "[".repeat(depth), "]".repeat(depth));
    assert!(Message::from_text(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(Message::from_text(&nested(MAX_DEPTH + 1)), Err(Malformed::Deep));
    assert_eq!(Message::from_text(&nested(1_000_000)), Err(Malformed::Deep));
}

#[test]
fn the_binary_forms_are_those_of_the_official_serializer() {
    let sent = Bytes::from_static(b"\x00\x01\x02\x03\x041\x32\x33a:bsaid\x01\xff");
    let message = Message::from_client(&sent).unwrap();
    assert_eq!((message.join_ref.as_deref(), message.reference.as_deref()), (Some("1"), Some("23")));
    assert_eq!((&*message.topic, &*message.event), ("a:b", "said"));
    assert_eq!(message.payload, Payload::Binary(Bytes::from_static(b"\x01\xff")));
    assert_eq!(message.to_server().unwrap(), sent);

    assert_eq!(&*push("1", "a:b", "said", b"\xff"), b"\x00\x01\x03\x041a:bsaid\xff");
    assert_eq!(&*reply("1", "23", "a:b", "ok", b"\xff"), b"\x01\x01\x02\x03\x02123a:bok\xff");
    assert_eq!(&*broadcast("a:b", "said", b"\xff"), b"\x02\x03\x04a:bsaid\xff");
}

#[test]
fn binary_heads_that_promise_too_much_are_refused() {
    for frame in [&b""[..], b"\x00", b"\x00\x01\x01\x01", b"\x00\x00\x00\x05\x00abc", b"\x03\x00\x00\x00\x00"]
    {
        assert_eq!(Message::from_client(&Bytes::copy_from_slice(frame)), Err(Malformed::Head), "{frame:?}");
    }
    // A client says nothing in a server's name.
    assert_eq!(Message::from_client(&reply("1", "2", "t", "ok", b"")), Err(Malformed::Head));
    assert_eq!(Message::from_client(&broadcast("t", "e", b"")), Err(Malformed::Head));
}

#[test]
fn bytes_are_an_object_where_there_is_text_alone() {
    let payload = Payload::Binary(Bytes::from_static(&[0, 255]));
    let message = Message { join_ref: None, reference: None, topic: "t".into(), event: "e".into(), payload };
    assert_eq!(message.to_text(), r#"[null,null,"t","e",{"base64":"AP8="}]"#);
}

#[test]
fn events_that_clients_believe_of_the_server_alone_are_reserved() {
    for name in ["phx_close", "phx_reply", "chan_reply_7", "presence_state", "presence_diff", "history_gap"] {
        assert!(event::is_reserved(name), "{name}");
    }
    assert!(!event::is_reserved("said") && !event::is_reserved("phoenix"));
}

fn name() -> impl Strategy<Value = String> {
    "\\PC{0,40}".prop_filter("it fits", |name| name.len() <= MAX_NAME)
}

proptest! {
    #[test]
    fn text_that_is_written_is_read_again(
        join_ref in proptest::option::of(name()), reference in proptest::option::of(name()),
        topic in name(), event in name(), value in "\\PC{0,40}",
    ) {
        let payload = json(&serde_json::json!({ "value": value }).to_string());
        let message = Message {
            join_ref: join_ref.map(Cow::Owned), reference: reference.map(Cow::Owned),
            topic: topic.into(), event: event.into(), payload,
        };
        let text = message.to_text();
        prop_assert_eq!(Message::from_text(&text), Ok(message));
    }

    #[test]
    fn bytes_that_are_written_are_read_again(
        topic in name(), event in name(), bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let frame = broadcast(&topic, &event, &bytes);
        let (message, status) = Message::from_server(&frame).unwrap();
        prop_assert_eq!((&*message.topic, &*message.event, status), (&*topic, &*event, None));
        prop_assert_eq!(message.payload, Payload::Binary(bytes.clone().into()));

        let sent = Message {
            join_ref: Some("1".into()), reference: Some("2".into()), topic: topic.into(), event: event.into(),
            payload: Payload::Binary(bytes.into()),
        };
        prop_assert_eq!(Message::from_client(&sent.to_server().unwrap()), Ok(sent));
    }

    #[test]
    fn nothing_that_comes_in_makes_it_panic(text in "\\PC*", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Message::from_text(&text);
        let bytes = Bytes::from(bytes);
        let _ = Message::from_client(&bytes);
        let _ = Message::from_server(&bytes);
    }
}
