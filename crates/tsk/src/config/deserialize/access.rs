//! The parts of tables, lists and enumerations, one at a time.

use std::slice;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::{Content, Item};
use crate::config::fault::{Fault, Kind, Segment};
use crate::config::tree::{Entry, Node, Table, Value};

/// The keys and values of a table, or those of them that a struct names.
pub(super) struct Entries<'de> {
    rest: slice::Iter<'de, Entry>,
    only: Option<&'static [&'static str]>,
    entry: Option<&'de Entry>,
}

impl<'de> Entries<'de> {
    pub(super) fn all(table: &'de Table) -> Entries<'de> {
        Entries { rest: table.entries().iter(), only: None, entry: None }
    }

    pub(super) fn only(table: &'de Table, keys: &'static [&'static str]) -> Entries<'de> {
        Entries { only: Some(keys), ..Entries::all(table) }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let only = self.only;
        self.entry = self.rest.find(|entry| {
            !entry.node.is_void() && only.is_none_or(|only| only.contains(&entry.key.as_str()))
        });
        let Some(entry) = self.entry else { return Ok(None) };
        let key = Item { origin: &entry.origin, content: Content::Text(&entry.key) };
        seed.deserialize(key).map(Some).map_err(|fault| entry.fault(fault))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let entry = self.entry.take();
        let entry =
            entry.ok_or_else(|| Fault::new(Kind::Custom("a value was read before its key".to_owned())))?;
        seed.deserialize(Item::of(&entry.node)).map_err(|fault| entry.fault(fault))
    }
}

/// The items of a list that are no mistakes, by their places.
pub(super) fn sound(nodes: &[Node]) -> impl Iterator<Item = (usize, Item<'_>)> + Clone {
    nodes.iter().enumerate().filter(|(_, node)| !node.is_void()).map(|(index, node)| (index, Item::of(node)))
}

/// Reads a list, and holds the visitor to all of it.
pub(super) fn list<'de, V: Visitor<'de>>(
    items: impl Iterator<Item = (usize, Item<'de>)> + Clone,
    visitor: V,
) -> Result<V::Value, Fault> {
    let len = items.clone().count();
    let mut list = List { items, left: len };
    let value = visitor.visit_seq(&mut list)?;
    if list.left == 0 {
        return Ok(value);
    }
    let read = len - list.left;
    Err(Fault::wrong_type(format_args!("a list of {len}"), &format!("a list of {read}")))
}

struct List<I> {
    items: I,
    left: usize,
}

impl<'de, I: Iterator<Item = (usize, Item<'de>)>> SeqAccess<'de> for List<I> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((index, item)) = self.items.next() else { return Ok(None) };
        self.left -= 1;
        seed.deserialize(item).map(Some).map_err(|fault| fault.within(Segment::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

pub(super) fn by_name(name: &str) -> StrDeserializer<'_, Fault> {
    name.into_deserializer()
}

/// A variant with content: the one key of a table.
impl<'de> EnumAccess<'de> for &'de Entry {
    type Error = Fault;
    type Variant = &'de Entry;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, &'de Entry), Fault> {
        seed.deserialize(by_name(&self.key)).map(|name| (name, self)).map_err(|fault| fault.at(&self.origin))
    }
}

impl<'de> VariantAccess<'de> for &'de Entry {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match &self.node.value {
            Value::List(nodes) if nodes.is_empty() => Ok(()),
            Value::Table(table) if table.entries().is_empty() => Ok(()),
            _ => Err(self.fault(Fault::wrong_type("a value", "the name alone"))),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(Item::of(&self.node)).map_err(|fault| self.fault(fault))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Fault> {
        Item::of(&self.node).deserialize_seq(visitor).map_err(|fault| self.fault(fault))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        Item::of(&self.node).deserialize_struct("", fields, visitor).map_err(|fault| self.fault(fault))
    }
}
