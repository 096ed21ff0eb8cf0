//! Which of our crates may depend on which.
//!
//! Cargo resolves the manifests, so that a renamed, optional or target-specific dependency is seen like any other.

use super::Report;
use crate::Error;
use crate::step;

pub(super) fn check(report: &mut Report) -> Result<(), Error> {
    let tree = step::output(&mut step::cargo(&[
        "tree",
        "--workspace",
        "--all-features",
        "--target=all",
        "--edges=normal,build,dev",
        "--depth=1",
        "--prefix=depth",
        "--no-dedupe",
        "--format= {p}",
    ]))?;
    let mut seen = 0;
    for (from, to) in edges(&tree) {
        seen += 1;
        if !allowed(from, to) {
            report.fail(format!("{from} depends on {to}: a component may depend on tsk-core only"));
        }
    }
    // Every component depends on core. Seeing no edge at all means that the tree is printed in another form.
    if seen == 0 { Err("`cargo tree` shows no edge between our crates".into()) } else { Ok(()) }
}

/// The facade composes the components, the command line embeds the facade, and the tests see everything. A component
/// that reached for another could no longer be used alone.
fn allowed(from: &str, to: &str) -> bool {
    match from {
        "tsk-tests" | "tsk-cli" => to != "tsk-tests" && to != "xtask",
        "tsk" => !matches!(to, "tsk-cli" | "tsk-tests" | "xtask"),
        "tsk-core" | "xtask" => false,
        _ => to == "tsk-core",
    }
}

/// The pairs of our own crates in a tree of depth one: a root is followed by what it depends on.
fn edges(tree: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut root = "";
    tree.lines().filter_map(move |line| {
        let mut words = line.split_whitespace();
        let (depth, name) = (words.next()?, words.next()?);
        if depth == "0" {
            root = name;
        }
        (depth == "1" && ours(name)).then_some((root, name))
    })
}

fn ours(name: &str) -> bool {
    name == "tsk" || name == "xtask" || name.starts_with("tsk-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_edges_of_our_crates_from_a_tree() {
        let tree = "0 tsk-core v0.1.0 (/x)\n1 bytes v1.12.0\n\n0 tsk-http v0.1.0 (/x)\n1 tsk-core v0.1.0 (/x)\n1 hyper v1.12.0\n";
        assert_eq!(edges(tree).collect::<Vec<_>>(), [("tsk-http", "tsk-core")]);
    }

    #[test]
    fn a_component_depends_on_core_alone() {
        assert!(allowed("tsk-http", "tsk-core"));
        assert!(!allowed("tsk-http", "tsk-ws"));
        assert!(!allowed("tsk-http", "tsk"));
        assert!(!allowed("tsk-core", "tsk-http"));
    }

    #[test]
    fn those_that_compose_depend_downwards() {
        assert!(allowed("tsk", "tsk-http"));
        assert!(!allowed("tsk", "tsk-cli"));
        assert!(allowed("tsk-cli", "tsk"));
        assert!(allowed("tsk-tests", "tsk-cli"));
        assert!(!allowed("tsk-cli", "tsk-tests"));
        assert!(!allowed("xtask", "tsk"));
    }
}
