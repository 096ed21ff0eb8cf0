//! From a schema to a value.

use std::cell::{Cell, RefCell};

use serde_json::{Map, Value, json};

use super::{Side, accepts::accepts, array, merge::merge, number, object, referred, text};

/// How many schemas may be looked at for one example. Definitions that refer to each other in every combination would
/// otherwise be followed in every order.
const BUDGET: u32 = 20_000;
/// Beyond this depth, what may be left out is.
const DEPTH: u32 = 6;

/// Makes values for the schemas within one root.
pub(super) struct Generator<'a> {
    root: &'a Value,
    side: Side,
    /// Whether properties that may be left out are there.
    optional: bool,
    left: Cell<u32>,
    depth: Cell<u32>,
    /// The references that are being followed: none is entered twice.
    open: RefCell<Vec<String>>,
}

impl<'a> Generator<'a> {
    pub(super) fn new(root: &'a Value, side: Side, optional: bool) -> Self {
        let (left, depth, open) = (Cell::new(BUDGET), Cell::new(0), RefCell::default());
        Self { root, side, optional, left, depth, open }
    }

    /// Whether a property that is not required is to be there.
    pub(super) fn wants_optional(&self) -> bool {
        self.optional && self.depth.get() < DEPTH
    }

    /// Whether a property is for the other side alone.
    pub(super) fn leaves_out(&self, property: &Value) -> bool {
        let keyword = match self.side {
            Side::Any => return false,
            Side::Request => "readOnly",
            Side::Answer => "writeOnly",
        };
        property.get(keyword) == Some(&Value::Bool(true))
    }

    /// A value for the schema. With another `nth`, another value where there is one.
    pub(super) fn value(&self, schema: &Value, nth: usize) -> Option<Value> {
        let left = self.left.get().checked_sub(1)?;
        self.left.set(left);
        let map = match schema {
            Value::Object(map) => map,
            Value::Bool(false) => return None,
            _ => return Some(anything(nth)),
        };
        let followed = self.open.borrow().len();
        self.depth.set(self.depth.get() + 1);
        let value = self.flat(map).and_then(|flat| self.flat_value(&flat, nth));
        self.depth.set(self.depth.get() - 1);
        self.open.borrow_mut().truncate(followed);
        value
    }

    /// Another value where there is one, and otherwise the first: for a part of what as a whole has to differ.
    pub(super) fn varied(&self, schema: &Value, nth: usize) -> Option<Value> {
        self.value(schema, nth).or_else(|| (nth > 0).then(|| self.value(schema, 0))?)
    }

    pub(super) fn fits(&self, schema: &Value, value: &Value) -> bool {
        accepts(self.root, schema, value)
    }

    /// The schema with what it refers to and what it combines in one. The references stay open: the caller closes them.
    fn flat(&self, map: &Map<String, Value>) -> Option<Map<String, Value>> {
        let mut flat = map.clone();
        let reference = flat.remove("$ref");
        let all = flat.remove("allOf");
        if let Some(Value::String(reference)) = reference {
            if self.open.borrow().contains(&reference) {
                return None;
            }
            let target = referred(self.root, &reference)?;
            self.open.borrow_mut().push(reference);
            flat = self.with(flat, target)?;
        }
        if let Some(Value::Array(all)) = all {
            for each in &all {
                flat = self.with(flat, each)?;
            }
        }
        Some(flat)
    }

    fn with(&self, flat: Map<String, Value>, other: &Value) -> Option<Map<String, Value>> {
        match other {
            Value::Object(other) => merge(flat, self.flat(other)?),
            Value::Bool(false) => None,
            _ => Some(flat),
        }
    }

    fn flat_value(&self, flat: &Map<String, Value>, nth: usize) -> Option<Value> {
        if let Some(only) = flat.get("const") {
            return Some(only.clone());
        }
        if let Some(Value::Array(values)) = flat.get("enum") {
            return self.chosen(flat, values, nth);
        }
        let proposed = flat.get("examples").and_then(Value::as_array).into_iter().flatten();
        let proposed = proposed.chain(flat.get("default").filter(|value| !value.is_null())).nth(nth);
        if let Some(proposed) = proposed
            && self.fits(&Value::Object(flat.clone()), proposed)
        {
            return Some(proposed.clone());
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(Value::Array(alternatives)) = flat.get(keyword) {
                return self.alternative(flat, keyword, alternatives, nth);
            }
        }
        if flat.contains_key("if") {
            return self.conditional(flat, nth);
        }
        let value = self.typed(flat, nth)?;
        let excluded = flat.get("not").is_some_and(|not| self.fits(not, &value));
        if excluded { (nth + 1..nth + 4).find_map(|nth| self.allowed(flat, nth)) } else { Some(value) }
    }

