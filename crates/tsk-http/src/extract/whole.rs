//! Whole numbers that are written with a fraction.

/// The largest number up to which every whole one is a double: 2⁵³.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// The JSON with `3.0` and `3e2` as `3` and `300`; `None` where it has no such number.
///
/// To JSON, and to JSON Schema (draft 2020-12, Core §4.2.3), they are the same number, and an integer. To a field that is an
/// integer they are not. Only numbers are rewritten: whoever reads the result sees all else that was wrong before.
pub(super) fn numbers(json: &[u8]) -> Option<Vec<u8>> {
    let mut rewritten = Vec::new();
    let mut rest = json;
    let mut is_changed = false;
    while let Some(&byte) = rest.first() {
        let length = match byte {
            b'"' => string(rest),
            b'-' | b'0'..=b'9' => number(rest),
            _ => 1,
        };
        let (token, after) = rest.split_at(length);
        match whole(token) {
            Some(number) => {
                rewritten.extend_from_slice(number.to_string().as_bytes());
                is_changed = true;
            }
            None => rewritten.extend_from_slice(token),
        }
        rest = after;
    }
    is_changed.then_some(rewritten)
}

/// The length of the string that begins there, quotes included.
fn string(json: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

/// The length of the number that begins there.
fn number(json: &[u8]) -> usize {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    json.iter().position(|byte| !is_part(byte)).unwrap_or(json.len())
}

/// The whole number that a token with a fraction or an exponent is.
fn whole(token: &[u8]) -> Option<i64> {
    let is_number = matches!(token.first(), Some(b'-' | b'0'..=b'9'));
    if !is_number || !token.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        return None;
    }
    // What is no number by the rules of JSON stays one that is none.
    let number: f64 = serde_json::from_slice(token).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and no larger than what is exact")]
    (number.fract() == 0.0 && number.abs() <= LARGEST).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn whole_numbers_lose_their_fraction_and_nothing_else_changes() {
        for (before, after) in [
            ("1.0", "1"),
            ("-1.00", "-1"),
            ("[3e2,-0.0,1E+3]", "[300,0,1000]"),
            (r#"{"1.0":"2.0\"3.0","b":4.0}"#, r#"{"1.0":"2.0\"3.0","b":4}"#),
            ("9007199254740992.0", "9007199254740992"),
        ] {
            assert_eq!(numbers(before.as_bytes()).as_deref(), Some(after.as_bytes()), "{before}");
        }
        for same in ["1", "1.5", "1e-1", "1e300", "01.0", "1.", "\"1.0\"", "\"1.0", "\"\\", "", "-", "1.0.0"]
        {
            assert_eq!(numbers(same.as_bytes()), None, "{same}");
        }
    }

    /// Any value, without what is no number.
    fn value() -> impl Strategy<Value = Value> {
        let number = prop_oneof![any::<i32>().prop_map(f64::from), -1e18..1e18];
        let leaf =
            prop_oneof![number.prop_map(|number| json!(number)), ".{0,8}".prop_map(|text| json!(text))];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|all| Value::Object(all.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_comes_out_is_the_same_value(value in value()) {
            fn same(a: &Value, b: &Value) -> bool {
                match (a, b) {
                    (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
                    (Value::Array(a), Value::Array(b)) => {
                        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
                    }
                    (Value::Object(a), Value::Object(b)) => {
                        a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
                    }
                    (a, b) => a == b,
                }
            }
            let text = value.to_string();
            if let Some(rewritten) = numbers(text.as_bytes()) {
                let before: Value = serde_json::from_str(&text).unwrap();
                let rewritten: Value = serde_json::from_slice(&rewritten).unwrap();
                prop_assert!(same(&before, &rewritten), "{text} became {rewritten}");
            }
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = numbers(&bytes);
        }
    }
}
