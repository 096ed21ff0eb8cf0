//! A tree of settings as serde reads it, text turned into what the target asks for.

mod access;

use std::borrow::Cow;
use std::cell::RefCell;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use self::access::{Entries, by_name, list, sound};
use super::fault::{Fault, Kind, Segment};
use super::origin::Origin;
use super::tree::{Entry, Node, Table, Value};

/// Reads the whole of `table` as a `T`.
pub(super) fn one<'de, T: Deserialize<'de>>(table: &'de Table) -> Result<T, Fault> {
    T::deserialize(Root { table, claimed: None })
}

/// The keys of the top level that a struct has a field for.
pub(super) type Claimed = RefCell<Vec<&'static str>>;

/// Reads those keys of `table` that `T` names, and notes them.
pub(super) fn part<'de, T: Deserialize<'de>>(table: &'de Table, claimed: &Claimed) -> Result<T, Fault> {
    T::deserialize(Root { table, claimed: Some(claimed) })
}

/// Checks that every key of `table` was claimed.
pub(super) fn all_claimed(table: &Table, claimed: &Claimed) -> Result<(), Fault> {
    let claimed = claimed.borrow();
    let is_left = |entry: &&Entry| !entry.node.is_void() && !claimed.contains(&entry.key.as_str());
    match table.entries().iter().find(is_left) {
        Some(entry) => Err(entry.fault(Fault::new(Kind::UnknownKey(Cow::Owned(claimed.clone()))))),
        None => Ok(()),
    }
}

/// The top level, of which a struct may take a part.
#[derive(Clone, Copy)]
struct Root<'de, 'c> {
    table: &'de Table,
    /// Where to note the keys that a struct names; without it the struct gets every key.
    claimed: Option<&'c Claimed>,
}

impl<'de> Deserializer<'de> for Root<'de, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(Entries::all(self.table))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let Some(claimed) = self.claimed else { return self.deserialize_any(visitor) };
        claimed.borrow_mut().extend(fields);
        visitor.visit_map(Entries::only(self.table, fields))
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
            Value::List(nodes) => list(sound(nodes), visitor),
            Value::Table(table) => visitor.visit_map(Entries::all(table)),
            Value::Void => visitor.visit_unit(),
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
            let blank = text.trim().is_empty();
            let items = text.split(',').filter(|_| !blank);
            let items = items.map(|item| Item { content: Content::Text(item.trim()), ..self });
            list(items.enumerate(), visitor)
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
