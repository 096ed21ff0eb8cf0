//! Pages that a run writes: its tables, and below them what people wrote about them.

use super::{Results, report};
use crate::Error;

/// What stands below this line is written by hand, and stays when the tables are replaced.
const MARK: &str = "<!-- Below this line: written by hand, and kept. -->";

const INTRODUCTION: &str = "\
# Performance

What tsk costs, beside hyper with a handler written by hand and beside other servers, measured in one run. `cargo xtask
bench --write` makes this page; `cargo xtask bench --help` says what else it measures.

Every server has the same twenty-four routes and gives the same answers, checked before the run. The Rust ones are built
alike (`lto = \"thin\"`, one codegen unit, the system's allocator) and run on one thread; the Node ones run as one process
with `NODE_ENV=production`. Under load, a round puts the same load on each server in turn, and a ratio divides figures
of the same round. Figures are medians over the rounds, with the lowest and the highest. CPU time is what the kernel
accounted to the server's threads, system calls included, divided by the requests answered. Instructions and allocations
are counted in user space by callgrind on one connection: the difference of two runs, divided by the requests that the
longer one has more. `raw-hyper` is the yardstick; where requests are pipelined it is `raw-hyper-flush`, over HTTP/2
`raw-hyper-h2`.
";

/// `docs/performance.md`.
pub(crate) fn write(results: &Results) -> Result<(), Error> {
    replace("docs/performance.md", INTRODUCTION, &report::tables(results))
}

/// Writes a page, a path from the workspace's root, and keeps what people wrote.
pub(crate) fn replace(path: &str, introduction: &str, tables: &str) -> Result<(), Error> {
    let path = crate::root().join(path);
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    std::fs::write(&path, page(introduction, tables, &old))?;
    super::progress::step(&format!("wrote {}", path.display()));
    Ok(())
}

fn page(introduction: &str, tables: &str, old: &str) -> String {
    let kept = old.split_once(MARK).map_or("\n", |(_, kept)| kept);
    format!("{introduction}{tables}\n{MARK}{kept}")
}

#[cfg(test)]
mod tests {
    use super::{MARK, page};

    #[test]
    fn keeps_what_was_written_below_the_mark() {
        let old = format!("old tables\n{MARK}\n\n## Notes\n");
        let new = page("# Title\n", "new tables\n", &old);
        assert!(new.ends_with(&format!("new tables\n\n{MARK}\n\n## Notes\n")), "{new}");
        assert!(!new.contains("old tables"));
    }
}
