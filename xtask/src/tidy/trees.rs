//! What each of our crates pulls in, and how much it may.

use std::collections::BTreeSet;
use std::fs;

use super::Report;
use crate::Error;
use crate::step;

/// The most crates that a tree may have, its own root counted. A crate without a bar is only printed.
const BARS: [(&str, usize); 4] =
    [("tsk-core", 25), ("tsk-health", 45), ("tsk-http", 70), ("tsk-metrics", 40)];

pub(super) fn check(name_crates: bool, report: &mut Report) -> Result<(), Error> {
    for name in our_crates()? {
        let tree = step::output(&mut step::cargo(&["tree", "-p", &name, "--edges=normal", "--prefix=none"]))?;
        let crates = unique(&tree);
        let bar = BARS.iter().find(|(of, _)| *of == name).map(|(_, bar)| *bar);
        match bar {
            Some(bar) => println!("{name}: {} crates in its tree, of at most {bar}", crates.len()),
            None => println!("{name}: {} crates in its tree", crates.len()),
        }
        if name_crates {
            println!("  {}", crates.iter().copied().collect::<Vec<_>>().join(", "));
        }
        if let Some(bar) = bar.filter(|bar| crates.len() > *bar) {
            report.fail(format!("{name} pulls in {} crates, of at most {bar}", crates.len()));
        }
    }
    Ok(())
}

/// The packages under `crates/`, which are named after their folders.
fn our_crates() -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for entry in fs::read_dir("crates")? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The distinct packages of a tree, as `name version`: two versions of one crate are built twice, and count twice.
fn unique(tree: &str) -> BTreeSet<&str> {
    let package =
        |line: &'_ str| -> usize { line.match_indices(' ').nth(1).map_or(line.len(), |(end, _)| end) };
    tree.lines().filter(|line| !line.is_empty()).map(|line| &line[..package(line)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_version_once_however_often_it_is_listed() {
        let tree =
            "tsk-core v0.1.0 (/x)\nbytes v1.12.0\nsyn v2.0.1 (proc-macro)\nbytes v1.12.0 (*)\nsyn v1.0.0\n";
        let expected = ["bytes v1.12.0", "syn v1.0.0", "syn v2.0.1", "tsk-core v0.1.0"];
        assert_eq!(unique(tree).into_iter().collect::<Vec<_>>(), expected);
    }
}
