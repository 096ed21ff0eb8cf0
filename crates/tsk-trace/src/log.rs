//! Lines of a log that say to which request they belong.
//!
//! Within a request a line has its `trace_id`, and the `span_id` of the innermost span, whether the request is sampled or not.
//! What is secret is not in a line: the values of fields whose names are, of query parameters and of `Authorization` fields
//! within texts. Nothing in a value can end a line or command a terminal.
//!
//! They are formats for the layer of `tracing-subscriber`, of a subscriber that is the application's own:
//!
//! ```
//! use tracing_subscriber::{fmt, layer::SubscriberExt as _};
//! use tsk_trace::log;
//!
//! let json = log::Json::new(&["pin".into()]);
//! let lines = fmt::layer().fmt_fields(json.clone()).event_format(json);
//! let subscriber = tracing_subscriber::registry().with(lines);
//! # tracing::subscriber::with_default(subscriber, || tracing::info!(pin = 1234, "paid"));
//! ```
//!
//! A [`Tail`] keeps the last of them, for the console.

mod escape;
mod json;
mod tail;
#[cfg(test)]
mod tests;
mod text;

pub use self::{json::Json, tail::Tail, text::Text};

/// The most that is written of one value, in bytes.
const MAX_VALUE: usize = 8 * 1024;

/// As much of a text as is written.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_VALUE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// An error with its causes, in one text.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next
        && text.len() < MAX_VALUE
    {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
