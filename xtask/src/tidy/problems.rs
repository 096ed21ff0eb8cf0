//! Each problem type that the code answers with has its page, and each page its type.

use std::collections::BTreeSet;

use super::Report;
use super::source::Source;

const PAGES: &str = "docs/problems/";

pub(super) fn check(sources: &[Source], report: &mut Report) {
    let pages: BTreeSet<&str> = sources.iter().filter_map(page).collect();
    let code = sources.iter().filter(|source| source.is_rust() && source.path.starts_with("crates/"));
    let types: BTreeSet<&str> = code.flat_map(|source| source.text.lines().filter_map(kind)).collect();
    for slug in types.difference(&pages) {
        report.fail(format!("the problem type `{slug}` has no page {PAGES}{slug}.md"));
    }
    for slug in pages.difference(&types) {
        report.fail(format!("{PAGES}{slug}.md: no problem type of this name in the code"));
    }
}

fn page(source: &Source) -> Option<&str> {
    let slug = source.path.strip_prefix(PAGES)?.strip_suffix(".md")?;
    (slug != "README").then_some(slug)
}

/// The slug of the problem type that a line of code has: of a literal that ends in `problems/slug`. Comments and
/// examples have types of their own.
fn kind(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("problems/")?;
    let (slug, _) = rest.split_once('"')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let comment = before.trim_start().starts_with("//");
    (!comment && before.ends_with([':', '/']) && !slug.is_empty() && slug.chars().all(plain)).then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_without_page_and_a_page_without_type_both_fail() {
        let sources = [
            Source::new(
                "crates/a/src/lib.rs",
                "uri: \"urn:x:problems/not-found\",\n\"https://x/problems/lost\"",
            ),
            Source::new("docs/problems/README.md", ""),
            Source::new("docs/problems/not-found.md", ""),
            Source::new("docs/problems/stale.md", ""),
        ];
        let mut report = Report::default();
        check(&sources, &mut report);
        assert_eq!(report.failures.len(), 2, "{:?}", report.failures);
        assert!(report.failures[0].contains("`lost` has no page"));
        assert!(report.failures[1].contains("stale.md: no problem type"));
    }

    #[test]
    fn prose_and_examples_are_not_types() {
        assert_eq!(kind("/// let uri = \"https://example.org/problems/sold-out\";"), None);
        assert_eq!(kind("format!(\"{base}/problems/{slug}\")"), None);
    }
}
