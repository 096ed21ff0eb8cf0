//! Each test that the threat model names is there.

use super::Report;
use super::source::Source;

const MODEL: &str = "docs/threat-model.md";

pub(super) fn check(sources: &[Source], report: &mut Report) {
    let Some(model) = sources.iter().find(|source| source.path == MODEL) else {
        report.fail(format!("{MODEL} is missing"));
        return;
    };
    for test in tests(&model.text) {
        if !exists(test, sources) {
            report.fail(format!("{MODEL} names a test that is not there: `{test}`"));
        }
    }
}

/// What is written `file.rs::name` in backticks.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|code| code.contains(".rs::"))
}

/// Whether a function of this name is in a file whose path ends so.
fn exists(test: &str, sources: &[Source]) -> bool {
    let Some((file, name)) = test.split_once("::") else { return false };
    let is_there = |source: &Source| {
        (source.path == file || source.path.ends_with(&format!("/{file}")))
            && source.text.contains(&format!("fn {name}("))
    };
    sources.iter().any(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_not_there_fails() {
        let model = "| attack | `server/a.rs::holds`, `b.rs::holds`, `server/a.rs::hold`, `plain code` |";
        let sources =
            [Source::new(MODEL, model), Source::new("crates/x/tests/server/a.rs", "async fn holds() {}")];
        let mut report = Report::default();
        check(&sources, &mut report);
        assert_eq!(report.failures.len(), 2, "{:?}", report.failures);
        assert!(
            report.failures[0].ends_with("`b.rs::holds`")
                && report.failures[1].ends_with("`server/a.rs::hold`")
        );
    }
}
