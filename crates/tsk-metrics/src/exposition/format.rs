//! Which format a scraper gets.

/// A format that scrapers read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// The text format 0.0.4 of Prometheus.
    Text,
    /// OpenMetrics 1.0, which has exemplars.
    OpenMetrics,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Text, Self::OpenMetrics];

    /// What an `Accept` header (RFC 9110 §12.5.1) asks for. Who asks for neither gets the older one, as there is nothing
    /// else to give.
    ///
    /// ```
    /// use tsk_metrics::Format;
    ///
    /// let prometheus = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    /// assert_eq!(Format::accepted(prometheus), Format::OpenMetrics);
    /// assert_eq!(Format::accepted("text/html,*/*;q=0.8"), Format::Text);
    /// assert_eq!(Format::accepted(""), Format::Text);
    /// ```
    pub fn accepted(accept: &str) -> Self {
        let quality = |format: Self| {
            // The most specific range decides, and of equal ones the first.
            let ranges = accept.split(',').filter_map(Range::parse);
            let fitting = ranges.filter(|range| range.fits(format));
            let best = fitting.reduce(|best, next| if next.precision > best.precision { next } else { best });
            best.map_or(0, |range| range.quality)
        };
        let (text, open) = (quality(Self::Text), quality(Self::OpenMetrics));
        // Where both are as welcome, a scraper that says no more than `*/*` is most likely to read the older one.
        if open > text || open == text && open > 0 && names_openmetrics(accept) {
            Self::OpenMetrics
        } else {
            Self::Text
        }
    }

    /// The media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// What the metrics of this crate call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::OpenMetrics => "openmetrics",
        }
    }
}

fn names_openmetrics(accept: &str) -> bool {
    accept
        .split(',')
        .filter_map(Range::parse)
        .any(|range| range.precision > 1 && range.fits(Format::OpenMetrics))
}

/// A range of media types that is welcome.
#[derive(Debug, Clone, Copy)]
struct Range<'a> {
    media: &'a str,
    version: Option<&'a str>,
    /// In thousandths.
    quality: u16,
    precision: u8,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next().filter(|media| !media.is_empty())?;
        let mut range = Self { media, version: None, quality: 1000, precision: 0 };
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if name.eq_ignore_ascii_case("version") {
                range.version = Some(value);
            } else if name.eq_ignore_ascii_case("q") {
                range.quality = quality(value)?;
            }
        }
        range.precision = match media {
            "*/*" => 0,
            media if media.ends_with("/*") => 1,
            _ if range.version.is_none() => 2,
            _ => 3,
        };
        Some(range)
    }

    fn fits(&self, format: Format) -> bool {
        let (main, sub, versions): (&str, &str, &[&str]) = match format {
            Format::Text => ("text", "plain", &["0.0.4"]),
            // 1.0 is what became of 0.0.1, and Prometheus asks for both.
            Format::OpenMetrics => ("application", "openmetrics-text", &["1.0.0", "0.0.1"]),
        };
        let Some((type_, subtype)) = self.media.split_once('/') else { return false };
        let is_wild = type_ == "*" && subtype == "*";
        let fits = is_wild
            || type_.eq_ignore_ascii_case(main) && (subtype == "*" || subtype.eq_ignore_ascii_case(sub));
        fits && self.version.is_none_or(|version| versions.contains(&version))
    }
}

/// A quality of RFC 9110 §12.4.2, in thousandths.
fn quality(text: &str) -> Option<u16> {
    let value: f32 = text.parse().ok()?;
    (0.0..=1.0).contains(&value).then_some((value * 1000.0).round() as u16)
}
