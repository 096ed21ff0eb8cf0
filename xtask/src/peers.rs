//! `cargo xtask peers`: builds the servers that `cargo xtask bench` measures.

mod autobahn;
mod servers;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) use self::servers::{
    AXUM, AXUM_EVERYTHING, AXUM_EVERYTHING_TRACED, DOCUMENTED, EVERYTHING, EXPRESS, EXPRESS_PRODUCTION,
    FASTIFY, PEERS, RAW_HYPER, RAW_HYPER_FLUSH, RAW_HYPER_H2, TSK, TSK_ACCESS_LOG, TSK_DEFAULTS,
    TSK_EVERYTHING, TSK_EVERYTHING_TRACED, TSK_LIMITED, TSK_LIMITED_UNTOLD, TSK_METRICS, TSK_TRACED,
};

use crate::install::{self, Program};
use crate::{Error, Usage, nearest, step};

pub(crate) const HELP: &str = "
Builds the servers that `cargo xtask bench` measures: the Rust ones in release mode, the Node ones with `npm ci`.

Usage: cargo xtask peers [NAMES]
       cargo xtask peers list
       cargo xtask peers autobahn [CASES]

  NAMES   build these only: names separated by commas or spaces
  list    print each server's name and what it is
  autobahn  look at every case of the WebSocket protocol, or at CASES, as in `9.*,12.1.*`, at our server and then at our client: all
            of them take some twenty minutes. Autobahn is brought to Python 3, and installed under the target directory; it needs a
            Python that has lib2to3, up to 3.12. The reports are in target/autobahn.

They are in xtask/peers, a workspace of its own. To see source lines in a callgrind profile, build with
CARGO_PROFILE_RELEASE_DEBUG=line-tables-only: the code stays the same.

Examples:
  cargo xtask peers
  cargo xtask peers raw-hyper,axum
";

/// A server that answers the routes of `xtask/peers`.
#[derive(Debug)]
pub(crate) struct Peer {
    /// What `--only` and the reports call it.
    pub(crate) name: &'static str,
    /// What it is, in a few words.
    pub(crate) about: &'static str,
    pub(crate) source: Source,
    environment: &'static [(&'static str, &'static str)],
    pub(crate) protocols: Protocols,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A package of the peers' workspace.
    Rust(&'static str),
    /// A script in `xtask/peers/node`.
    Node(&'static str),
}

/// What a server speaks in clear text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocols {
    Http1,
    Http2,
    Both,
}

const NODE: Program = Program {
    name: "node",
    probe: &["node", "--version"],
    package: "nodejs",
    purpose: "runs the JavaScript servers of the benchmark",
};

const NPM: Program = Program {
    name: "npm",
    probe: &["npm", "--version"],
    package: "npm",
    purpose: "installs what the JavaScript servers of the benchmark need",
};

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    if args == ["list"] {
        for peer in PEERS {
            println!("{:<20}{}", peer.name, peer.about);
        }
        return Ok(());
    }
    if let Some((first, cases)) = args.split_first()
        && first == "autobahn"
    {
        return autobahn::run(cases);
    }
    let names: Vec<&str> = args.iter().flat_map(|names| names.split(',')).collect();
    build(&select(&names)?)
}

/// The peers of these names; all of them where none is given.
pub(crate) fn select(names: &[&str]) -> Result<Vec<&'static Peer>, Error> {
    let known = || PEERS.iter().map(|peer| peer.name);
    if let Some(unknown) = names.iter().find(|name| !known().any(|known| known == **name)) {
        let hint = match nearest::nearest(unknown, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`cargo xtask peers list` lists them".into(),
        };
        return Err(Usage(format!("no peer `{unknown}`; {hint}")).into());
    }
    Ok(PEERS.iter().filter(|peer| names.is_empty() || names.contains(&peer.name)).collect())
}

/// Builds these peers, each Rust one by itself: built together, they would share the features of them all.
pub(crate) fn build(peers: &[&Peer]) -> Result<(), Error> {
    let mut packages: Vec<_> = peers.iter().filter_map(|peer| peer.package()).collect();
    packages.dedup();
    packages.into_iter().try_for_each(build_package)?;
    if peers.iter().any(|peer| peer.package().is_none()) {
        install_node()?;
    }
    Ok(())
}

/// Installs what the Node servers need.
pub(crate) fn install_node() -> Result<(), Error> {
    install::ensure(&[NODE, NPM])?;
    install_node_packages(&directory().join("node"))
}

/// Builds a package of the peers' workspace by itself.
pub(crate) fn build_package(package: &str) -> Result<(), Error> {
    eprintln!("building {package}");
    // Not `--locked`: our own crates are in the tree of some, and what they newly depend on is locked here then.
    let mut command = step::cargo(&["build", "--release", "--quiet", "--package", package]);
    command.arg("--manifest-path").arg(directory().join("Cargo.toml"));
    step::output(command.arg("--target-dir").arg(target_directory()?)).map(drop)
}

/// The program that a package of the peers' workspace is built to.
pub(crate) fn program(package: &str) -> Result<PathBuf, Error> {
    Ok(target_directory()?.join("release").join(package))
}

/// `xtask/peers`.
pub(crate) fn directory() -> PathBuf {
    crate::root().join("xtask/peers")
}

/// Where the peers are built.
pub(crate) fn target_directory() -> Result<PathBuf, Error> {
    Ok(crate::target_dir()?.join("peers"))
}

impl Peer {
    /// The package of a Rust peer.
    pub(crate) fn package(&self) -> Option<&'static str> {
        match self.source {
            Source::Rust(package) => Some(package),
            Source::Node(_) => None,
        }
    }

    pub(crate) fn is_http1(&self) -> bool {
        self.protocols != Protocols::Http2
    }

    pub(crate) fn is_http2(&self) -> bool {
        self.protocols != Protocols::Http1
    }

    /// The command that starts it on this port with one thread, behind `wrapper`: a list of programs with their
    /// arguments, each of which runs the next.
    pub(crate) fn command(&self, port: u16, wrapper: &[String]) -> Result<Command, Error> {
        let line: Vec<OsString> = match self.source {
            Source::Rust(package) => vec![program(package)?.into()],
            Source::Node(script) => vec!["node".into(), directory().join("node").join(script).into()],
        };
        let mut line = wrapper.iter().map(OsString::from).chain(line);
        let mut command = Command::new(line.next().ok_or("a peer without a program")?);
        command
            .args(line)
            .env("PORT", port.to_string())
            .env("THREADS", "1")
            .env("NODE_ENV", "production")
            .envs(self.environment.iter().copied())
            .stdin(Stdio::null());
        Ok(command)
    }
}

fn install_node_packages(directory: &Path) -> Result<(), Error> {
    // npm writes this file last, so that it dates the installation.
    let installed = modified(&directory.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&directory.join("package-lock.json")) {
        return Ok(());
    }
    eprintln!("installing the Node packages");
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(directory);
    step::output(&mut npm).map(drop)
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().ok()?.modified().ok()
}
