//! Values that fit a schema.
//!
//! An example is chosen if the schema has one, and made otherwise: the same schema always gives the same value.

mod accepts;
mod array;
mod format;
mod generator;
mod merge;
mod number;
mod object;
mod pattern;
mod text;

use std::{cell::RefCell, collections::HashMap};

use serde_json::Value;

use crate::ordered;
use generator::Generator;

/// Who sends a value: members are for one side alone where they say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// It is for nobody in particular.
    Any,
    /// The client: without what is `readOnly`.
    Request,
    /// The server: without what is `writeOnly`.
    Answer,
}

/// An example for a JSON Schema (draft 2020-12): the first of its `examples`, or one that is made.
///
/// Definitions are looked up in the schema itself, under `$defs`. `None` if nothing was found that fits, which is so for a
/// schema that allows nothing, and may be so for one that is hard to satisfy.
///
/// ```
/// let schema = serde_json::json!({
///     "type": "object",
///     "properties": {
///         "id": { "type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$" },
///         "email": { "type": "string", "format": "email" },
///         "age": { "type": "integer", "minimum": 18 },
///     },
/// });
/// assert_eq!(
///     tsk_docs::example(&schema),
///     Some(serde_json::json!({ "id": "AA-0000", "email": "ada@example.com", "age": 18 }))
/// );
/// ```
pub fn example(schema: &Value) -> Option<Value> {
    of(schema, Side::Any)
}

/// Examples of schemas, each made once however many operations have it.
#[derive(Default)]
pub(crate) struct Examples(RefCell<HashMap<(u128, Side), Option<Value>>>);

impl Examples {
    pub(crate) fn of(&self, schema: &Value, side: Side) -> Option<Value> {
        self.of_hashed(ordered::hash(schema), schema, side)
    }

    /// Of a schema whose number is known.
    pub(crate) fn of_hashed(&self, hash: u128, schema: &Value, side: Side) -> Option<Value> {
        let find = |side| self.0.borrow().get(&(hash, side)).cloned();
        if let Some(known) = find(side) {
            return known;
        }
        let is_one_sided = side != Side::Any && is_one_sided(schema);
        // What is for both sides is made once.
        let made = match find(Side::Any).filter(|_| !is_one_sided) {
            Some(made) => made,
            None => of(schema, side),
        };
        let mut all = self.0.borrow_mut();
        if !is_one_sided {
            all.insert((hash, Side::Any), made.clone());
        }
        all.insert((hash, side), made.clone());
        made
    }
}

/// Whether something in a schema is for the client alone, or for the server.
fn is_one_sided(schema: &Value) -> bool {
    let own = |keyword| schema.get(keyword).is_some_and(|is| *is != Value::Bool(false));
    let mut found = own("readOnly") || own("writeOnly");
    crate::schema::keywords::each_child(schema, |child| found = found || is_one_sided(child));
    found
}

pub(crate) fn of(schema: &Value, side: Side) -> Option<Value> {
    explicit(schema).cloned().or_else(|| generated(schema, side))
}

/// The example that somebody chose: on the schema, or on the definition that it is.
pub(crate) fn explicit(schema: &Value) -> Option<&Value> {
    chosen(schema).or_else(|| chosen(referred(schema, schema.get("$ref")?.as_str()?)?))
}

fn chosen(schema: &Value) -> Option<&Value> {
    schema.get("examples").and_then(Value::as_array).and_then(|all| all.first())
}

/// One that is made: with everything that may be there, or else with what must be.
pub(crate) fn generated(root: &Value, side: Side) -> Option<Value> {
    [true, false]
        .into_iter()
        .filter_map(|optional| Generator::new(root, side, optional).value(root, 0))
        .find(|value| accepts::accepts(root, root, value))
}

/// What a reference within a schema leads to.
fn referred<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    if reference == "#" {
        return Some(root);
    }
    let name = crate::schema::keywords::local_name(reference)?;
    ["$defs", "definitions"].iter().find_map(|keyword| root.get(keyword)?.get(&name))
}

#[cfg(test)]
mod tests;
