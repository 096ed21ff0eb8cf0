//! Server-sent events, as the [HTML standard] has them.
//!
//! [HTML standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

/// An event, or a comment, on its way to an `EventSource`.
///
/// Whatever the text is made of, it is the field that it was given for and no other: a line break in data or in a
/// comment begins a new line of the same field, and what an id or a name cannot have is left out of it.
///
/// ```
/// use tsk_core::sse::Event;
///
/// let event = Event::new("tea is out\nof stock").name("stock").id("17");
/// assert_eq!(event.into_bytes(), "data: tea is out\ndata: of stock\nevent: stock\nid: 17\n\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event(String);

impl Event {
    /// An event with data. One without, `""`, is an event too.
    pub fn new(data: impl AsRef<str>) -> Self {
        Self(String::new()).lines("data", data.as_ref())
    }

    /// An event whose data is JSON.
    ///
    /// # Errors
    ///
    /// A value that is not JSON, such as a map whose keys are no text.
    pub fn json<T: Serialize>(data: &T) -> serde_json::Result<Self> {
        serde_json::to_string(data).map(Self::new)
    }

    /// Text that clients pass over: it keeps a quiet connection from being closed on the way.
    pub fn comment(text: impl AsRef<str>) -> Self {
        Self(String::new()).lines("", text.as_ref())
    }

    /// From now on, clients wait this long before they connect again, to the millisecond. It is no event.
    pub fn retry(wait: Duration) -> Self {
        Self(String::new()).line("retry", &wait.as_millis().to_string())
    }

    /// What the client listens for: `addEventListener(name, …)`. Without a name, it is a `message`.
    #[must_use]
    pub fn name(self, name: impl AsRef<str>) -> Self {
        self.line("event", name.as_ref())
    }

    /// What the client sends as `Last-Event-ID` when it connects again. An empty one has it send none.
    #[must_use]
    pub fn id(self, id: impl AsRef<str>) -> Self {
        // With a NUL in it, it would be passed over.
        self.line("id", &id.as_ref().replace('\0', ""))
    }

    /// As it is sent, with the empty line that ends it.
    pub fn into_bytes(self) -> Bytes {
        let mut text = self.0;
        text.push('\n');
        text.into()
    }

    fn lines(self, field: &str, text: &str) -> Self {
        // The three line ends that parsers know; `\r\n` is one of them.
        text.replace("\r\n", "\n").split(['\r', '\n']).fold(self, |event, line| event.line(field, line))
    }

    /// The one place where a field is written, and nothing gets in that would begin another.
    fn line(mut self, field: &str, value: &str) -> Self {
        // A parser takes off one space, so a space of the value's own survives.
        self.0.extend([field, ": "]);
        self.0.extend(value.split(['\r', '\n']));
        self.0.push('\n');
        self
    }
}

#[cfg(test)]
mod tests;
