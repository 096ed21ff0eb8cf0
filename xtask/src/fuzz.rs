//! `cargo xtask fuzz`: bytes that nobody thought of.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::install::{self, Program};
use crate::step::{self, Steps};
use crate::{Error, Usage, nearest};

pub(crate) const HELP: &str = "
Sends what nobody thought of to everything that reads bytes of a client, and fails when something panics, hangs, or
answers what it should not.

Usage: cargo xtask fuzz [TARGETS] [--seconds N]
       cargo xtask fuzz list

  TARGETS      run these only: names separated by commas or spaces
  --seconds N  how long each runs; 120 by default
  list         print each target's name and what it is

The targets are in the folders `fuzz` of the crates. What a run found out is kept in target/fuzz/corpus, and the next one begins with
it; an input that fails is kept in target/fuzz/found, and the message names it. Any stable compiler does.

Examples:
  cargo xtask fuzz
  cargo xtask fuzz framing --seconds 3600
";

struct Target {
    name: &'static str,
    about: &'static str,
    folder: &'static str,
}

const AUTH: &str = "crates/tsk-auth/fuzz";
const HTTP: &str = "crates/tsk-http/fuzz";
const TRACE: &str = "crates/tsk-trace/fuzz";
const WS: &str = "crates/tsk-ws/fuzz";

const TARGETS: [Target; 8] = [
    Target { name: "deflate", about: "any compressed messages on a WebSocket, cut anywhere", folder: WS },
    Target { name: "frames", about: "any frames on a WebSocket, cut anywhere", folder: WS },
    Target {
        name: "framing",
        about: "any bytes over HTTP/1: what is served is what a strict reader sees",
        folder: HTTP,
    },
    Target { name: "http2", about: "any frames over HTTP/2", folder: HTTP },
    Target {
        name: "requests",
        about: "well-formed requests with any fields, queries, cookies, ranges, forms and bodies",
        folder: HTTP,
    },
    Target { name: "settings", about: "the text of a settings file", folder: HTTP },
    Target { name: "propagation", about: "any fields of a caller that tells of its trace", folder: TRACE },
    Target { name: "tokens", about: "any tokens, signed or not, and any keys", folder: AUTH },
];

const COMPILER: Program = Program {
    name: "a C++ compiler",
    probe: &["c++", "--version"],
    package: "g++",
    purpose: "compiles libFuzzer",
};

/// What tells the fuzzer which way an input took: the flags of cargo-fuzz, which need no unstable compiler.
const INSTRUMENTS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    if args == ["list"] {
        for Target { name, about, .. } in TARGETS {
            println!("{name:<12} {about}");
        }
        return Ok(());
    }
    let (targets, seconds) = parse(args)?;
    let mut steps = Steps::default();
    let mut programs = PathBuf::new();
    let is_built = steps.run("build", || {
        install::ensure(&[COMPILER])?;
        programs = build(&targets)?;
        Ok(())
    });
    if is_built {
        for target in targets {
            steps.run(target.name, || fuzz(&programs, target, seconds));
        }
    }
    steps.finish()
}

/// The targets that are named, or all, and for how long.
fn parse(args: &[String]) -> Result<(Vec<&'static Target>, u64), Usage> {
    let (mut targets, mut seconds) = (Vec::new(), 120);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--seconds" {
            let number = args.next().and_then(|number| number.parse().ok());
            seconds = number.ok_or_else(|| Usage("`--seconds` takes a number".into()))?;
            continue;
        }
        for word in arg.split(',').filter(|word| !word.is_empty()) {
            targets.push(TARGETS.iter().find(|target| target.name == word).ok_or_else(|| {
                let hint = match nearest::nearest(word, TARGETS.iter().map(|target| target.name)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`cargo xtask fuzz list` prints them".into(),
                };
                Usage(format!("no fuzz target `{word}`; {hint}"))
            })?);
        }
    }
    if targets.is_empty() {
        targets = TARGETS.iter().collect();
    }
    Ok((targets, seconds))
}

/// Builds targets, and gives the folder where they are.
fn build(targets: &[&Target]) -> Result<PathBuf, Error> {
    let version = step::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc names no host")?;
    let built = crate::target_dir()?.join("fuzz/build");
    for folder in [AUTH, HTTP, TRACE, WS] {
        let names: Vec<&str> =
            targets.iter().filter(|target| target.folder == folder).map(|target| target.name).collect();
        if names.is_empty() {
            continue;
        }
        // With a target named, build scripts and procedural macros are built without the instruments.
        let mut cargo = step::cargo(&["build", "--release", "--target", host]);
        cargo
            .arg("--manifest-path")
            .arg(Path::new(folder).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&built);
        cargo.args(names.iter().flat_map(|name| ["--bin", name])).env("RUSTFLAGS", INSTRUMENTS);
        step::run(&mut cargo)?;
    }
    Ok(built.join(host).join("release"))
}

fn fuzz(programs: &Path, target: &Target, seconds: u64) -> Result<(), Error> {
    let name = target.name;
    let seeds = Path::new(target.folder).join("seeds");
    let folder = crate::target_dir()?.join("fuzz");
    let [corpus, found] = ["corpus", "found"].map(|kind| folder.join(kind).join(name));
    for folder in [&corpus, &found] {
        std::fs::create_dir_all(folder)?;
    }
    let mut command = Command::new(programs.join(name));
    command.arg(corpus).arg(seeds.join(name));
    command.arg(format!("-artifact_prefix={}/", found.display()));
    command.args([format!("-max_total_time={seconds}"), "-timeout=10".into(), "-max_len=4096".into()]);
    let dictionary = seeds.join(format!("{name}.dict"));
    if dictionary.exists() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    step::run(command.args(["-print_final_stats=1", "-print_funcs=0"]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_target_may_be_chosen_and_how_long_it_runs() {
        let parse = |line: &str| {
            let (targets, seconds) = parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>())?;
            Ok::<_, Usage>((targets.iter().map(|target| target.name).collect::<Vec<_>>(), seconds))
        };
        assert_eq!(parse("").unwrap(), (TARGETS.map(|target| target.name).to_vec(), 120));
        assert_eq!(parse("http2,framing --seconds 5").unwrap(), (vec!["http2", "framing"], 5));
        assert_eq!(parse("htp2").unwrap_err().to_string(), "no fuzz target `htp2`; did you mean `http2`?");
    }

    #[test]
    fn every_target_is_a_program_with_seeds() {
        for Target { name, folder, .. } in TARGETS {
            let folder = crate::root().join(folder);
            let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
            assert!(folder.join("seeds").join(name).read_dir().unwrap().next().is_some(), "{name}");
        }
    }
}
