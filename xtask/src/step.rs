//! Running one thing after another, saying what runs and how long it took.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::Error;

/// What ran so far, and how it ended.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: String,
    took: Duration,
    ok: bool,
}

impl Steps {
    /// Runs one step; a failure is printed and kept for [`finish`](Self::finish). Says whether it passed.
    pub(crate) fn run(&mut self, name: &str, step: impl FnOnce() -> Result<(), Error>) -> bool {
        println!("\n── {name}");
        let start = Instant::now();
        let result = step();
        let took = start.elapsed();
        if let Err(error) = &result {
            eprintln!("{name}: {error}");
        }
        println!("── {name}: {} in {}", word(result.is_ok()), seconds(took));
        self.done.push(Step { name: name.into(), took, ok: result.is_ok() });
        result.is_ok()
    }

    /// Prints a line a step, and fails when any of them did.
    pub(crate) fn finish(self) -> Result<(), Error> {
        println!();
        for step in &self.done {
            println!("{:>8}  {:<6}  {}", seconds(step.took), word(step.ok), step.name);
        }
        let total: Duration = self.done.iter().map(|step| step.took).sum();
        println!("{:>8}  in all", seconds(total));
        let failed: Vec<&str> = self.done.iter().filter(|step| !step.ok).map(|step| &*step.name).collect();
        if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
    }
}

/// Prints a command and runs it with our own standard streams; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}`: {status}", shown(command)).into()) }
}

/// Runs a command quietly and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String, Error> {
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}`: {}\n{}", shown(command), output.status, reason.trim()).into())
}

/// The cargo that started this program.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Error {
    format!("cannot start `{}`: {error}", command.get_program().to_string_lossy()).into()
}

fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let mut text = program.rsplit('/').next().unwrap_or_default().to_string();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

fn word(ok: bool) -> &'static str {
    if ok { "ok" } else { "FAILED" }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_failure_stops_nothing_and_is_named_at_the_end() {
        let mut steps = Steps::default();
        assert!(!steps.run("first", || Err("broken".into())));
        assert!(steps.run("second", || Ok(())));
        assert_eq!(steps.finish().unwrap_err().to_string(), "failed: first");
    }

    #[test]
    fn a_command_that_fails_or_is_absent_says_so() {
        let error = output(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.contains("why"), "{error}");
        let error = run(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert!(error.starts_with("cannot start `no-such-program`"), "{error}");
    }
}
