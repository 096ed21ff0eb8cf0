//! `tsk web config`, as an operator and a script see it.

#![allow(clippy::unwrap_used)]

mod reading;
mod writing;

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A directory of its own, with what `tsk.toml` is to hold.
struct Place(TempDir);

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new(text: &str) -> Place {
        let place = Place(TempDir::new().unwrap());
        place.write("tsk.toml", text);
        place
    }

    fn empty() -> Place {
        Place(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn file(&self) -> String {
        fs::read_to_string(self.path("tsk.toml")).unwrap()
    }

    fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tsk"));
        command
            .args(["web", "config"])
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .env_clear();
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    fn run(&self, args: &[&str]) -> Ended {
        self.run_with(&[], args)
    }

    /// What a command that succeeds says.
    fn says(&self, args: &[&str]) -> String {
        let ended = self.run(args);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{args:?}");
        ended.stdout.trim_end().to_owned()
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.says(args)).unwrap()
    }

    /// The one line of a command that ends with `code` and says nothing else.
    fn complaint(&self, args: &[&str], code: i32) -> String {
        let ended = self.run(args);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{args:?} {}", ended.stderr);
        let line = ended.stderr.strip_suffix('\n').unwrap();
        assert!(!line.contains('\n'), "{line}");
        line.strip_prefix("tsk: error: ").unwrap().to_owned()
    }

    /// What is in the directory.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

const FILE: &str = "\
[http]
listen = [\"127.0.0.1:9000\"] # for now
drain_timeout = \"10s\"

# Where people come.
[env.production.http]
listen = [\"0.0.0.0:80\"]
";
