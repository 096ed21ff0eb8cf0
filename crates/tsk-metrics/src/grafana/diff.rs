//! What is different between a dashboard that Grafana has and the one that it should have.

use serde_json::Value;

/// Differences that are told of one dashboard; a change of hundreds is better looked at in Grafana.
const MOST: usize = 50;

/// What the server sets itself.
const OF_SERVER: [&str; 4] = ["id", "version", "iteration", "schemaVersion"];

/// Each difference in a line: `panels[3].title: "Erors", should be "Errors"`.
///
/// What Grafana has beyond what it should is left alone, as it adds defaults of its own: but for items of lists, such as panels.
pub(super) fn between(present: &Value, wanted: &Value) -> Vec<String> {
    let mut told = Vec::new();
    compare(present, wanted, "", &mut told);
    if told.len() > MOST {
        let more = told.len() - MOST;
        told.truncate(MOST);
        told.push(format!("and {more} more"));
    }
    told
}

fn compare(present: &Value, wanted: &Value, place: &str, told: &mut Vec<String>) {
    match (present, wanted) {
        (Value::Object(present), Value::Object(wanted)) => {
            for (name, value) in wanted {
                if place.is_empty() && OF_SERVER.contains(&name.as_str()) {
                    continue;
                }
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                match present.get(name) {
                    Some(present) => compare(present, value, &place, told),
                    // What is nothing may as well be left out.
                    None if value.is_null() || *value == "" || *value == Value::Array(Vec::new()) => {}
                    None => told.push(format!("{place}: nothing, should be {}", brief(value))),
                }
            }
        }
        (Value::Array(present), Value::Array(wanted)) => {
            if present.len() != wanted.len() {
                told.push(format!("{place}: {} of them, should be {}", present.len(), wanted.len()));
            }
            for (index, (present, wanted)) in present.iter().zip(wanted).enumerate() {
                compare(present, wanted, &format!("{place}[{index}]"), told);
            }
        }
        // 1 and 1.0 are one number.
        (Value::Number(present), Value::Number(wanted)) if present.as_f64() == wanted.as_f64() => {}
        _ if present == wanted => {}
        _ => told.push(format!("{place}: {}, should be {}", brief(present), brief(wanted))),
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_different_is_told_by_its_place() {
        let wanted = json!({
            "title": "a", "id": null, "version": 0, "tags": [], "time": { "from": "now-1h" },
            "panels": [{ "title": "one", "w": 12 }, { "title": "two" }],
        });
        assert!(between(&wanted, &wanted).is_empty());
        let mut present = wanted.clone();
        present["id"] = json!(7);
        present["version"] = json!(12);
        present["panels"][0]["w"] = json!(12.0);
        present["panels"][0]["pluginVersion"] = json!("13.0");
        present.as_object_mut().map(|fields| fields.remove("tags"));
        assert_eq!(between(&present, &wanted), Vec::<String>::new());
        present["panels"][1]["title"] = json!("zwei");
        present["time"] = json!({});
        let mut told = between(&present, &wanted);
        // Fields are in the order of whichever map it is.
        told.sort_unstable();
        assert_eq!(
            told,
            ["panels[1].title: \"zwei\", should be \"two\"", "time.from: nothing, should be \"now-1h\""]
        );
        present["panels"] = json!([]);
        assert!(between(&present, &wanted).contains(&"panels: 0 of them, should be 2".to_owned()));
    }

    #[test]
    fn there_is_an_end_to_it() {
        let of = |value: usize| Value::from((0..1000).map(|index| json!(index * value)).collect::<Vec<_>>());
        let told = between(&json!({ "panels": of(1) }), &json!({ "panels": of(2) }));
        assert_eq!((told.len(), &*told[MOST]), (MOST + 1, "and 949 more"));
    }
}
