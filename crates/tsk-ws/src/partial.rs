//! A message that has come in part.

use bytes::Bytes;

use crate::{Message, Utf8Bytes, config::Limits, deflate::Inflater, error::Fault, mask, utf8::Utf8};

/// What has come of a message.
#[derive(Debug)]
pub(crate) struct Partial {
    sort: Sort,
    bytes: Vec<u8>,
    fragments: u32,
    /// Where it is compressed.
    inflater: Option<Inflater>,
    /// Of text that does not come in one piece.
    utf8: Utf8,
}

/// What a message says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Text,
    Binary,
}

const NOT_UTF8: Fault = Fault::invalid("text is no UTF-8");

impl Partial {
    /// A message whose first frame announces so many bytes. Nothing is reserved for what is only announced.
    pub(crate) fn begin(
        sort: Sort,
        inflater: Option<Inflater>,
        announced: u64,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let mut message = Self { sort, bytes: Vec::new(), fragments: 0, inflater, utf8: Utf8::default() };
        message.next_frame(announced, limits)?;
        Ok(message)
    }

    /// Another frame is to come, of so many bytes.
    pub(crate) fn next_frame(&mut self, announced: u64, limits: &Limits) -> Result<(), Fault> {
        self.fragments += 1;
        if self.fragments > limits.fragments {
            return Err(Fault::policy("a message has too many fragments"));
        }
        // What is compressed is counted as it is inflated.
        if self.inflater.is_none() && announced > (limits.message - self.bytes.len()) as u64 {
            return Err(Fault::size("a message is too large"));
        }
        Ok(())
    }

    /// Takes in what has come of it. `is_last` tells that it is whole.
    pub(crate) fn extend(
        &mut self,
        piece: &[u8],
        key: [u8; 4],
        is_last: bool,
        limits: &Limits,
    ) -> Result<(), Fault> {
        let at = self.bytes.len();
        if let Some(inflater) = &mut self.inflater {
            let mut piece = piece.to_vec();
            mask::apply(&mut piece, key);
            inflater.inflate(&piece, &mut self.bytes, limits)?;
        } else if is_last && at == 0 {
            // What comes in one piece is looked at once, when it is made a message.
            self.bytes = mask::removed(piece, key);
            return Ok(());
        } else {
            if is_last {
                self.bytes.reserve_exact(piece.len());
            }
            self.bytes.extend_from_slice(piece);
            mask::apply(&mut self.bytes[at..], key);
        }
        self.check(at)
    }

    /// The message, and what inflates the next one, if that is the socket's own.
    pub(crate) fn finish(mut self, limits: &Limits) -> Result<(Message, Option<Inflater>), Fault> {
        let mut own = None;
        if let Some(inflater) = self.inflater.take() {
            let at = self.bytes.len();
            own = inflater.finish(&mut self.bytes, limits)?;
            self.check(at)?;
            // It was not known how long it would be.
            if self.bytes.capacity() > 2 * self.bytes.len() {
                self.bytes.shrink_to_fit();
            }
        }
        if !self.utf8.is_whole() {
            return Err(NOT_UTF8);
        }
        let bytes = Bytes::from(self.bytes);
        let message = match self.sort {
            Sort::Binary => Message::Binary(bytes),
            Sort::Text => Message::Text(Utf8Bytes::try_from(bytes).map_err(|_| NOT_UTF8)?),
        };
        Ok((message, own))
    }

    /// Looks at text from there on.
    fn check(&mut self, from: usize) -> Result<(), Fault> {
        match self.sort {
            Sort::Text => self.utf8.feed(&self.bytes[from..]).map_err(|_| NOT_UTF8),
            Sort::Binary => Ok(()),
        }
    }
}

#[cfg(test)]
impl Partial {
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}
