//! A file that people must scroll to understand wants splitting, and core is for what crates share.

use super::Report;
use super::source::Source;

const FILE_LIMIT: usize = 400;
const FILE_WARNING: usize = 300;
/// In lines of code: comments and blank lines are not counted, so that nobody saves on documentation.
const CORE_LIMIT: usize = 3_000;

pub(super) fn check(sources: &[Source], report: &mut Report) {
    let mut core = 0;
    for source in sources.iter().filter(|source| source.is_rust()) {
        let lines = source.text.lines().count();
        if lines > FILE_LIMIT {
            report.fail(format!(
                "{}: {lines} lines, of at most {FILE_LIMIT}: split it by concept",
                source.path
            ));
        } else if lines > FILE_WARNING {
            report.warn(format!("{}: {lines} lines, near the limit of {FILE_LIMIT}", source.path));
        }
        if source.path.starts_with("crates/tsk-core/src/") && !source.path.ends_with("/tests.rs") {
            // The two lines that say of a file of tests that it is there are no code of it either.
            let tests = source.text.lines().filter(|line| line.ends_with("mod tests;")).count();
            core += source.text.lines().filter(|line| is_code(line)).count() - 2 * tests;
        }
    }
    if core > CORE_LIMIT {
        let advice = "move out what one crate alone uses";
        report.fail(format!("crates/tsk-core: {core} lines of code, of at most {CORE_LIMIT}: {advice}"));
    }
}

fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, count: usize) -> Source {
        Source::new(path, "x\n".repeat(count))
    }

    #[test]
    fn a_long_file_fails_and_a_longish_one_warns() {
        let mut report = Report::default();
        let files = [lines("a.rs", 401), lines("b.rs", 400), lines("c.rs", 300), lines("d.md", 900)];
        check(&files, &mut report);
        assert_eq!(report.failures.len(), 1);
        assert!(report.failures[0].starts_with("a.rs: 401 lines"));
        assert_eq!(report.warnings.len(), 1);
        assert!(report.warnings[0].starts_with("b.rs: 400 lines"));
    }

    #[test]
    fn core_has_a_limit_of_its_own_that_leaves_out_its_test_files() {
        let file = |name: usize| lines(&format!("crates/tsk-core/src/{name}.rs"), 300);
        let mut files: Vec<Source> = (0..10).map(file).collect();
        files.push(lines("crates/tsk-core/src/gate/tests.rs", 300));
        files
            .push(Source::new("crates/tsk-core/src/said.rs", "/// What it is.\n\n    // Why.\n".repeat(100)));
        files.push(Source::new("crates/tsk-core/src/tested.rs", "#[cfg(test)]\nmod tests;\n"));
        let mut report = Report::default();
        check(&files, &mut report);
        assert!(report.failures.is_empty());
        files.push(lines("crates/tsk-core/src/more.rs", 1));
        check(&files, &mut report);
        assert_eq!(report.failures.len(), 1);
        assert!(report.failures[0].contains("3001 lines"));
    }
}
