//! What may follow what is typed, for the shells.
//!
//! A shell's script asks the program itself, so that what it offers is always what the program has, and so that the
//! three scripts know nothing but how to ask. `argh_complete` writes the commands into scripts instead; those take the
//! value of an option for a command of its name, and confuse commands that have the same name at different places.

#[cfg(test)]
mod tests;

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind, Optionality, PositionalInfo};

const BASH: &str = include_str!("completions/bash.txt");
const FISH: &str = include_str!("completions/fish.txt");
const ZSH: &str = include_str!("completions/zsh.txt");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Fish,
    Zsh,
}

/// What to offer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Offer<'c> {
    /// These words, each with what it means.
    Words(Vec<(&'c str, &'c str)>),
    /// What the file system has.
    Files,
    /// The directories that it has.
    Directories,
}

impl Shell {
    /// What makes the shell complete `program`.
    pub(crate) fn script(self, program: &str) -> String {
        let script = match self {
            Shell::Bash => BASH,
            Shell::Fish => FISH,
            Shell::Zsh => ZSH,
        };
        let function: String =
            program.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        script.replace("{program}", program).replace("{function}", &format!("_{function}_complete"))
    }

    /// An offer as the script reads it, a line each: those that begin with `:` say where else to look.
    pub(crate) fn lines(self, offer: &Offer<'_>) -> String {
        let words = match offer {
            Offer::Files => return ":files\n".to_owned(),
            Offer::Directories => return ":directories\n".to_owned(),
            Offer::Words(words) => words,
        };
        let line = |(word, meaning): &(&str, &str)| {
            let meaning = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
            match self {
                Shell::Bash => format!("{word}\n"),
                Shell::Fish => format!("{word}\t{meaning}\n"),
                Shell::Zsh => format!("{}:{meaning}\n", word.replace(':', "\\:")),
            }
        };
        words.iter().map(line).collect()
    }
}

/// What may stand where the last of `words` does, which may be typed in part. The first follows the program's name.
pub(crate) fn offer<'c>(root: &'c CommandInfoWithArgs, words: &[String]) -> Offer<'c> {
    let (typed, before) = words.split_last().map_or(("", words), |(last, rest)| (last.as_str(), rest));
    let mut line = Line { command: root, given: Vec::new(), positionals: 0, wants: None };
    before.iter().for_each(|word| line.read(word));
    line.offer(typed)
}

/// As far as a command line is understood.
struct Line<'c> {
    command: &'c CommandInfoWithArgs,
    /// The options that it has.
    given: Vec<&'c str>,
    positionals: usize,
    /// What stands for the value that the option before lacks.
    wants: Option<&'c str>,
}

impl<'c> Line<'c> {
    fn read(&mut self, word: &str) {
        if self.wants.is_some() {
            // Bash cuts `--port=80` in three.
            if word != "=" {
                self.wants = None;
            }
        } else if word.len() > 1 && word.starts_with('-') {
            let (name, is_joined) = word.split_once('=').map_or((word, false), |(name, _)| (name, true));
            if let Some(flag) = self.command.flags.iter().find(|flag| is_named(flag, name)) {
                self.given.push(flag.long);
                self.wants = value(flag).filter(|_| !is_joined);
            }
        } else if let Some(sub) = self.command.commands.iter().find(|sub| sub.name == word) {
            self.command = &sub.command;
            self.given.clear();
        } else {
            self.positionals += 1;
        }
    }

    fn offer(self, typed: &str) -> Offer<'c> {
        if let Some(value) = self.wants {
            return of_value(value, typed);
        }
        if typed.starts_with('-') {
            if let Some((name, typed)) = typed.split_once('=') {
                let flag = self.command.flags.iter().find(|flag| flag.long == name);
                return flag.and_then(value).map_or(Offer::Words(Vec::new()), |value| of_value(value, typed));
            }
            return self.flags(typed);
        }
        if let Some(positional) = self.positional() {
            return of_value(positional.name, typed);
        }
        let subs = self.command.commands.iter().filter(|sub| sub.name.starts_with(typed));
        let words: Vec<_> = subs.map(|sub| (sub.name, sub.command.description)).collect();
        // What takes nothing but options is not for guessing that they begin with a dash.
        if words.is_empty() && typed.is_empty() { self.flags("") } else { Offer::Words(words) }
    }

    fn flags(&self, typed: &str) -> Offer<'c> {
        let may_stand = |flag: &&FlagInfo<'_>| {
            let is_given = self.given.contains(&flag.long) && flag.optionality != Optionality::Repeating;
            !flag.hidden && !is_given && flag.long.starts_with(typed)
        };
        Offer::Words(
            self.command.flags.iter().filter(may_stand).map(|flag| (flag.long, flag.description)).collect(),
        )
    }

    /// What the next word without a dash is, if there may be one.
    fn positional(&self) -> Option<&'c PositionalInfo<'static>> {
        let repeats = |positional: &&PositionalInfo<'_>| {
            matches!(positional.optionality, Optionality::Repeating | Optionality::Greedy)
        };
        let positionals = self.command.positionals;
        let next = positionals.get(self.positionals).or_else(|| positionals.last().filter(repeats));
        next.filter(|positional| !positional.hidden)
    }
}

/// What stands for a value says what it may be: `file`, `directory`, or words with `|` between them.
fn of_value<'c>(name: &'c str, typed: &str) -> Offer<'c> {
    match name {
        "file" | "path" => Offer::Files,
        "directory" => Offer::Directories,
        _ => {
            let choices = name.split('|').filter(|choice| name.contains('|') && choice.starts_with(typed));
            Offer::Words(choices.map(|choice| (choice, "")).collect())
        }
    }
}

fn is_named(flag: &FlagInfo<'_>, name: &str) -> bool {
    flag.long == name || flag.short.is_some_and(|short| name.strip_prefix('-') == Some(&*short.to_string()))
}

fn value(flag: &FlagInfo<'static>) -> Option<&'static str> {
    match flag.kind {
        FlagInfoKind::Switch => None,
        FlagInfoKind::Option { arg_name } => Some(arg_name),
    }
}
