//! No stub is committed, and no line ends in whitespace.

use super::Report;
use super::source::Source;

/// Macros that mark unfinished work. Split, so that this list does not find itself.
const STUBS: [&str; 3] = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!(")];

pub(super) fn check(sources: &[Source], report: &mut Report) {
    for source in sources {
        for (number, line) in (1..).zip(source.text.lines()) {
            if line.ends_with([' ', '\t', '\r']) {
                report.fail(format!("{}:{number}: whitespace at the end of the line", source.path));
            }
            if source.is_rust() {
                for stub in STUBS.iter().filter(|stub| line.contains(**stub)) {
                    report.fail(format!("{}:{number}: `{stub}` is a stub", source.path));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_stubs_in_rust_and_whitespace_anywhere() {
        let stub = format!("fn f() {{\n    {}\"later\")\n}}\n", STUBS[0]);
        let sources = [
            Source::new("a.rs", stub.clone()),
            Source::new("a.md", stub),
            Source::new("b.toml", "[package] \n\tname = 1\n"),
        ];
        let mut report = Report::default();
        check(&sources, &mut report);
        let expected =
            [concat!("a.rs:2: `todo", "!(` is a stub"), "b.toml:1: whitespace at the end of the line"];
        assert_eq!(report.failures.len(), 2, "{:?}", report.failures);
        for (failure, expected) in report.failures.iter().zip(expected) {
            assert_eq!(failure, expected);
        }
    }
}
