//! Path parameters as a serde data format.

use std::{borrow::Cow, fmt};

use percent_encoding::percent_decode_str;
use serde::{
    Deserializer,
    de::{
        DeserializeSeed, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
        Visitor,
    },
    forward_to_deserialize_any,
};
use tsk_core::Params;

/// The parameters of one path.
#[derive(Clone, Copy)]
pub(super) struct PathParams<'a> {
    path: &'a str,
    params: &'a Params,
    names: &'a [Box<str>],
    next: usize,
}

impl<'a> PathParams<'a> {
    pub(super) fn new(path: &'a str, params: &'a Params, names: &'a [Box<str>]) -> Self {
        Self { path, params, names, next: 0 }
    }

    fn get(&self, index: usize) -> Option<Param<'a>> {
        let (name, raw) = (self.names.get(index)?, self.params.value(self.path, index)?);
        Some(Param { name, raw })
    }

    fn take(&mut self) -> Option<Param<'a>> {
        let param = self.get(self.next)?;
        self.next += 1;
        Some(param)
    }

    fn only(&self) -> Result<Param<'a>, Error> {
        match self.get(0) {
            Some(param) if self.params.len() == 1 => Ok(param),
            _ => Err(self.mismatch(1)),
        }
    }

    fn mismatch(&self, wanted: usize) -> Error {
        Error::Ours(format!(
            "the handler takes {wanted} path parameters, the route has {}",
            self.params.len()
        ))
    }
}

/// One parameter, as the client sent it.
#[derive(Clone, Copy)]
struct Param<'a> {
    name: &'a str,
    raw: &'a str,
}

impl<'a> Param<'a> {
    fn text(self) -> Result<Cow<'a, str>, Error> {
        if !self.raw.contains('%') {
            return Ok(Cow::Borrowed(self.raw));
        }
        let error = |_| self.error("its percent-encoding is not UTF-8");
        percent_decode_str(self.raw).decode_utf8().map_err(error)
    }

    fn error(self, reason: impl fmt::Display) -> Error {
        Error::Theirs { name: self.name.to_owned(), reason: reason.to_string() }
    }

    /// The visitor's own words, such as a UUID parser's, say what is wrong; the name says where.
    fn named(self, error: Error) -> Error {
        match error {
            Error::Theirs { reason, .. } => self.error(reason),
            ours @ Error::Ours(_) => ours,
        }
    }
}

/// What is wrong with a path.
#[derive(Debug)]
pub(super) enum Error {
    /// The client sent a wrong value of that parameter.
    Theirs { name: String, reason: String },
    /// The route and its handler do not fit.
    Ours(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Theirs { reason, .. } | Self::Ours(reason)) = self;
        f.write_str(reason)
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Theirs { name: String::new(), reason: message.to_string() }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Ours(format!("the handler takes a path parameter `{field}`, which the route does not have"))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::Ours(format!("the route has a path parameter `{field}`, which the handler does not take"))
    }
}

macro_rules! scalars {
    ($($method:ident)+) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.only()?.$method(visitor)
        }
    )+};
}

impl<'de> Deserializer<'de> for PathParams<'de> {
    type Error = Error;

    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string
        deserialize_bytes deserialize_byte_buf deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.params.len() == 1 { self.only()?.deserialize_any(visitor) } else { visitor.visit_map(self) }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        if len == self.params.len() { visitor.visit_seq(self) } else { Err(self.mismatch(len)) }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.only()?.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

impl<'de> SeqAccess<'de> for PathParams<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.take().map(|param| seed.deserialize(param)).transpose()
    }
}

impl<'de> MapAccess<'de> for PathParams<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.get(self.next).map(|param| seed.deserialize(param.name.into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let param = self.take().ok_or_else(|| Error::custom("there is no such parameter"))?;
        seed.deserialize(param)
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $what:literal)+) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.text()?.parse() {
                Ok(value) => visitor.$visit(value).map_err(|error| self.named(error)),
                Err(_) => Err(self.error(concat!("it must be ", $what))),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Param<'de> {
    type Error = Error;

    parsed! {
        deserialize_bool visit_bool "`true` or `false`"
        deserialize_i8 visit_i8 "a whole number from -128 to 127"
        deserialize_i16 visit_i16 "a whole number of 16 bits"
        deserialize_i32 visit_i32 "a whole number of 32 bits"
        deserialize_i64 visit_i64 "a whole number of 64 bits"
        deserialize_i128 visit_i128 "a whole number of 128 bits"
        deserialize_u8 visit_u8 "a whole number from 0 to 255"
        deserialize_u16 visit_u16 "a whole number from 0 to 65535"
        deserialize_u32 visit_u32 "a whole number of 32 bits, not negative"
        deserialize_u64 visit_u64 "a whole number of 64 bits, not negative"
        deserialize_u128 visit_u128 "a whole number of 128 bits, not negative"
        deserialize_f32 visit_f32 "a number"
        deserialize_f64 visit_f64 "a number"
        deserialize_char visit_char "one character"
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
        .map_err(|error| self.named(error))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if !variants.contains(&&*self.text()?) {
            return Err(self.error(format_args!("it must be one of {}", variants.join(", "))));
        }
        visitor.visit_enum(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        str string bytes byte_buf unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Param<'de> {
    type Error = Error;
    type Variant = UnitOnly;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, UnitOnly), Error> {
        let text = self.text()?;
        seed.deserialize((&*text).into_deserializer()).map(|value| (value, UnitOnly))
    }
}

/// A variant without content, the only one that a path can name.
struct UnitOnly;

impl<'de> VariantAccess<'de> for UnitOnly {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Error> {
        Err(Error::Ours("a path parameter cannot be a variant with content".into()))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        self.newtype_variant_seed(std::marker::PhantomData::<()>)
            .and_then(|()| Err(Error::custom("not a unit variant")))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.tuple_variant(0, visitor)
    }
}
