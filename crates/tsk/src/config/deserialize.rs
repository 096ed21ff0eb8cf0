//! A tree of settings as serde reads it, text turned into what the target asks for.

use std::borrow::Cow;
use std::cell::RefCell;
use std::slice;
use std::str::Split;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use super::fault::{Fault, Kind, Segment};
use super::origin::Origin;
use super::tree::{Entry, Node, Table, Value};

/// Reads the whole of `table` as a `T`.
pub(super) fn one<'de, T: Deserialize<'de>>(table: &'de Table) -> Result<T, Fault> {
    T::deserialize(Root { table, claimed: None })
}

/// Reads `table` as an `A` and a `B`: each takes the keys that it names, and a key that neither names is unknown.
pub(super) fn both<'de, A: Deserialize<'de>, B: Deserialize<'de>>(
    table: &'de Table,
) -> Result<(A, B), Fault> {
    let claimed = RefCell::new(Vec::new());
    let a = A::deserialize(Root { table, claimed: Some(&claimed) })?;
    let b = B::deserialize(Root { table, claimed: Some(&claimed) })?;
    let claimed = claimed.into_inner();
    match table.entries().iter().find(|entry| !claimed.contains(&entry.key.as_str())) {
        Some(entry) => Err(entry.fault(Fault::new(Kind::UnknownKey(Cow::Owned(claimed))))),
        None => Ok((a, b)),
    }
}

/// The top level, of which a struct may take a part.
#[derive(Clone, Copy)]
struct Root<'de, 'c> {
    table: &'de Table,
    /// Where to note the keys that a struct names; without it the struct gets every key.
    claimed: Option<&'c RefCell<Vec<&'static str>>>,
}

impl<'de> Deserializer<'de> for Root<'de, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(Entries::new(self.table))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let only = self.claimed.map(|claimed| {
            claimed.borrow_mut().extend(fields);
            fields
        });
        visitor.visit_map(Entries { only, ..Entries::new(self.table) })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier
    }
}

impl Entry {
    /// A fault that concerns this key.
    fn fault(&self, fault: Fault) -> Fault {
        fault.at(&self.origin).within(Segment::Key(self.key.clone()))
    }
}

/// One value and its place.
#[derive(Clone, Copy)]
struct Item<'de> {
    origin: &'de Origin,
    content: Content<'de>,
}

#[derive(Clone, Copy)]
enum Content<'de> {
    Typed(&'de Value),
    /// From a variable, a flag, a list in one of them, or a key: the target decides what it is.
    Text(&'de str),
}

impl<'de> Item<'de> {
    fn of(node: &'de Node) -> Item<'de> {
        let content = match &node.value {
            Value::Text(text) => Content::Text(text),
            value => Content::Typed(value),
        };
        Item { origin: &node.origin, content }
    }

    /// Reads text with `read` if the content is text; otherwise whatever it is.
    fn coerced<V: Visitor<'de>>(
        self,
        visitor: V,
        read: impl FnOnce(&'de str, V) -> Result<V::Value, Fault>,
    ) -> Result<V::Value, Fault> {
        match self.content {
            Content::Text(text) => read(text, visitor).map_err(|fault| fault.at(self.origin)),
            Content::Typed(_) => self.deserialize_any(visitor),
        }
    }
}

fn boolean<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Fault> {
    match text.trim().parse() {
        Ok(value) => visitor.visit_bool(value),
        Err(_) => visitor.visit_str(text),
    }
}

fn integer<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Fault> {
    match text.trim().parse() {
        Ok(value) => number(value, visitor),
        Err(_) => visitor.visit_str(text),
    }
}

fn float<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Fault> {
    match text.trim().parse() {
        Ok(value) => visitor.visit_f64(value),
        Err(_) => visitor.visit_str(text),
    }
}

/// Hands a number over in the smallest type that has room for it, as most visitors take no larger one.
fn number<'de, V: Visitor<'de>>(value: i128, visitor: V) -> Result<V::Value, Fault> {
    if let Ok(value) = i64::try_from(value) {
        visitor.visit_i64(value)
    } else if let Ok(value) = u64::try_from(value) {
        visitor.visit_u64(value)
    } else {
        visitor.visit_i128(value)
    }
}

macro_rules! coerce {
    ($($method:ident => $read:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.coerced(visitor, $read)
        }
    )*};
}

impl<'de> Deserializer<'de> for Item<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = match self.content {
            Content::Text(text) => {
                return visitor.visit_borrowed_str(text).map_err(|fault: Fault| fault.at(self.origin));
            }
            Content::Typed(value) => value,
        };
        match value {
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Integer(value) => number(*value, visitor),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::String(value) | Value::Text(value) => visitor.visit_borrowed_str(value),
            // Only the crate that made the type knows in what shape it wants to be read.
            Value::Datetime(value) => ValueDeserializer::from(Spanned::new(0..0, DeValue::Datetime(*value)))
                .deserialize_any(visitor)
                .map_err(|error| de::Error::custom(error.message())),
            Value::List(nodes) => every(Nodes(nodes.iter().enumerate()), visitor, nodes.len()),
            Value::Table(table) => visitor.visit_map(Entries::new(table)),
        }
        .map_err(|fault: Fault| fault.at(self.origin))
    }

    coerce! {
        deserialize_bool => boolean;
        deserialize_i8 => integer;
        deserialize_i16 => integer;
        deserialize_i32 => integer;
        deserialize_i64 => integer;
        deserialize_i128 => integer;
        deserialize_u8 => integer;
        deserialize_u16 => integer;
        deserialize_u32 => integer;
        deserialize_u64 => integer;
        deserialize_u128 => integer;
        deserialize_f32 => float;
        deserialize_f64 => float;
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.coerced(visitor, |text, visitor| {
            let texts = Texts { origin: self.origin, index: 0, rest: Some(text.split(',')) };
            if text.trim().is_empty() {
                visitor.visit_seq(Texts { rest: None, ..texts })
            } else {
                every(texts, visitor, text.split(',').count())
            }
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.coerced(visitor, |_, _| Err(Fault::new(Kind::Section(fields.first().copied()))))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.coerced(visitor, |_, _| Err(Fault::new(Kind::Section(None))))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.content {
            Content::Text(name) => visitor.visit_enum(by_name(name.trim())),
            Content::Typed(Value::String(name)) => visitor.visit_enum(by_name(name)),
            Content::Typed(Value::Table(table)) => match table.entries() {
                [entry] => visitor.visit_enum(entry),
                entries => Err(Fault::wrong_type(
                    format_args!("a table with {} keys", entries.len()),
                    "a name, or one key",
                )),
            },
            Content::Typed(_) => self.deserialize_any(visitor),
        }
        .map_err(|fault| fault.at(self.origin))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self).map_err(|fault| fault.at(self.origin))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self).map_err(|fault| fault.at(self.origin))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { char str string bytes byte_buf unit unit_struct identifier }
}

