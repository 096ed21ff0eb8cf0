#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::Value;

use super::*;

#[derive(Default)]
struct Any;

impl<'de> Members<'de> for Any {
    fn member<A: MapAccess<'de>>(&mut self, _: &str, map: &mut A) -> Result<(), A::Error> {
        skip(map)
    }
}

fn is_read(text: &str) -> bool {
    read::<Any>(text.as_bytes()).is_ok()
}

#[test]
fn a_name_that_is_there_twice_is_refused_at_every_depth_and_in_every_spelling() {
    assert!(is_read(r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}"#));
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"b":{"a":1,"a":2}}"#,
        r#"{"b":[0,{"c":{"a":1,"b":2,"a":3}}]}"#,
    ] {
        assert!(!is_read(text), "{text}");
    }
}

#[test]
fn anything_but_one_object_is_refused() {
    for text in [
        "",
        " ",
        "1",
        "null",
        "[]",
        r#""a""#,
        r#"{"a":1} x"#,
        r#"{"a":1}{}"#,
        r#"{"a":1,}"#,
        "\u{feff}{}",
        "{'a':1}",
        r#"{"a":NaN}"#,
        r#"{"a":01}"#,
        r#"{"a":1e999}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"a":1"#,
        r#"{"a":1}/**/"#,
    ] {
        assert!(!is_read(text), "{text}");
    }
    assert!(read::<Any>(b"{\"a\":\"\xff\"}").is_err());
}

#[test]
fn depth_and_number_have_bounds() {
    let deep = |depth: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(is_read(&deep(MAX_DEPTH - 1)));
    assert!(!is_read(&deep(MAX_DEPTH)));
    assert!(!is_read(&deep(100_000)));
    let wide = |count: usize| {
        let members: Vec<String> = (0..count).map(|number| format!(r#""{number}":0"#)).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(is_read(&wide(MAX_MEMBERS)));
    assert!(!is_read(&wide(MAX_MEMBERS + 1)));
    assert!(!is_read(&format!(r#"{{"a":{}}}"#, wide(MAX_MEMBERS + 1))));
    let long = |count: usize| format!(r#"{{"a":[{}]}}"#, vec!["0"; count].join(","));
    assert!(is_read(&long(MAX_MEMBERS)));
    assert!(!is_read(&long(MAX_MEMBERS + 1)));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(".{0,6}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_of_any_object_is_read(members in prop::collection::hash_map(".{0,6}", value(), 0..8)) {
        let object = Value::Object(members.into_iter().collect());
        prop_assert!(is_read(&object.to_string()));
    }

    #[test]
    fn no_text_whatever_is_more_than_refused(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read::<Any>(&text);
    }
}
