//! What an expression in PromQL names: enough of its grammar to find metrics and labels, and to see which of them there are not.

use std::{iter::Peekable, str::CharIndices};

/// A metric that an expression names, and the labels that it has conditions on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selected<'a> {
    pub(crate) metric: &'a str,
    pub(crate) labels: Vec<&'a str>,
}

/// What an expression names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names<'a> {
    pub(crate) selected: Vec<Selected<'a>>,
    /// Labels that series are grouped or matched by.
    pub(crate) grouped: Vec<&'a str>,
}

/// Words that are no metrics.
const WORDS: [&str; 9] = ["and", "or", "unless", "bool", "offset", "atan2", "inf", "nan", "start"];
/// Words before a list of labels.
const GROUPING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// The names in an expression, in which there may be variables of Grafana.
pub(crate) fn names(expr: &str) -> Names<'_> {
    let mut reader = Reader { text: expr, rest: expr.char_indices().peekable() };
    let mut names = Names::default();
    while let Some((at, c)) = reader.rest.next() {
        match c {
            '"' | '\'' | '`' => reader.string(c),
            '[' => while reader.rest.next_if(|(_, c)| *c != ']').is_some() {},
            // Numbers, and durations such as `5m`.
            '0'..='9' => {
                while reader.rest.next_if(|(_, c)| c.is_ascii_alphanumeric() || *c == '.').is_some() {}
            }
            '$' => {
                reader.rest.next_if(|(_, c)| *c == '{');
                while reader.rest.next_if(|(_, c)| is_in_name(*c) || *c == '}').is_some() {}
            }
            c if is_in_name(c) => {
                let word = reader.word(at);
                if GROUPING.contains(&word) {
                    if reader.next_is('(') {
                        names.grouped.extend(reader.labels(')'));
                    }
                } else if reader.next_is('{') {
                    let labels = reader.labels('}');
                    names.selected.push(Selected { metric: word, labels });
                } else if !WORDS.contains(&word.to_ascii_lowercase().as_str()) && !reader.is_call() {
                    names.selected.push(Selected { metric: word, labels: Vec::new() });
                }
            }
            _ => {}
        }
    }
    names
}

fn is_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

struct Reader<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
}

impl<'a> Reader<'a> {
    /// The word that begins at a place, whose first letter was read.
    fn word(&mut self, start: usize) -> &'a str {
        while self.rest.next_if(|(_, c)| is_in_name(*c)).is_some() {}
        let end = self.rest.peek().map_or(self.text.len(), |(end, _)| *end);
        &self.text[start..end]
    }

    fn string(&mut self, quote: char) {
        while let Some((_, c)) = self.rest.next() {
            match c {
                '\\' if quote != '`' => drop(self.rest.next()),
                c if c == quote => return,
                _ => {}
            }
        }
    }

    fn space(&mut self) {
        while self.rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
    }

    /// Whether that comes next; then it was read.
    fn next_is(&mut self, wanted: char) -> bool {
        self.space();
        self.rest.next_if(|(_, c)| *c == wanted).is_some()
    }

    /// Whether the word before was the name of a function or of an aggregation: `sum(`, `sum by (`.
    fn is_call(&mut self) -> bool {
        self.space();
        let Some((at, c)) = self.rest.peek() else { return false };
        let rest = &self.text[*at..];
        *c == '('
            || ["by", "without"]
                .iter()
                .any(|word| rest.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_in_name)))
    }

    /// The names up to the end of a list, without what they are compared with.
    fn labels(&mut self, end: char) -> Vec<&'a str> {
        let mut labels = Vec::new();
        while let Some((at, c)) = self.rest.next() {
            match c {
                c if c == end => break,
                '"' | '\'' | '`' => self.string(c),
                c if is_in_name(c) => labels.push(self.word(at)),
                _ => {}
            }
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(expr: &str) -> (Vec<String>, Vec<&str>) {
        let Names { selected, grouped } = names(expr);
        let told = |Selected { metric, labels }| format!("{metric}({})", labels.join(","));
        (selected.into_iter().map(told).collect(), grouped)
    }

    #[test]
    fn metrics_are_told_from_functions_and_words() {
        for (expr, selected, grouped) in [
            ("up", vec!["up()"], vec![]),
            ("sum by (a, b) (rate(x_total{c=\"d{e}\",f=~'g'}[5m]))", vec!["x_total(c,f)"], vec!["a", "b"]),
            ("sum(x) by (a) / on(b) group_left(c) y", vec!["x()", "y()"], vec!["a", "b", "c"]),
            ("slo:x:rate5m{a=\"\\\"}\"} * 3600 >= 5", vec!["slo:x:rate5m(a)"], vec![]),
            (
                "histogram_quantile(0.99, sum by(le) (rate(x_bucket[$__rate_interval])))",
                vec!["x_bucket()"],
                vec!["le"],
            ),
            ("x offset 1h and on() y or vector(0)", vec!["x()", "y()"], vec![]),
            ("rate(x{a=~\"$b\"}[${__range}]) > bool 1e3", vec!["x(a)"], vec![]),
            ("topk($n, x) > Inf", vec!["x()"], vec![]),
        ] {
            assert_eq!(told(expr), (selected.into_iter().map(str::to_owned).collect(), grouped), "{expr}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_has_an_end(expr in "[a-z{}()\\[\\]\"'`$ =~,0-9é\\\\]{0,60}") {
            names(&expr);
        }
    }
}
