//! The commands as a page of Markdown or a manual page, made of the definitions that also make the help.

mod data;
mod man;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind, Optionality, PositionalInfo};

pub(crate) use data::data;
pub(crate) use man::man;

/// What is true of all commands; `{commands}` stands for the commands, and `{command_name}` for the program.
///
/// The file is not named as Markdown, because its links are those of the page that is made of it.
const PROSE: &str = include_str!("reference/prose.txt");

/// How long a line of prose is.
const WIDTH: usize = 120;

/// The page of all commands of `program`.
pub(crate) fn markdown(program: &str, root: &CommandInfoWithArgs) -> String {
    let mut commands = String::new();
    each(program, root, &mut |path, command| section(&mut commands, path, command));
    PROSE.replace("{commands}", commands.trim_end()).replace("{command_name}", program)
}

/// Calls `visit` with every command and the words that lead to it, in the order of the definitions.
fn each<'c>(
    path: &str,
    command: &'c CommandInfoWithArgs,
    visit: &mut impl FnMut(&str, &'c CommandInfoWithArgs),
) {
    visit(path, command);
    for sub in &command.commands {
        each(&format!("{path} {}", sub.name), &sub.command, visit);
    }
}

fn section(out: &mut String, path: &str, command: &CommandInfoWithArgs) {
    let _ = write!(out, "### `{path}`\n\n    {}\n\n", usage(path, command));
    paragraph(out, command.description);
    if !command.commands.is_empty() {
        out.push_str("| command | what it does |\n|---|---|\n");
        for sub in &command.commands {
            let path = format!("{path} {}", sub.name);
            let anchor = path.replace(' ', "-");
            let description = cell(first_sentence(sub.command.description));
            let _ = writeln!(out, "| [`{path}`](#{anchor}) | {description} |");
        }
        out.push('\n');
    }
    if !command.positionals.is_empty() {
        out.push_str("| argument | what it is |\n|---|---|\n");
        for positional in visible_positionals(command) {
            let _ = writeln!(out, "| `{}` | {} |", positional.name, cell(positional.description));
        }
        out.push('\n');
    }
    if flags(command).next().is_some() {
        out.push_str("| option | value | what it does |\n|---|---|---|\n");
        for flag in flags(command) {
            let short = flag.short.map_or(String::new(), |short| format!(", `-{short}`"));
            let value = value(flag).map_or(String::new(), |value| format!("`{value}`"));
            let _ = writeln!(out, "| `{}`{short} | {value} | {} |", flag.long, cell(flag.description));
        }
        out.push('\n');
    }
    for note in command.notes {
        paragraph(out, note);
    }
    let examples: Vec<_> = examples(path, command).collect();
    if !examples.is_empty() {
        let _ = write!(out, "Examples:\n\n    {}\n\n", examples.join("\n    "));
    }
    if !command.error_codes.is_empty() {
        out.push_str("Exit codes:\n\n");
        for code in command.error_codes {
            let _ = writeln!(out, "- {}: {}", code.code, with_code(code.description));
        }
        out.push('\n');
    }
}

/// How a command is written: `tsk new [options] <name>`.
fn usage(path: &str, command: &CommandInfoWithArgs) -> String {
    let mut line = path.to_owned();
    if flags(command).next().is_some() {
        line.push_str(" [options]");
    }
    for positional in visible_positionals(command) {
        let name = positional.name;
        let _ = match positional.optionality {
            Optionality::Required => write!(line, " <{name}>"),
            Optionality::Optional => write!(line, " [<{name}>]"),
            Optionality::Repeating | Optionality::Greedy => write!(line, " [<{name}>...]"),
        };
    }
    if !command.commands.is_empty() {
        line.push_str(" <command>");
    }
    line
}

/// The options that a command has for itself; all have `--help`.
fn flags(command: &CommandInfoWithArgs) -> impl Iterator<Item = &FlagInfo<'static>> {
    command.flags.iter().filter(|flag| !flag.hidden && flag.long != "--help")
}

fn visible_positionals(command: &CommandInfoWithArgs) -> impl Iterator<Item = &PositionalInfo<'static>> {
    command.positionals.iter().filter(|positional| !positional.hidden)
}

/// What stands for the value of an option, if it has one.
fn value<'f>(flag: &FlagInfo<'f>) -> Option<&'f str> {
    match flag.kind {
        FlagInfoKind::Switch => None,
        FlagInfoKind::Option { arg_name } => Some(arg_name),
    }
}

fn examples(path: &str, command: &CommandInfoWithArgs) -> impl Iterator<Item = String> {
    let lines = command.examples.iter().flat_map(|example| example.lines());
    lines.map(move |line| line.replace("{command_name}", path))
}

fn first_sentence(text: &str) -> &str {
    text.split_inclusive(". ").next().unwrap_or(text).trim()
}

/// What stands in a table.
fn cell(text: &str) -> String {
    with_code(text).split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn paragraph(out: &mut String, text: &str) {
    let mut length = 0;
    for word in with_code(text).split_whitespace() {
        if length > 0 && length + 1 + word.chars().count() > WIDTH {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += word.chars().count();
    }
    out.push_str("\n\n");
}

/// Marks as code what a help text, which has no marks, means to be typed: options, variables, paths, settings.
fn with_code(text: &str) -> String {
    if text.contains('`') {
        return text.to_owned();
    }
    let words = text.split_inclusive(char::is_whitespace).map(|word| {
        let start = word.find(|c: char| !matches!(c, '(' | '"')).unwrap_or(word.len());
        let end = word.trim_end().trim_end_matches([',', '.', ';', ':', ')', '"', '?']).len().max(start);
        let (before, bare, after) = (&word[..start], &word[start..end], &word[end..]);
        if is_code(bare) { format!("{before}`{bare}`{after}") } else { word.to_owned() }
    });
    words.collect()
}

fn is_code(word: &str) -> bool {
    let is_inside = |(at, _): (usize, &str)| {
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '*');
        is_word(word[..at].chars().next_back()) && is_word(word[at + 1..].chars().next())
    };
    let is_option = word.starts_with('-') && word.chars().any(char::is_alphanumeric);
    is_option
        || word.contains(['_', '*', '<', '=', '[', '{'])
        || word.starts_with("./")
        || (word.starts_with('/') && word.len() > 1)
        || word.match_indices('.').any(is_inside)
}
