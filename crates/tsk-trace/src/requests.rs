//! Spans of requests that wait together, and their texts.

use std::ops::Deref;

use crate::{
    record::ServerSpan,
    texts::{Ends, SIZE, Text, Texts},
};

/// Spans of requests, in the order in which they ended.
///
/// Their texts are one after another beside them. Most are short, so that a span takes a third of what it would with a place of its
/// own for the longest: it is written by one thread and read by another, and what that costs is its size. It takes no more than a
/// [`Row`] and [`SIZE`] bytes.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    rows: Vec<Row>,
    texts: Vec<u8>,
}

#[derive(Debug)]
struct Row {
    span: ServerSpan,
    ends: Ends,
}

/// The span of a request, with its texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    row: &'a Row,
    texts: &'a [u8],
}

impl Requests {
    /// How many there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds one.
    #[inline]
    pub(crate) fn push(&mut self, span: ServerSpan, texts: &Texts) {
        self.texts.extend_from_slice(texts.bytes());
        self.rows.push(Row { span, ends: texts.ends() });
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Request<'_>> {
        let mut rest = &*self.texts;
        self.rows.iter().map(move |row| {
            let (texts, after) = rest.split_at(row.ends.last());
            rest = after;
            Request { row, texts }
        })
    }

    /// All of them, without their texts.
    pub(crate) fn spans(&self) -> impl Iterator<Item = &ServerSpan> {
        self.rows.iter().map(|row| &row.span)
    }

    /// Takes what others are.
    pub(crate) fn append(&mut self, others: &mut Self) {
        self.rows.append(&mut others.rows);
        self.texts.append(&mut others.texts);
    }

    /// Forgets all of them, and gives back memory where it is far more than `kept` of them take.
    pub(crate) fn reset(&mut self, kept: usize) {
        self.rows.clear();
        self.texts.clear();
        if self.rows.capacity() > 4 * kept {
            self.rows.shrink_to(kept);
        }
        if self.texts.capacity() > 2 * kept * SIZE {
            self.texts.shrink_to(kept * SIZE);
        }
    }

    /// For how many there is room, and for how many bytes of texts.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> (usize, usize) {
        (self.rows.capacity(), self.texts.capacity())
    }
}

impl<'a> Request<'a> {
    /// All of its texts, one after another.
    #[inline]
    pub(crate) fn texts(self) -> &'a [u8] {
        self.texts
    }

    /// A text of it; empty where there is none.
    #[inline]
    pub(crate) fn text(self, kind: Text) -> &'a [u8] {
        self.row.ends.cut(self.texts, kind)
    }
}

impl Deref for Request<'_> {
    type Target = ServerSpan;

    #[inline]
    fn deref(&self) -> &ServerSpan {
        &self.row.span
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn each_has_its_own_texts_whatever_came_together() {
        let texts = |path: &str, agent: &str| {
            let mut texts = Texts::new();
            texts.push(Text::Path, path.as_bytes());
            texts.push(Text::Agent, agent.as_bytes());
            texts
        };
        let (mut some, mut others) = (Requests::default(), Requests::default());
        some.push(sample::server(1), &texts("/a", "curl/8"));
        some.push(sample::server(2), &Texts::new());
        others.push(sample::server(3), &texts("", "shop/1"));
        some.append(&mut others);
        let found: Vec<_> =
            some.iter().map(|one| (one.span, one.text(Text::Path), one.text(Text::Agent))).collect();
        assert_eq!(found, [(1, &b"/a"[..], &b"curl/8"[..]), (2, b"", b""), (3, b"", b"shop/1")]);
        assert_eq!((some.len(), others.len(), others.iter().count()), (3, 0, 0));
    }

    #[test]
    fn no_span_takes_more_than_its_bound_whatever_a_client_sends() {
        let mut texts = Texts::new();
        for kind in [Text::Path, Text::Query, Text::Host, Text::Agent, Text::Id] {
            texts.push(kind, &[b'x'; 10_000]);
        }
        let mut requests = Requests::default();
        (0..100).for_each(|number| requests.push(sample::server(number), &texts));
        assert!(size_of::<Row>() <= 144 && requests.texts.len() <= 100 * SIZE);
    }
}
