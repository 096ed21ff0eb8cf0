//! Lines for people.

use std::{error::Error, fmt, sync::Arc};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{
        FmtContext, FormattedFields,
        format::{FormatEvent, FormatFields, Writer},
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

use super::{chain, cut, escape::escaped};
use crate::{
    current,
    redact::{MASK, Secrets},
};

/// The time, the level, the target, the message, then fields: those of the event, of the innermost span, and the
/// identifiers.
#[derive(Debug, Clone)]
pub struct Text(Arc<Secrets>);

impl Text {
    /// With further names of fields and query parameters whose values are secret.
    pub fn new(redact: &[String]) -> Self {
        Self(Arc::new(Secrets::new(redact)))
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> FormatEvent<S, Self> for Text {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Self>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        SystemTime.format_time(&mut writer)?;
        write!(writer, " {:>5} {}:", metadata.level(), metadata.target())?;
        self.format_fields(writer.by_ref(), event)?;
        if let Some(span) = context.lookup_current()
            && let Some(fields) = span.extensions().get::<FormattedFields<Self>>()
        {
            writer.write_str(&fields.fields)?;
        }
        if let Some(trace) = current() {
            write!(writer, " trace_id={:032x} span_id={:016x}", trace.id, trace.span)?;
        }
        writer.write_char('\n')
    }
}

/// Each field has a space before it.
impl<'writer> FormatFields<'writer> for Text {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut words = Words { secrets: &self.0, writer: &mut writer, result: Ok(()) };
        fields.record(&mut words);
        words.result
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &tracing::span::Record<'_>,
    ) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

struct Words<'a, 'w> {
    secrets: &'a Secrets,
    writer: &'a mut Writer<'w>,
    result: fmt::Result,
}

impl Words<'_, '_> {
    fn word(&mut self, field: &Field, value: &str) -> fmt::Result {
        self.writer.write_char(' ')?;
        let name = field.name().trim_start_matches("r#");
        if name != "message" {
            write!(self.writer, "{name}=")?;
        }
        if self.secrets.is_field(name) {
            return self.writer.write_str(MASK);
        }
        escaped(&self.secrets.text(cut(value)), self.writer)
    }

    fn text(&mut self, field: &Field, value: &str) {
        if self.result.is_ok() {
            self.result = self.word(field, value);
        }
    }
}

impl Visit for Words<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" || !value.contains([' ', '"', '=']) {
            self.text(field, value);
        } else {
            // In quotes, so that a value cannot be taken for another field.
            self.text(field, &format!("{value:?}"));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field, &chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }
}
