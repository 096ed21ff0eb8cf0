//! `cargo xtask peers autobahn`: every case of the WebSocket protocol, by Autobahn's fuzzing client and fuzzing server.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::install::{self, VENV};
use crate::step::{self, Steps};
use crate::{Error, Usage};

const SUITE: &str = "autobahntestsuite==25.10.1";

/// What the suite runs with: it is as old as it is.
const REQUIREMENTS: &[&str] = &[
    "autobahn==0.10.9",
    "txaio==2.1.0",
    "six",
    "twisted>=24",
    "wsaccel",
    "setuptools==68.2.2",
    "zope.interface",
    "pyOpenSSL",
    "service_identity",
];

/// Those that may have lib2to3, the newest first.
const PYTHONS: [&str; 4] = ["python3.12", "python3.11", "python3.10", "python3"];

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    let cases = match args {
        [] => "*",
        [cases] if cases.starts_with(|first: char| first == '*' || first.is_ascii_digit()) => cases,
        _ => return Err(Usage("`peers autobahn` takes cases, as in `9.*,12.1.*`".into()).into()),
    };
    let mut steps = Steps::default();
    let mut python = None;
    steps.run("autobahn", || {
        python = Some(installed()?);
        Ok(())
    });
    if let Some(python) = python {
        steps.run("our server", || {
            let server = Server::start()?;
            let script = folder().join("client.py");
            let url = format!("ws://{}/", server.address);
            step::run(Command::new(&python).arg(script).arg(url).arg(report("server")?).arg(cases))
        });
        steps.run("our client", || {
            let (program, script) = (example("autobahn_client")?, folder().join("server.py"));
            step::run(Command::new(&python).arg(script).arg(program).arg(report("client")?).arg(cases))
        });
    }
    steps.finish()
}

/// Where the report about one end goes, empty.
fn report(end: &str) -> Result<PathBuf, Error> {
    let report = crate::target_dir()?.join("autobahn").join(end);
    if report.exists() {
        fs::remove_dir_all(&report)?;
    }
    fs::create_dir_all(&report)?;
    Ok(report)
}

/// Builds an example, and gives its program.
fn example(name: &str) -> Result<PathBuf, Error> {
    let build = [
        "build",
        "--quiet",
        "--locked",
        "--release",
        "-p",
        "tsk-ws",
        "--features",
        "client",
        "--example",
        name,
    ];
    step::run(&mut step::cargo(&build))?;
    Ok(crate::target_dir()?.join("release/examples").join(name))
}

/// The example, while it runs.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Result<Self, Error> {
        let mut child = Command::new(example("plain_hyper")?).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = &mut child.stdout {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim_end().strip_prefix("listening on ").unwrap_or_default().to_owned();
        let server = Self { child, address };
        if server.address.is_empty() { Err("the example does not serve".into()) } else { Ok(server) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> PathBuf {
    crate::root().join("tests/peers/autobahn")
}

/// A Python that has the suite: a pinned one, installed under the target directory.
fn installed() -> Result<PathBuf, Error> {
    let tools = crate::target_dir()?.join("tools");
    let venv = tools.join(SUITE.replace("==", "-"));
    let (python, done) = (venv.join("bin/python"), venv.join("is-ported"));
    if done.is_file() {
        return Ok(python);
    }
    install::ensure(&[VENV])?;
    let has_lib2to3 = |name: &&&str| step::output(Command::new(name).args(["-c", "import lib2to3"])).is_ok();
    let system =
        PYTHONS.iter().find(has_lib2to3).ok_or("no Python up to 3.12 is installed, which has lib2to3")?;
    step::run(Command::new(system).args(["-m", "venv", "--clear"]).arg(&venv))?;
    step::run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(REQUIREMENTS))?;
    let sources = venv.join("sources");
    let download = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", SUITE, "--dest"];
    step::run(Command::new(&python).args(download).arg(&sources))?;
    let archive = fs::read_dir(&sources)?.next().ok_or("pip downloaded nothing")??.path();
    step::run(Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(&sources))?;
    let site = ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"];
    let site = step::output(Command::new(&python).args(site))?;
    let unpacked = sources.join(SUITE.replace("==", "-"));
    step::run(Command::new(&python).arg(folder().join("port.py")).arg(unpacked).arg(site.trim_end()))?;
    fs::write(done, "")?;
    Ok(python)
}
