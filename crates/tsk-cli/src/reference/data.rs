//! The commands as data, for programs that make something else of them.

use argh::CommandInfoWithArgs;
use serde::Serialize;

use super::{each, examples, flags, usage, value, visible_positionals};

/// A command, as its definition has it.
#[derive(Debug, Serialize)]
pub(crate) struct Command<'c> {
    command: String,
    usage: String,
    description: &'c str,
    arguments: Vec<Argument<'c>>,
    options: Vec<Flag<'c>>,
    examples: Vec<String>,
    exit_codes: Vec<Code<'c>>,
}

#[derive(Debug, Serialize)]
struct Argument<'c> {
    name: &'c str,
    description: &'c str,
}

#[derive(Debug, Serialize)]
struct Flag<'c> {
    long: &'c str,
    short: Option<char>,
    /// What stands for its value; nothing of a switch.
    value: Option<&'c str>,
    description: &'c str,
}

#[derive(Debug, Serialize)]
struct Code<'c> {
    code: i32,
    description: &'c str,
}

/// All commands of `program`, in the order of the definitions.
pub(crate) fn data<'c>(program: &str, root: &'c CommandInfoWithArgs) -> Vec<Command<'c>> {
    let mut commands = Vec::new();
    each(program, root, &mut |path, command| {
        let arguments = visible_positionals(command)
            .map(|positional| Argument { name: positional.name, description: positional.description });
        let options = flags(command).map(|flag| Flag {
            long: flag.long,
            short: flag.short,
            value: value(flag),
            description: flag.description,
        });
        let codes = command.error_codes.iter();
        commands.push(Command {
            command: path.to_owned(),
            usage: usage(path, command),
            description: command.description,
            arguments: arguments.collect(),
            options: options.collect(),
            examples: examples(path, command).collect(),
            exit_codes: codes.map(|code| Code { code: code.code, description: code.description }).collect(),
        });
    });
    commands
}
