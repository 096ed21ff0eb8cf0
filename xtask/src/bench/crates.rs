//! How many crates a crate of ours brings into a build.

use std::collections::BTreeSet;

use crate::{Error, step};

/// The crates in the tree of this one, itself included: normal dependencies with default features, each version once.
pub(crate) fn in_tree_of(package: &str) -> Result<usize, Error> {
    let mut tree = step::cargo(&["tree", "--package", package, "--edges=normal", "--prefix=none"]);
    Ok(distinct(&step::output(&mut tree)?))
}

/// Counts names with versions; the marks behind them, such as `(*)` for one that was listed before, do not matter.
fn distinct(tree: &str) -> usize {
    let name_and_version = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    tree.lines().filter(|line| !line.is_empty()).map(name_and_version).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::distinct;

    #[test]
    fn counts_a_repeated_crate_once_and_each_version_of_it() {
        let tree = "a v1.0.0 (/src/a)\nb v1.0.0\nc v2.0.0 (proc-macro)\nb v1.0.0 (*)\nb v2.0.0\n";
        assert_eq!(distinct(tree), 4);
    }
}
