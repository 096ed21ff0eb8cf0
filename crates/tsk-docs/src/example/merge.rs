//! Two schemas that both hold, as one.

use serde_json::{Map, Value, json};

/// The schema that allows what both allow, as far as one schema can say it. `None` if that is nothing.
///
/// What cannot be merged, such as two patterns, stays as it was in the first: who uses the result has to see whether a
/// value fits both.
pub(super) fn merge(mut first: Map<String, Value>, second: Map<String, Value>) -> Option<Map<String, Value>> {
    for (keyword, theirs) in second {
        let Some(ours) = first.remove(&keyword) else {
            first.insert(keyword, theirs);
            continue;
        };
        let merged = match keyword.as_str() {
            "properties" | "patternProperties" | "dependentSchemas" => named(ours, theirs),
            "required" => union(ours, theirs),
            "type" => types(&ours, &theirs)?,
            "enum" => common(&ours, &theirs)?,
            "const" if ours != theirs => return None,
            "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" | "minContains" => {
                if ours.as_f64() >= theirs.as_f64() {
                    ours
                } else {
                    theirs
                }
            }
            "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" | "maxContains" => {
                if ours.as_f64() <= theirs.as_f64() {
                    ours
                } else {
                    theirs
                }
            }
            "items" | "additionalProperties" | "contains" | "propertyNames" => both(ours, theirs),
            "uniqueItems" => Value::Bool(ours == true || theirs == true),
            "multipleOf" => multiple(ours, theirs),
            "not" => json!({ "anyOf": [ours, theirs] }),
            _ => ours,
        };
        first.insert(keyword, merged);
    }
    Some(first)
}

fn both(ours: Value, theirs: Value) -> Value {
    if ours == theirs { ours } else { json!({ "allOf": [ours, theirs] }) }
}

fn named(ours: Value, theirs: Value) -> Value {
    let (Value::Object(mut ours), Value::Object(theirs)) = (ours, theirs) else { return json!({}) };
    for (name, schema) in theirs {
        let merged = match ours.remove(&name) {
            Some(own) => both(own, schema),
            None => schema,
        };
        ours.insert(name, merged);
    }
    Value::Object(ours)
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

fn union(ours: Value, theirs: Value) -> Value {
    let more: Vec<_> = list(&theirs).iter().filter(|each| !list(&ours).contains(each)).cloned().collect();
    list(&ours).iter().cloned().chain(more).collect()
}

fn types(ours: &Value, theirs: &Value) -> Option<Value> {
    let allows = |kinds: &Value, kind: &Value| {
        list(kinds).contains(kind) || (kind == "integer" && list(kinds).iter().any(|each| each == "number"))
    };
    let narrower = |of: &Value, by: &Value| -> Vec<Value> {
        list(of).iter().filter(|kind| allows(by, kind)).cloned().collect()
    };
    let mut kinds = narrower(ours, theirs);
    let more: Vec<_> = narrower(theirs, ours).into_iter().filter(|kind| !kinds.contains(kind)).collect();
    kinds.extend(more);
    (!kinds.is_empty()).then_some(Value::Array(kinds))
}

fn common(ours: &Value, theirs: &Value) -> Option<Value> {
    let common: Vec<_> = list(ours).iter().filter(|each| list(theirs).contains(each)).cloned().collect();
    (!common.is_empty()).then_some(Value::Array(common))
}

fn multiple(ours: Value, theirs: Value) -> Value {
    match (ours.as_u64(), theirs.as_u64()) {
        (Some(a), Some(b)) if a > 0 && b > 0 => {
            let mut step = a;
            while step % b != 0 {
                match step.checked_add(a) {
                    Some(next) if next / a <= b => step = next,
                    _ => return ours,
                }
            }
            step.into()
        }
        _ => ours,
    }
}
