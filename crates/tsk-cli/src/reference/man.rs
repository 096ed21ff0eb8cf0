//! A manual page.

use std::fmt::Write;

use argh::CommandInfoWithArgs;

use super::{each, examples, flags, usage, value, visible_positionals};

/// The manual page of all commands of `program`, for `man -l` or `/usr/share/man/man1`.
pub(crate) fn man(program: &str, version: &str, root: &CommandInfoWithArgs) -> String {
    let mut out = String::new();
    let title = program.to_uppercase();
    let _ = writeln!(out, ".TH \"{}\" 1 \"\" \"{} {}\"", text(&title), text(program), text(version));
    let _ = writeln!(out, ".SH NAME\n{} \\- {}", text(program), line(root.description));
    out.push_str(".SH SYNOPSIS\n");
    each(program, root, &mut |path, command| {
        if command.commands.is_empty() {
            let _ = writeln!(out, ".B {}\n.br", text(&usage(path, command)));
        }
    });
    out.push_str(".SH COMMANDS\n");
    each(program, root, &mut |path, command| section(&mut out, path, command));
    out
}

fn section(out: &mut String, path: &str, command: &CommandInfoWithArgs) {
    let _ = writeln!(out, ".SS {}\n{}", text(&usage(path, command)), line(command.description));
    for positional in visible_positionals(command) {
        let _ = writeln!(out, ".TP\n.I {}\n{}", text(positional.name), line(positional.description));
    }
    for flag in flags(command) {
        let short = flag.short.map_or(String::new(), |short| format!(", -{short}"));
        let _ = write!(out, ".TP\n\\fB{}{}\\fR", text(flag.long), text(&short));
        if let Some(value) = value(flag) {
            let _ = write!(out, " \\fI{}\\fR", text(value));
        }
        let _ = writeln!(out, "\n{}", line(flag.description));
    }
    for note in command.notes {
        let _ = writeln!(out, ".PP\n{}", line(note));
    }
    let examples: Vec<_> = examples(path, command).map(|line| verbatim(&line)).collect();
    if !examples.is_empty() {
        let _ = writeln!(out, ".PP\nExamples:\n.PP\n.nf\n.RS\n{}\n.RE\n.fi", examples.join("\n"));
    }
    if !command.error_codes.is_empty() {
        out.push_str(".PP\nExit codes:\n");
        for code in command.error_codes {
            let _ = writeln!(out, ".TP\n{}\n{}", code.code, line(code.description));
        }
    }
}

/// A paragraph in one line, which roff fills.
pub(super) fn line(paragraph: &str) -> String {
    verbatim(&paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A line that is no request, whatever it begins with.
fn verbatim(line: &str) -> String {
    let line = text(line);
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
}

/// What stands for itself within a line.
fn text(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('"', "\\(dq").replace('\'', "\\(aq")
}
