//! The command line as people write it, put into the one form that argh reads.
//!
//! Argh takes `--port 9000` and `-p 9000`. This adds `--port=9000`, `-p9000`, `-p=9000` and switches in one word
//! (`-fj`), and answers a mistake with a line that names what is known. It reads the commands from argh's own
//! description of them, so that no option is declared twice.

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind};

use crate::error::Error;

/// What asks for help wherever it stands.
const HELP: [&str; 3] = ["help", "--help", "-h"];

/// Rewrites `args`, which follow the name of `program`, for argh to parse as `command`.
pub(crate) fn normalise(
    program: &str,
    args: Vec<String>,
    command: &CommandInfoWithArgs,
) -> Result<Vec<String>, Error> {
    let mut line = Line { path: vec![program.to_owned()], command, out: Vec::with_capacity(args.len()) };
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        if HELP.contains(&arg.as_str()) {
            return Ok(line.help(args));
        } else if arg == "--" {
            line.out.push(arg);
            args.by_ref().try_for_each(|arg| line.word(arg))?;
        } else if arg.starts_with("--") {
            line.long(&arg, &mut args)?;
        } else if arg.len() > 1 && arg.starts_with('-') {
            if line.short(&arg, &mut args)? {
                return Ok(line.help(args));
            }
        } else {
            line.word(arg)?;
        }
    }
    Ok(line.out)
}

/// A command line that is being read: the command it has reached, and what argh will get.
struct Line<'i> {
    path: Vec<String>,
    command: &'i CommandInfoWithArgs,
    out: Vec<String>,
}

