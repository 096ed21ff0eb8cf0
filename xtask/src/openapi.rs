//! `cargo xtask openapi`: what others make of our documents.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::install::{self, NPM, VENV};
use crate::step::{self, Steps};
use crate::{Error, Usage};

pub(crate) const HELP: &str = "
Writes the OpenAPI documents of the examples `shop`, `catalogue` and `versioned`, in 3.1 and in 3.0, of the oldest version and
of the newest, and has others look at them: openapi-spec-validator, redocly and spectral find no error and no warning, and a
program in TypeScript compiles with what openapi-typescript makes of each. What is needed for that is installed under the
target directory, with npm and pip.

Usage: cargo xtask openapi
";

const VALIDATOR: &str = "openapi-spec-validator==0.9.0";
/// Where the configurations of the tools are.
const HERE: &str = "xtask/openapi";
/// What documents are of, and the arguments that an example of `tsk-cli` prints them by; `shop` writes its own.
const SERVICES: [(&str, &[&str]); 4] = [
    ("shop", &[]),
    ("catalogue", &["catalogue"]),
    ("versioned-v1", &["versioned", "--api-version", "v1"]),
    ("versioned-v3", &["versioned", "--api-version", "v3"]),
];
const DOCUMENTS: [(&str, &str); 2] = [("openapi", "3.1"), ("openapi-3.0", "3.0")];

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    if let Some(arg) = args.first() {
        return Err(Usage(format!("`openapi` takes no argument, but got `{arg}`")).into());
    }
    let mut steps = Steps::default();
    let out = crate::target_dir()?.join("openapi");
    let mut tools = None;
    steps.run("tools", || {
        tools = Some(Tools::install()?);
        Ok(())
    });
    steps.run("documents", || {
        for (service, _) in SERVICES {
            fs::create_dir_all(out.join(service))?;
        }
        let shop = ["run", "-q", "--locked", "-p", "tsk-docs", "--example", "shop", "--"];
        step::run(step::cargo(&shop).arg(out.join("shop")))?;
        for (service, arguments) in SERVICES {
            let Some((example, arguments)) = arguments.split_first() else { continue };
            for (name, spec) in DOCUMENTS {
                let mut print =
                    step::cargo(&["run", "-q", "--locked", "-p", "tsk-cli", "--example", example]);
                print.args(["--", "docs", "openapi", "--spec", spec]).args(arguments);
                step::run(print.arg("--output").arg(out.join(service).join(format!("{name}.json"))))?;
            }
        }
        Ok(())
    });
    if let Some(tools) = tools {
        let documents =
            SERVICES.iter().flat_map(|(service, _)| DOCUMENTS.iter().map(move |(name, _)| (service, name)));
        for (service, name) in documents {
            let document = out.join(service).join(format!("{name}.json"));
            let title = format!("{service}, {name}");
            steps.run(&format!("{title}: openapi-spec-validator"), || {
                step::run(tools.validator().arg(&document))
            });
            steps.run(&format!("{title}: redocly"), || {
                let config = format!("--config={HERE}/redocly.yaml");
                step::run(tools.node("redocly").args(["lint", &config, "--format=stylish"]).arg(&document))
            });
            steps.run(&format!("{title}: spectral"), || {
                let ruleset = format!("--ruleset={HERE}/spectral.yaml");
                step::run(
                    tools.node("spectral").args(["lint", &ruleset, "--fail-severity=hint"]).arg(&document),
                )
            });
            steps.run(&format!("{title}: TypeScript"), || {
                compile(&tools, &document, service, &out.join(service).join(format!("{name}-ts")))
            });
        }
    }
    steps.finish()
}

/// Makes types of a document, and compiles what uses them.
fn compile(tools: &Tools, document: &Path, service: &str, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    fs::copy(Path::new(HERE).join(service).with_extension("ts"), folder.join("usage.ts"))?;
    step::run(tools.node("openapi-typescript").arg(document).arg("-o").arg(folder.join("openapi.ts")))?;
    let strict =
        ["--strict", "--noEmit", "--exactOptionalPropertyTypes", "--module", "esnext", "--target", "esnext"];
    step::run(
        tools.node("tsc").args(strict).args(["--moduleResolution", "bundler"]).arg(folder.join("usage.ts")),
    )
}

/// Where the programs of others are.
struct Tools {
    folder: PathBuf,
}

impl Tools {
    fn install() -> Result<Self, Error> {
        install::ensure(&[NPM, VENV])?;
        let folder = crate::target_dir()?.join("tools/openapi");
        fs::create_dir_all(&folder)?;
        let (wanted, there) = (Path::new(HERE).join("package.json"), folder.join("package.json"));
        let versions = fs::read_to_string(&wanted)? + VALIDATOR;
        let stamp = folder.join("installed");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == versions) {
            return Ok(Self { folder });
        }
        fs::copy(wanted, there)?;
        let npm = ["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", "--prefix"];
        step::run(Command::new("npm").args(npm).arg(&folder))?;
        step::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder.join("venv")))?;
        let python = folder.join("venv/bin/python");
        step::run(Command::new(python).args(["-m", "pip", "install", "--quiet", VALIDATOR]))?;
        fs::write(stamp, versions)?;
        Ok(Self { folder })
    }

    /// A program that npm installed. None of them tells its makers that it ran.
    fn node(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join("node_modules/.bin").join(name));
        command.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
        command
    }

    fn validator(&self) -> Command {
        Command::new(self.folder.join("venv/bin/openapi-spec-validator"))
    }
}
