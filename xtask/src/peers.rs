//! `cargo xtask peers`: builds the servers that `cargo xtask bench` measures.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::install::{self, Program};
use crate::{Error, Usage, nearest, step};

pub(crate) const HELP: &str = "
Builds the servers that `cargo xtask bench` measures: the Rust ones in release mode, the Node ones with `npm ci`.

Usage: cargo xtask peers [NAMES]
       cargo xtask peers list

  NAMES   build these only: names separated by commas or spaces
  list    print each server's name and what it is

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

/// The product, set up so that its answers are the same as raw hyper's.
pub(crate) const TSK: &str = "tsk";
/// The product as it comes.
pub(crate) const TSK_DEFAULTS: &str = "tsk-defaults";
/// The product with an access log, but for that as [`TSK`].
pub(crate) const TSK_ACCESS_LOG: &str = "tsk-access-log";
/// The product with metrics, and with tracing that samples nothing, but for that as [`TSK`].
pub(crate) const TSK_METRICS: &str = "tsk-metrics";
/// The same with a span of every request sent to a collector.
pub(crate) const TSK_TRACED: &str = "tsk-traced";
/// The product with a limit of each address, but for that as [`TSK`].
pub(crate) const TSK_LIMITED: &str = "tsk-limited";
pub(crate) const AXUM: &str = "axum";
pub(crate) const EXPRESS: &str = "express";
pub(crate) const EXPRESS_PRODUCTION: &str = "express-production";
pub(crate) const RAW_HYPER: &str = "raw-hyper";
pub(crate) const RAW_HYPER_FLUSH: &str = "raw-hyper-flush";
pub(crate) const RAW_HYPER_H2: &str = "raw-hyper-h2";

/// Every server, in the order that reports list them.
pub(crate) static PEERS: &[Peer] = &[
    Peer {
        name: RAW_HYPER,
        about: "hyper, HTTP/1, a handler written by hand",
        source: Source::Rust("raw-hyper"),
        environment: &[],
        protocols: Protocols::Http1,
    },
    Peer {
        name: RAW_HYPER_FLUSH,
        about: "the same with `pipeline_flush`",
        source: Source::Rust("raw-hyper"),
        environment: &[("PROTOCOL", "h1-flush")],
        protocols: Protocols::Http1,
    },
    Peer {
        name: RAW_HYPER_H2,
        about: "the same over HTTP/2",
        source: Source::Rust("raw-hyper"),
        environment: &[("PROTOCOL", "h2")],
        protocols: Protocols::Http2,
    },
    Peer {
        name: TSK,
        about: "the product, answering as raw hyper does",
        source: Source::Rust("tsk-peer"),
        environment: &[("ANSWERS", "plain")],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_DEFAULTS,
        about: "the product as it comes",
        source: Source::Rust("tsk-peer"),
        environment: &[],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_ACCESS_LOG,
        about: "the product with an access log, to /dev/null",
        source: Source::Rust("tsk-peer"),
        environment: &[("ANSWERS", "plain"), ("ACCESS_LOG", "/dev/null")],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_METRICS,
        about: "the product with metrics, and identifiers of traces of which none is sampled",
        source: Source::Rust("tsk-peer"),
        environment: &[("ANSWERS", "plain"), ("WATCH", "metrics")],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_TRACED,
        about: "the same with a span of every request, sent to a collector",
        source: Source::Rust("tsk-peer"),
        environment: &[("ANSWERS", "plain"), ("WATCH", "traces")],
        protocols: Protocols::Both,
    },
    Peer {
        name: TSK_LIMITED,
        about: "the product with a limit of each address, told with every answer",
        source: Source::Rust("tsk-peer"),
        environment: &[("ANSWERS", "plain"), ("LIMIT", "1000000000")],
        protocols: Protocols::Both,
    },
    Peer {
        name: AXUM,
        about: "axum, routes alone",
        source: Source::Rust("axum-bare"),
        environment: &[],
        protocols: Protocols::Both,
    },
    Peer {
        name: "axum-production",
        about: "axum with the layers its examples put in production",
        source: Source::Rust("axum-production"),
        environment: &[],
        protocols: Protocols::Both,
    },
    Peer {
        name: "actix",
        about: "actix-web, routes alone",
        source: Source::Rust("actix"),
        environment: &[],
        protocols: Protocols::Both,
    },
    Peer {
        name: "fastify",
        about: "Fastify, routes and schemas",
        source: Source::Node("fastify.js"),
        environment: &[],
        protocols: Protocols::Http1,
    },
    Peer {
        name: EXPRESS,
        about: "Express, routes alone",
        source: Source::Node("express.js"),
        environment: &[],
        protocols: Protocols::Http1,
    },
    Peer {
        name: EXPRESS_PRODUCTION,
        about: "Express with the middleware its guides recommend",
        source: Source::Node("express-production.js"),
        environment: &[],
        protocols: Protocols::Http1,
    },
];

/// The product with five hundred documented routes, and its documents. Only its start is measured.
pub(crate) static DOCUMENTED: Peer = Peer {
    name: "tsk-documented",
    about: "the product with 500 documented routes",
    source: Source::Rust("tsk-documented"),
    environment: &[("ROUTES", "500")],
    protocols: Protocols::Both,
};

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    if args == ["list"] {
        for peer in PEERS {
            println!("{:<20}{}", peer.name, peer.about);
        }
        return Ok(());
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
    for package in packages {
        eprintln!("building {package}");
        // Not `--locked`: our own crates are in the tree of some, and what they newly depend on is locked here then.
        let mut command = step::cargo(&["build", "--release", "--quiet", "--package", package]);
        command.arg("--manifest-path").arg(directory().join("Cargo.toml"));
        step::output(command.arg("--target-dir").arg(target_directory()?))?;
    }
    if peers.iter().any(|peer| peer.package().is_none()) {
        install::ensure(&[NODE, NPM])?;
        install_node_packages(&directory().join("node"))?;
    }
    Ok(())
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
            Source::Rust(package) => vec![target_directory()?.join("release").join(package).into()],
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