impl Line<'_> {
    /// `--port 9000`, `--port=9000`, `--json`.
    fn long(&mut self, arg: &str, rest: &mut impl Iterator<Item = String>) -> Result<(), Error> {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (arg, None),
        };
        let flag =
            self.command.flags.iter().find(|flag| flag.long == name).ok_or_else(|| self.unknown(name))?;
        match (&flag.kind, value) {
            (FlagInfoKind::Switch, None) => self.out.push(name.to_owned()),
            (FlagInfoKind::Switch, Some(_)) => {
                return Err(Error::usage(format_args!("`{name}` takes no value: write it without `=`")));
            }
            (FlagInfoKind::Option { arg_name }, value) => self.option(name, arg_name, value, rest)?,
        }
        Ok(())
    }

    /// `-p 9000`, `-p9000`, `-p=9000`, `-fj`, `-fp9000`; and whether `-h` was among them.
    fn short(&mut self, arg: &str, rest: &mut impl Iterator<Item = String>) -> Result<bool, Error> {
        let mut letters = arg.chars();
        letters.next();
        while let Some(letter) = letters.next() {
            let name = format!("-{letter}");
            if HELP.contains(&name.as_str()) {
                return Ok(true);
            }
            let flag = self.command.flags.iter().find(|flag| flag.short == Some(letter));
            let flag = flag.ok_or_else(|| self.unknown(&name))?;
            if let FlagInfoKind::Option { arg_name } = &flag.kind {
                let joined = letters.as_str();
                let joined = joined.strip_prefix('=').unwrap_or(joined);
                let value = Some(joined.to_owned()).filter(|_| !letters.as_str().is_empty());
                self.option(&name, arg_name, value, rest)?;
                return Ok(false);
            }
            self.out.push(name);
        }
        Ok(false)
    }

    fn option(
        &mut self,
        name: &str,
        value_name: &str,
        joined: Option<String>,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), Error> {
        // The next word is the value unless it is plainly an option: `--host --port 80` lacks a host.
        let value = joined.or_else(|| rest.next().filter(|next| !next.starts_with("--")));
        let value = value.ok_or_else(|| {
            Error::usage(format_args!("`{name}` needs a value: write `{name} {}`", value_name.to_uppercase()))
        })?;
        self.out.extend([name.to_owned(), value]);
        Ok(())
    }

    /// The command reached, or one further along, with nothing but a call for its help: who asks wants no more.
    fn help(mut self, rest: impl Iterator<Item = String>) -> Vec<String> {
        for arg in rest {
            if let Some(sub) = self.command.commands.iter().find(|sub| sub.name == arg) {
                self.command = &sub.command;
                self.path.push(arg);
            }
        }
        self.path.push("help".to_owned());
        self.path.split_off(1)
    }

    /// A command, or what a command is about.
    fn word(&mut self, arg: String) -> Result<(), Error> {
        let path = self.path.join(" ");
        let commands = &self.command.commands;
        if let Some(sub) = commands.iter().find(|sub| sub.name == arg) {
            self.command = &sub.command;
            self.path.push(arg.clone());
        } else if !commands.is_empty() {
            let known =
                commands.iter().map(|sub| format!("`{path} {}`", sub.name)).collect::<Vec<_>>().join(", ");
            return Err(Error::usage(format_args!("`{path} {arg}` is no command; known are {known}")));
        } else if self.command.positionals.is_empty() {
            return Err(Error::usage(format_args!("`{path}` does not take `{arg}`; see `{path} --help`")));
        }
        self.out.push(arg);
        Ok(())
    }

    fn unknown(&self, name: &str) -> Error {
        let visible = self.command.flags.iter().filter(|flag: &&FlagInfo<'_>| !flag.hidden);
        let known: Vec<_> = visible.map(|flag| flag.long).collect();
        Error::usage(format_args!(
            "`{}` has no option `{name}`; known are {}",
            self.path.join(" "),
            known.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(dead_code)] // what argh fills in here is never used

    use argh::{ArgsInfo, FromArgs};
    use proptest::prelude::*;

    use super::*;

    /// A tool.
    #[derive(FromArgs, ArgsInfo)]
    #[argh(help_triggers("help"))]
    struct Tool {
        /// version
        #[argh(switch)]
        version: bool,
        #[argh(subcommand)]
        command: Option<Command>,
    }

    #[derive(FromArgs, ArgsInfo)]
    #[argh(subcommand)]
    enum Command {
        Start(Start),
        Get(Get),
    }

    /// Starts.
    #[derive(FromArgs, ArgsInfo)]
    #[argh(subcommand, name = "start", help_triggers("help"))]
    struct Start {
        /// port
        #[argh(option, short = 'p')]
        port: Option<String>,
        /// follow
        #[argh(switch, short = 'f')]
        follow: bool,
        /// as JSON
        #[argh(switch, short = 'j')]
        json: bool,
    }

    /// Gets.
    #[derive(FromArgs, ArgsInfo)]
    #[argh(subcommand, name = "get", help_triggers("help"))]
    struct Get {
        /// what
        #[argh(positional)]
        key: String,
    }

    fn normalised(line: &str) -> String {
        let args = line.split(' ').map(str::to_owned).collect();
        match normalise("tool", args, &Tool::get_args_info()) {
            Ok(args) => args.join(" "),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn each_form_of_an_option_means_the_same() {
        for line in ["start --port 80", "start --port=80"] {
            assert_eq!(normalised(line), "start --port 80");
        }
        for line in ["start -p 80", "start -p80", "start -p=80"] {
            assert_eq!(normalised(line), "start -p 80");
        }
        assert_eq!(normalised("start -fjp80"), "start -f -j -p 80");
        assert_eq!(normalised("start --port=a=b"), "start --port a=b");
        assert_eq!(normalised("start --port="), "start --port ");
        assert_eq!(normalised("start -p -1"), "start -p -1");
    }

    #[test]
    fn help_is_understood_anywhere() {
        for line in ["-h", "--help", "help"] {
            assert_eq!(normalised(line), "help");
        }
        assert_eq!(normalised("start -h"), "start help");
        assert_eq!(normalised("help start"), "start help");
        assert_eq!(normalised("start -fh"), "start help");
        assert_eq!(normalised("start --port 80 help --json"), "start help");
        assert_eq!(normalised("start --port help"), "start --port help");
    }

    #[test]
    fn what_follows_two_dashes_is_left_alone() {
        assert_eq!(normalised("get -- --port=80"), "get -- --port=80");
    }

    #[test]
    fn a_mistake_is_answered_with_what_is_known() {
        for (line, answer) in [
            ("strat", "`tool strat` is no command; known are `tool start`, `tool get`"),
            (
                "start --prot 80",
                "`tool start` has no option `--prot`; known are --help, --port, --follow, --json",
            ),
            ("start -fx", "`tool start` has no option `-x`; known are --help, --port, --follow, --json"),
            ("--port 80", "`tool` has no option `--port`; known are --help, --version"),
            ("start --port", "`--port` needs a value: write `--port PORT`"),
            ("start --port --json", "`--port` needs a value: write `--port PORT`"),
            ("start --json=yes", "`--json` takes no value: write it without `=`"),
            ("start -- --port", "`tool start` does not take `--port`; see `tool start --help`"),
            ("start now", "`tool start` does not take `now`; see `tool start --help`"),
        ] {
            assert_eq!(normalised(line), format!("error: {answer}"), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_command_line_makes_it_panic(args in prop::collection::vec("start|get|--?[a-z]{0,5}(=.{0,3})?|.{0,4}", 0..6)) {
            if let Ok(args) = normalise("tool", args, &Tool::get_args_info()) {
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                let _ = Tool::from_args(&["tool"], &args);
            }
        }
    }
}