    fn allowed(&self, flat: &Map<String, Value>, nth: usize) -> Option<Value> {
        self.typed(flat, nth).filter(|value| !self.fits(&flat["not"], value))
    }

    fn chosen(&self, flat: &Map<String, Value>, values: &[Value], nth: usize) -> Option<Value> {
        let whole = Value::Object(flat.clone());
        let fitting: Vec<_> = values.iter().filter(|value| self.fits(&whole, value)).collect();
        let fitting_non_null: Vec<_> = fitting.iter().copied().filter(|value| !value.is_null()).collect();
        let from = if fitting_non_null.is_empty() { fitting } else { fitting_non_null };
        from.get(nth % from.len().max(1)).map(|value| (*value).clone())
    }

    /// A value of the first alternative that has one which fits the whole; null only if there is no other.
    fn alternative(
        &self,
        flat: &Map<String, Value>,
        keyword: &str,
        alternatives: &[Value],
        nth: usize,
    ) -> Option<Value> {
        let whole = Value::Object(flat.clone());
        let mut rest = flat.clone();
        rest.remove(keyword);
        let (nulls, others): (Vec<_>, Vec<_>) =
            alternatives.iter().partition(|each| each.get("type").is_some_and(|kind| kind == "null"));
        let count = others.len().max(1);
        let turned = others.iter().cycle().skip(nth % count).take(others.len()).chain(&nulls);
        turned.into_iter().find_map(|alternative| {
            let both = json!({ "allOf": [rest, alternative] });
            (nth / count..nth / count + 3)
                .find_map(|nth| self.value(&both, nth).filter(|value| self.fits(&whole, value)))
        })
    }

    fn conditional(&self, flat: &Map<String, Value>, nth: usize) -> Option<Value> {
        let whole = Value::Object(flat.clone());
        let mut rest = flat.clone();
        let condition = rest.remove("if")?;
        let then = rest.remove("then").unwrap_or(Value::Bool(true));
        let other = rest.remove("else").unwrap_or(Value::Bool(true));
        [json!({ "allOf": [rest, condition, then] }), json!({ "allOf": [rest, other] })]
            .iter()
            .find_map(|branch| self.value(branch, nth).filter(|value| self.fits(&whole, value)))
    }

    fn typed(&self, flat: &Map<String, Value>, nth: usize) -> Option<Value> {
        let kinds: Vec<&str> = match flat.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => vec![implied(flat)],
        };
        let null_last =
            kinds.iter().filter(|kind| **kind != "null").chain(kinds.iter().filter(|kind| **kind == "null"));
        null_last.into_iter().find_map(|kind| match *kind {
            "object" => object::value(self, flat, nth),
            "array" => array::value(self, flat, nth),
            "integer" => number::integer(flat, nth),
            "number" => number::number(flat, nth),
            "boolean" => Some(Value::Bool(nth.is_multiple_of(2))),
            "string" => text::value(flat, nth).map(Value::String),
            "null" => Some(Value::Null),
            _ => Some(anything(nth)),
        })
    }
}

fn anything(nth: usize) -> Value {
    if nth == 0 { "anything".into() } else { nth.into() }
}

/// The type that a schema without one is about, by its keywords.
fn implied(flat: &Map<String, Value>) -> &'static str {
    const KEYWORDS: [(&str, &[&str]); 4] = [
        (
            "object",
            &[
                "properties",
                "required",
                "additionalProperties",
                "patternProperties",
                "minProperties",
                "propertyNames",
            ],
        ),
        ("array", &["items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems"]),
        ("string", &["minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"]),
        ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ];
    let about = KEYWORDS.iter().find(|(_, keywords)| keywords.iter().any(|each| flat.contains_key(*each)));
    about.map_or("anything", |(kind, _)| *kind)
}
