//! A strict reader of both formats, by the grammar of OpenMetrics 1.0 and the text format 0.0.4.

use std::collections::{BTreeMap, BTreeSet};

use crate::Format;

/// What a page says.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Type and help by the name of the metric.
    pub(crate) families: BTreeMap<String, (String, String)>,
    /// Values by name and labels.
    pub(crate) samples: BTreeMap<(String, BTreeMap<String, String>), f64>,
}

pub(crate) fn parse(page: &str, format: Format) -> Parsed {
    let mut parsed = Parsed::default();
    assert!(page.is_empty() || page.ends_with('\n'), "the last line has no end");
    let body = match format {
        Format::OpenMetrics => page.strip_suffix("# EOF\n").expect("OpenMetrics ends with `# EOF`"),
        Format::Text => page,
    };
    let mut family = (String::new(), String::new());
    let mut closed = BTreeSet::new();
    // Not `lines()`, as a carriage return is no end of a line.
    for line in body.split_terminator('\n') {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(closed.insert(name.to_owned()), "{name} is there twice");
            family = (name.to_owned(), kind.to_owned());
            parsed.families.insert(name.to_owned(), (kind.to_owned(), String::new()));
        } else if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert_eq!(name, family.0);
            parsed.families.get_mut(name).unwrap().1 = unescape(help);
        } else if let Some(rest) = line.strip_prefix("# UNIT ") {
            let (name, unit) = rest.split_once(' ').unwrap();
            assert!(format == Format::OpenMetrics && name == family.0 && name.ends_with(&format!("_{unit}")));
        } else {
            let (name, labels, rest) = sample(line);
            let (value, exemplar) = rest.split_once(" # ").unwrap_or((rest, ""));
            assert!(
                exemplar.is_empty() || format == Format::OpenMetrics && name.ends_with("_bucket"),
                "{line}"
            );
            assert!(belongs(&name, &family, format), "{name} is none of {family:?}");
            let is_new = parsed.samples.insert((name, labels), value.parse().unwrap()).is_none();
            assert!(is_new, "a series is there twice: {line}");
        }
    }
    parsed
}

fn belongs(name: &str, (family, kind): &(String, String), format: Format) -> bool {
    let suffixes: &[&str] = match (&**kind, format) {
        ("histogram", _) => &["_bucket", "_sum", "_count"],
        ("counter", Format::OpenMetrics) => &["_total"],
        ("info", Format::OpenMetrics) => &["_info"],
        ("counter" | "gauge", _) | ("unknown", Format::OpenMetrics) => &[""],
        (kind, _) => panic!("{kind} is no type"),
    };
    name.strip_prefix(&**family).is_some_and(|suffix| suffixes.contains(&suffix))
}

fn sample(line: &str) -> (String, BTreeMap<String, String>, &str) {
    let end = line.find(['{', ' ']).unwrap();
    let name = &line[..end];
    assert_name(name, true);
    let mut labels = BTreeMap::new();
    let Some(mut rest) = line[end..].strip_prefix('{') else {
        return (name.into(), labels, &line[end + 1..]);
    };
    loop {
        let (label, value) = rest.split_once("=\"").unwrap();
        assert_name(label, false);
        let mut end = 0;
        while value.as_bytes()[end] != b'"' {
            end += if value.as_bytes()[end] == b'\\' { 2 } else { 1 };
        }
        let is_new = labels.insert(label.to_owned(), unescape(&value[..end])).is_none();
        assert!(is_new, "a label is there twice: {line}");
        rest = &value[end + 1..];
        match rest.strip_prefix(',') {
            Some(next) => rest = next,
            None => break,
        }
    }
    (name.into(), labels, rest.strip_prefix("} ").unwrap())
}

fn assert_name(name: &str, colons: bool) {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || colons && byte == b':';
    assert!(name.bytes().all(fits) && !name.is_empty() && !name.as_bytes()[0].is_ascii_digit(), "{name:?}");
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        out.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some(escaped @ ('\\' | '"')) => escaped,
                other => panic!("{other:?} is escaped"),
            },
            character => character,
        });
    }
    out
}
