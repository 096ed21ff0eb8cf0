//! Lines for programs.

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

use super::{chain, cut};
use crate::{
    current,
    redact::{MASK, Secrets},
};

/// An object in JSON a line: `timestamp`, `level`, `message`, the fields of the event, `target`, `span`, `trace_id`, `span_id`.
///
/// A field that is called like one of these has `field.` before its name.
#[derive(Debug, Clone)]
pub struct Json(Arc<Secrets>);

impl Json {
    /// With further names of fields and query parameters whose values are secret.
    pub fn new(redact: &[String]) -> Self {
        Self(Arc::new(Secrets::new(redact)))
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> FormatEvent<S, Self> for Json {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Self>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"level\":\"{}\"", metadata.level())?;
        let mut members = Members { secrets: &self.0, writer: &mut writer, is_first: false, result: Ok(()) };
        event.record(&mut members);
        members.result?;
        write!(writer, ",\"target\":{}", string(metadata.target()))?;
        if let Some(span) = context.lookup_current() {
            write!(writer, ",\"span\":{{\"name\":{}", string(span.name()))?;
            if let Some(fields) = span.extensions().get::<FormattedFields<Self>>()
                && !fields.is_empty()
            {
                write!(writer, ",{}", fields.fields)?;
            }
            writer.write_char('}')?;
        }
        if let Some(trace) = current() {
            write!(writer, ",\"trace_id\":\"{:032x}\",\"span_id\":\"{:016x}\"", trace.id, trace.span)?;
        }
        writer.write_str("}\n")
    }
}

/// The fields of a span are the members of an object, without its braces.
impl<'writer> FormatFields<'writer> for Json {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut members = Members { secrets: &self.0, writer: &mut writer, is_first: true, result: Ok(()) };
        fields.record(&mut members);
        members.result
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &tracing::span::Record<'_>,
    ) -> fmt::Result {
        if !current.fields.is_empty() && !fields.is_empty() {
            current.fields.push(',');
        }
        self.format_fields(current.as_writer(), fields)
    }
}

struct Members<'a, 'w> {
    secrets: &'a Secrets,
    writer: &'a mut Writer<'w>,
    is_first: bool,
    result: fmt::Result,
}

impl Members<'_, '_> {
    fn member(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let name = field.name().trim_start_matches("r#");
        let prefix = match name {
            "timestamp" | "level" | "target" | "span" | "trace_id" | "span_id" => "field.",
            _ => "",
        };
        let comma = if std::mem::take(&mut self.is_first) { "" } else { "," };
        let name = string(&format!("{prefix}{name}"));
        if self.result.is_ok() {
            self.result = if self.secrets.is_field(field.name()) {
                write!(self.writer, "{comma}{name}:\"{MASK}\"")
            } else {
                write!(self.writer, "{comma}{name}:{value}")
            };
        }
    }

    fn text(&mut self, field: &Field, value: &str) {
        let value = self.secrets.text(cut(value));
        self.member(field, format_args!("{}", string(&value)));
    }
}

impl Visit for Members<'_, '_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.member(field, format_args!("{value:?}"));
        } else {
            self.text(field, &value.to_string());
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, format_args!("{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field, &chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }
}

/// A string of JSON.
fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".into())
}
