//! What every crate has: a description, something that says what it is, and a changelog.

use super::Report;
use super::source::Source;

pub(super) fn check(sources: &[Source], report: &mut Report) {
    let find = |path: &str| sources.iter().find(|source| source.path == path);
    for manifest in sources {
        let Some(folder) = crate_folder(&manifest.path) else { continue };
        if !manifest.text.lines().any(|line| line.starts_with("description = \"")) {
            report.fail(format!("{}: no description", manifest.path));
        }
        let documented = find(&format!("{folder}/src/lib.rs")).is_some_and(|lib| lib.text.starts_with("//!"));
        if !documented && find(&format!("{folder}/README.md")).is_none() {
            report.fail(format!("{folder}: neither a README.md nor documentation at the top of lib.rs"));
        }
        match find(&format!("{folder}/CHANGELOG.md")) {
            None => report.fail(format!("{folder}: no CHANGELOG.md")),
            Some(log) if !log.text.contains("## [Unreleased]") => {
                report.fail(format!("{}: no `## [Unreleased]` section", log.path));
            }
            Some(_) => {}
        }
    }
}

/// The folder of a manifest that is directly under `crates/`.
fn crate_folder(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/Cargo.toml")?;
    let name = folder.strip_prefix("crates/")?;
    (!name.contains('/')).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_crate_fails_three_times_and_a_complete_one_passes() {
        let mut report = Report::default();
        check(&[Source::new("crates/bare/Cargo.toml", "[package]\n")], &mut report);
        assert_eq!(report.failures.len(), 3, "{:?}", report.failures);

        let mut report = Report::default();
        let complete = [
            Source::new("crates/full/Cargo.toml", "[package]\ndescription = \"What it is.\"\n"),
            Source::new("crates/full/src/lib.rs", "//! What it is for.\n"),
            Source::new("crates/full/CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n"),
        ];
        check(&complete, &mut report);
        assert!(report.failures.is_empty(), "{:?}", report.failures);
    }

    #[test]
    fn only_crates_need_them() {
        let mut report = Report::default();
        let others = [
            Source::new("Cargo.toml", ""),
            Source::new("tests/Cargo.toml", ""),
            Source::new("crates/full/ui/Cargo.toml", ""),
        ];
        check(&others, &mut report);
        assert!(report.failures.is_empty(), "{:?}", report.failures);
    }
}