/// The keys and values of a table, or those of them that a struct names.
struct Entries<'de> {
    rest: slice::Iter<'de, Entry>,
    only: Option<&'static [&'static str]>,
    entry: Option<&'de Entry>,
}

impl<'de> Entries<'de> {
    fn new(table: &'de Table) -> Entries<'de> {
        Entries { rest: table.entries().iter(), only: None, entry: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let only = self.only;
        self.entry = self.rest.find(|entry| only.is_none_or(|only| only.contains(&entry.key.as_str())));
        let Some(entry) = self.entry else { return Ok(None) };
        let key = Item { origin: &entry.origin, content: Content::Text(&entry.key) };
        seed.deserialize(key).map(Some).map_err(|fault| entry.fault(fault))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let entry = self
            .entry
            .take()
            .ok_or_else(|| <Fault as de::Error>::custom("a value was read before its key"))?;
        seed.deserialize(Item::of(&entry.node)).map_err(|fault| entry.fault(fault))
    }
}

/// Reads a list, and holds the visitor to all of it.
fn every<'de, V: Visitor<'de>>(
    mut items: impl SeqAccess<'de, Error = Fault>,
    visitor: V,
    len: usize,
) -> Result<V::Value, Fault> {
    let value = visitor.visit_seq(&mut items)?;
    match items.size_hint() {
        Some(0) => Ok(value),
        rest => {
            let read = len.saturating_sub(rest.unwrap_or_default());
            Err(Fault::wrong_type(format_args!("a list of {len}"), &format!("a list of {read}")))
        }
    }
}

/// The items of a list in a file.
struct Nodes<'de>(std::iter::Enumerate<slice::Iter<'de, Node>>);

impl<'de> SeqAccess<'de> for Nodes<'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((index, node)) = self.0.next() else { return Ok(None) };
        seed.deserialize(Item::of(node)).map(Some).map_err(|fault| fault.within(Segment::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The items of a list with commas between them.
struct Texts<'de> {
    origin: &'de Origin,
    index: usize,
    rest: Option<Split<'de, char>>,
}

impl<'de> SeqAccess<'de> for Texts<'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(text) = self.rest.as_mut().and_then(Iterator::next) else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        let item = Item { origin: self.origin, content: Content::Text(text.trim()) };
        seed.deserialize(item).map(Some).map_err(|fault| fault.within(Segment::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.clone().map_or(0, Iterator::count))
    }
}

fn by_name(name: &str) -> StrDeserializer<'_, Fault> {
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
