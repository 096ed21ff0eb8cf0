//! Which media type an answer has, and whether a body is one that is taken.

use http::{HeaderMap, HeaderValue, header};

/// The media type of an answer (GraphQL over HTTP §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/graphql-response+json`: the status says whether the request was run.
    GraphQl,
    /// `application/json`: any request that is one is answered with 200.
    Json,
    /// `text/event-stream`: what comes one after the other.
    Events,
}

impl Media {
    /// The media types, with what each is called.
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::GraphQl, "application", "graphql-response+json"),
        (Self::Json, "application", "json"),
        (Self::Events, "text", "event-stream"),
    ];

    /// The one that a client would like most; `None` where it takes none of them. Who says nothing gets JSON, as does who takes
    /// anything.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut ranges = headers.get_all(header::ACCEPT).iter().peekable();
        if ranges.peek().is_none() {
            return Some(Self::Json);
        }
        let ranges: Vec<Range<'_>> = ranges
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .take(MOST)
            .filter_map(Range::read)
            .collect();
        let rated = Self::ALL.iter().filter_map(|(media, kind, subtype)| {
            // RFC 9110 §12.5.1: the range that says most counts.
            let range = ranges
                .iter()
                .filter(|range| range.has(kind, subtype))
                .max_by_key(|range| range.precision())?;
            let precision = range.precision();
            // A stream is for who asks for one.
            let is_meant = *media != Self::Events || precision == 2;
            // Where it is all the same to a client, it is likely to be an older one.
            let usual = if precision == 2 { Self::GraphQl } else { Self::Json };
            (is_meant && range.quality > 0).then_some((range.quality, precision, *media == usual, *media))
        });
        rated
            .max_by_key(|(quality, precision, is_usual, _)| (*quality, *precision, *is_usual))
            .map(|(_, _, _, media)| media)
    }

    /// What stands in `Content-Type`.
    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Events => "text/event-stream; charset=utf-8",
        })
    }
}

/// The ranges of `Accept` that are looked at.
const MOST: usize = 32;

/// A media range (RFC 9110 §12.5.1).
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// In thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    /// `None` for what is malformed, or only in a charset that no answer is in.
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut quality = 1000;
        for parameter in parts {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim().trim_matches('"');
            match name.trim() {
                name if name.eq_ignore_ascii_case("q") => {
                    let number: f32 = value.parse().ok().filter(|number| (0.0..=1.0).contains(number))?;
                    // Within 0 and 1000, by the line before.
                    quality = (number * 1000.0) as u16;
                }
                name if name.eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") => {
                    return None;
                }
                _ => {}
            }
        }
        Some(Self { kind, subtype, quality })
    }

    fn has(&self, kind: &str, subtype: &str) -> bool {
        let is = |range: &str, name: &str| range == "*" || range.eq_ignore_ascii_case(name);
        is(self.kind, kind) && is(self.subtype, subtype) && (self.kind != "*" || self.subtype == "*")
    }

    /// How much it says.
    fn precision(&self) -> u8 {
        u8::from(self.kind != "*") + u8::from(self.subtype != "*")
    }
}

/// Whether a body is JSON in UTF-8. Any other media type is one that a page of another site could send without asking first, or
/// one that nobody here reads.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Ok(value) = value.to_str() else { return false };
    let mut parts = value.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let mut parameters = parts.filter_map(|parameter| parameter.split_once('='));
    is_json
        && parameters.all(|(name, value)| {
            let is_charset = name.trim().eq_ignore_ascii_case("charset");
            !is_charset || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}
