//! A relative link in a Markdown file leads to a file that exists.

use std::path::Path;

use super::Report;
use super::source::Source;

pub(super) fn check(sources: &[Source], report: &mut Report) {
    check_against(sources, Path::exists, report);
}

fn check_against(sources: &[Source], exists: impl Fn(&Path) -> bool, report: &mut Report) {
    for source in sources.iter().filter(|source| source.is_markdown()) {
        let folder = Path::new(&source.path).parent().unwrap_or(Path::new(""));
        for (number, line) in prose(&source.text) {
            for target in targets(line).filter(|target| !exists(&folder.join(target))) {
                report.fail(format!("{}:{number}: the link to `{target}` leads nowhere", source.path));
            }
        }
    }
}

/// The numbered lines outside fenced code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// What the inline links and the link definition on a line point at, without what only a browser or rustdoc resolves.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    let definition = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "))
        .and_then(|(_, target)| target.split_whitespace().next());
    inline.chain(definition).filter_map(|target| {
        let elsewhere = target.contains("://") || target.starts_with("mailto:") || target.contains("::");
        let path = target.split('#').next().unwrap_or(target);
        (!elsewhere && !path.is_empty()).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_inline_links_images_and_definitions() {
        let found: Vec<&str> =
            targets("see [a](a.md), ![b](img/b.png \"title\") and [c](c.md#part)").collect();
        assert_eq!(found, ["a.md", "img/b.png", "c.md"]);
        assert_eq!(targets("[name]: ../d.md").collect::<Vec<_>>(), ["../d.md"]);
    }

    #[test]
    fn leaves_alone_what_is_not_a_file() {
        let line = "[a](https://example.org/a) [b](#part) [c](mailto:c@example.org) [d](crate::Word)";
        assert_eq!(targets(line).count(), 0);
    }

    #[test]
    fn a_broken_link_is_named_with_its_line_unless_it_is_code() {
        let text = "[there](there.md)\n```\n[code](gone.md)\n```\n[broken](gone.md)\n";
        let mut report = Report::default();
        check_against(&[Source::new("docs/a.md", text)], |path| path.ends_with("docs/there.md"), &mut report);
        assert_eq!(report.failures, ["docs/a.md:5: the link to `gone.md` leads nowhere"]);
    }
}
