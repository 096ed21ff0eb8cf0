//! JSON that is no longer than it may be.

use serde_json::Value;

/// How many items of a list are shown at most.
pub(crate) const MOST: usize = 100;

/// What there is room for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fitted {
    pub(crate) json: String,
    /// Whether something was left out.
    pub(crate) is_cut: bool,
}

/// Writes a value in at most `limit` bytes, or `null`. Where it is too long, its lists lose their ends: what matters most is to
/// be first.
pub(crate) fn fit(mut value: Value, limit: usize) -> Fitted {
    let mut json = value.to_string();
    let mut most = MOST;
    let mut is_cut = false;
    while json.len() > limit {
        is_cut = true;
        if most == 0 {
            return Fitted { json: "null".to_owned(), is_cut };
        }
        cut(&mut value, most);
        json = value.to_string();
        most /= 2;
    }
    Fitted { json, is_cut }
}

fn cut(value: &mut Value, most: usize) {
    match value {
        Value::Array(items) => {
            items.truncate(most);
            items.iter_mut().for_each(|item| cut(item, most));
        }
        Value::Object(members) => {
            let beyond: Vec<String> = members.keys().skip(most).cloned().collect();
            for name in &beyond {
                members.remove(name);
            }
            members.values_mut().for_each(|member| cut(member, most));
        }
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(most * CHARACTERS) {
                text.truncate(end);
                text.push('…');
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Of a text there are as many characters for each item of a list.
const CHARACTERS: usize = 20;

/// Leaves in lists of things those that have a text in them, whatever the case. `search` is in lower case.
pub(crate) fn sift(value: &mut Value, search: &str) {
    match value {
        Value::Array(items) => items.retain(|item| !item.is_object() || has(item, search)),
        Value::Object(members) => members.values_mut().for_each(|member| sift(member, search)),
        _ => {}
    }
}

fn has(value: &Value, search: &str) -> bool {
    match value {
        Value::String(text) => text.to_lowercase().contains(search),
        Value::Array(items) => items.iter().any(|item| has(item, search)),
        // What is searched for in `GET /users` is in two members of a route.
        Value::Object(members) => {
            members.values().any(|member| has(member, search))
                || match (members.get("method"), members.get("route")) {
                    (Some(Value::String(method)), Some(Value::String(route))) => {
                        format!("{method} {route}").to_lowercase().contains(search)
                    }
                    _ => false,
                }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[ -~é \"]{0,80}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 40, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map("[a-zé\"]{0,9}", inner, 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_there_is_fits_and_is_json(value in json(), limit in 4..2000_usize) {
            let whole = value.to_string().len();
            let fitted = fit(value, limit);
            prop_assert!(fitted.json.len() <= limit);
            prop_assert_eq!(fitted.is_cut, whole > limit);
            prop_assert!(serde_json::from_str::<Value>(&fitted.json).is_ok());
        }

        #[test]
        fn what_is_searched_for_stays(value in json(), search in "[a-z]{1,3}") {
            let mut sifted = json!({ "all": [{ "name": search.to_uppercase() }, value] });
            sift(&mut sifted, &search);
            prop_assert_eq!(&sifted["all"][0]["name"], &json!(search.to_uppercase()));
        }
    }

    #[test]
    fn a_list_loses_its_end_first() {
        let fitted = fit(json!({ "routes": (0..1000).collect::<Vec<_>>() }), 200);
        let value: Value = serde_json::from_str(&fitted.json).unwrap();
        assert_eq!((&value["routes"][0], fitted.is_cut), (&json!(0), true));
        assert_eq!(value["routes"].as_array().unwrap().len(), 50);
    }

    #[test]
    fn what_is_not_searched_for_goes_and_what_is_no_list_stays() {
        let mut value = json!({
            "all": { "p50": 1 },
            "history": [1, 2],
            "routes": [{ "method": "GET", "route": "/users" }, { "method": "GET", "route": "/orders" }],
        });
        sift(&mut value, "get /or");
        assert_eq!(value["routes"], json!([{ "method": "GET", "route": "/orders" }]));
        assert_eq!((&value["all"]["p50"], &value["history"]), (&json!(1), &json!([1, 2])));
    }
}
