//! Objects of JSON that mean one thing.
//!
//! What is signed is text, and two readers of an object with two members of one name may see two objects (RFC 8725 §2.4,
//! RFC 7519 §4). So a name is there once, at every depth, and depth and number have bounds.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// The members of one object, and the elements of one list, that are read at most.
pub(crate) const MAX_MEMBERS: usize = 100;
/// How deep lists and objects are within another at most.
pub(crate) const MAX_DEPTH: usize = 16;

/// Something that is made of the members of an object.
pub(crate) trait Members<'de>: Default {
    /// Takes the value of the member `name` out of `map`.
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;
}

/// Reads one object, and nothing but that.
pub(crate) fn read<'de, M: Members<'de>>(text: &'de [u8]) -> Result<M, serde_json::Error> {
    // Once for all of it, which is faster than text by text.
    let text = std::str::from_utf8(text).map_err(de::Error::custom)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let object = reader.deserialize_map(Object(PhantomData))?;
    reader.end()?;
    Ok(object)
}

struct Object<M>(PhantomData<M>);

impl<'de, M: Members<'de>> Visitor<'de> for Object<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<M, A::Error> {
        let (mut object, mut names) = (M::default(), Names::default());
        while let Some(Text(name)) = map.next_key()? {
            names.add(name)?;
            object.member(names.last(), &mut map)?;
        }
        Ok(object)
    }
}

/// The names in an object so far.
#[derive(Default)]
struct Names<'de>(Vec<Cow<'de, str>>);

impl<'de> Names<'de> {
    fn add<E: de::Error>(&mut self, name: Cow<'de, str>) -> Result<(), E> {
        // A few dozen at most: looking at each is faster than any table.
        if self.0.contains(&name) {
            return Err(E::custom("a name is there twice"));
        }
        if self.0.len() == MAX_MEMBERS {
            return Err(E::custom("it has too many members"));
        }
        if self.0.is_empty() {
            self.0.reserve(16);
        }
        self.0.push(name);
        Ok(())
    }

    fn last(&self) -> &str {
        self.0.last().map_or("", |name| name)
    }
}

/// Passes over the value of a member.
pub(crate) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value_seed(Skipped { depth: 1 })
}

#[derive(Clone, Copy)]
struct Skipped {
    depth: usize,
}

impl Skipped {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH { Err(E::custom("it is too deep")) } else { Ok(Self { depth }) }
    }
}

impl<'de> DeserializeSeed<'de> for Skipped {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skipped {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let (within, mut count) = (self.deeper()?, 0);
        while list.next_element_seed(within)?.is_some() {
            count += 1;
            if count > MAX_MEMBERS {
                return Err(de::Error::custom("it has too many elements"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (within, mut names) = (self.deeper()?, Names::default());
        while let Some(Text(name)) = map.next_key()? {
            names.add(name)?;
            map.next_value_seed(within)?;
        }
        Ok(())
    }
}

/// A text, borrowed where nothing in it is escaped.
#[derive(Debug)]
pub(crate) struct Text<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Borrowed;
        impl<'de> Visitor<'de> for Borrowed {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        reader.deserialize_str(Borrowed)
    }
}

/// One text, or a list of them.
#[derive(Debug, Default)]
pub(crate) struct Texts<'de>(pub(crate) Vec<Cow<'de, str>>);

impl<'de> Deserialize<'de> for Texts<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Texts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Texts<'de>, E> {
                Ok(Texts(vec![Cow::Borrowed(text)]))
            }

            fn visit_str<E>(self, text: &str) -> Result<Texts<'de>, E> {
                Ok(Texts(vec![Cow::Owned(text.to_owned())]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts<'de>, A::Error> {
                let mut texts = Vec::new();
                while let Some(Text(text)) = list.next_element()? {
                    if texts.len() == MAX_MEMBERS {
                        return Err(de::Error::custom("it has too many elements"));
                    }
                    texts.push(text);
                }
                Ok(Texts(texts))
            }
        }
        reader.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests;
