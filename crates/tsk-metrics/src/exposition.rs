//! What scrapers read: the text format 0.0.4 of Prometheus, and OpenMetrics 1.0.
//!
//! A series has the same name and labels in both, so that it stays one series when a scraper changes its mind. A counter
//! whose name does not end in `_total` is therefore of unknown type in OpenMetrics, which would have it renamed.

use crate::{
    catalogue::{Kind, Metric},
    histogram::{Exemplar, Histogram},
};

mod format;
pub(crate) mod label;
pub(crate) mod number;
#[cfg(test)]
pub(crate) mod tests;

pub use format::Format;

/// How much of a page is written, or compressed, at a time, which takes some ten microseconds. Were it less, a page would take longer
/// where others use all processors: it waits for its turn after each.
pub(crate) const STRETCH: usize = 32 * 1024;

/// A page in the making.
#[derive(Debug)]
pub(crate) struct Page {
    format: Format,
    out: Vec<u8>,
    /// What is done after a stretch, and where the next one ends.
    pause: fn(),
    pause_at: usize,
    /// What is used again for each histogram.
    prefix: Vec<u8>,
    counts: Vec<u64>,
}

impl Page {
    pub(crate) fn new(format: Format, capacity: usize, pause: fn()) -> Self {
        let out = Vec::with_capacity(capacity);
        Self { format, out, pause, pause_at: STRETCH, prefix: Vec::new(), counts: Vec::new() }
    }

    /// After what cannot be divided: the samples of a series.
    fn pause(&mut self) {
        if self.out.len() >= self.pause_at {
            self.pause_at = self.out.len() + STRETCH;
            (self.pause)();
        }
    }

    /// What the samples that follow are.
    pub(crate) fn metric(&mut self, metric: &Metric) {
        self.family(metric.name, metric.kind, metric.unit, metric.help);
    }

    /// What the samples that follow are. There is nothing to say where `help` is empty.
    pub(crate) fn family(&mut self, name: &str, kind: Kind, unit: Option<&str>, help: &str) {
        let (family, kind) = match (self.format, kind) {
            (Format::Text, Kind::Info) => (name, Kind::Gauge.name()),
            (Format::Text, kind) => (name, kind.name()),
            (Format::OpenMetrics, Kind::Counter) => match name.strip_suffix("_total") {
                Some(family) => (family, kind.name()),
                None => (name, "unknown"),
            },
            (Format::OpenMetrics, Kind::Info) => (name.strip_suffix("_info").unwrap_or(name), kind.name()),
            (Format::OpenMetrics, kind) => (name, kind.name()),
        };
        self.line(&["# TYPE ", family, " ", kind]);
        if self.format == Format::OpenMetrics
            && let Some(unit) = unit
            && family.strip_suffix(unit).is_some_and(|name| name.ends_with('_'))
        {
            self.line(&["# UNIT ", family, " ", unit]);
        }
        if !help.is_empty() {
            let mut escaped = String::with_capacity(help.len());
            label::escape(&mut escaped, help, self.format == Format::OpenMetrics);
            self.line(&["# HELP ", family, " ", &escaped]);
        }
    }

    fn line(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.out.extend_from_slice(part.as_bytes()));
        self.out.push(b'\n');
    }

    /// A sample, with labels as [`label::write`] puts them.
    pub(crate) fn sample(&mut self, name: &str, labels: &str, value: f64) {
        self.start(name, "", labels);
        number::write(&mut self.out, value);
        self.out.push(b'\n');
        self.pause();
    }

    /// A sample that is a whole number, however large.
    pub(crate) fn count(&mut self, name: &str, labels: &str, value: u64) {
        self.start(name, "", labels);
        whole(&mut self.out, value);
        self.pause();
    }

    fn start(&mut self, name: &str, suffix: &str, labels: &str) {
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(suffix.as_bytes());
        if !labels.is_empty() {
            self.out.push(b'{');
            self.out.extend_from_slice(labels.as_bytes());
            self.out.push(b'}');
        }
        self.out.push(b' ');
    }

    /// All samples of a histogram.
    pub(crate) fn histogram(&mut self, name: &str, labels: &str, histogram: &Histogram) {
        let sum = histogram.read(&mut self.counts);
        let bounds = histogram.bounds();
        self.prefix.clear();
        for part in [name, "_bucket{", labels, if labels.is_empty() { "" } else { "," }] {
            self.prefix.extend_from_slice(part.as_bytes());
        }
        let mut number = itoa::Buffer::new();
        let mut total = 0;
        for (bucket, (count, label)) in self.counts.iter().zip(&bounds.labels).enumerate() {
            total += count;
            self.out.extend_from_slice(&self.prefix);
            self.out.extend_from_slice(label.as_bytes());
            self.out.extend_from_slice(number.format(total).as_bytes());
            if self.format == Format::OpenMetrics
                && let Some(exemplar) = histogram.exemplar(bucket)
            {
                write_exemplar(&mut self.out, exemplar, bounds.measure.scale());
            }
            self.out.push(b'\n');
        }
        self.start(name, "_sum", labels);
        number::write(&mut self.out, sum);
        self.out.push(b'\n');
        self.start(name, "_count", labels);
        whole(&mut self.out, total);
        self.pause();
    }

    /// The whole page.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.format == Format::OpenMetrics {
            self.out.extend_from_slice(b"# EOF\n");
        }
        self.out
    }
}

fn whole(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    out.push(b'\n');
}

fn write_exemplar(out: &mut Vec<u8>, exemplar: Exemplar, scale: f64) {
    let Exemplar { trace, value, at } = exemplar;
    let labels = format!(" # {{trace_id=\"{:032x}\",span_id=\"{:016x}\"}} ", trace.id, trace.span);
    out.extend_from_slice(labels.as_bytes());
    number::write(out, value as f64 / scale);
    out.push(b' ');
    number::write(out, at as f64 / 1000.0);
}
