//! `tsk completions`: what makes a shell complete commands and options.

use std::str::FromStr;

use argh::{ArgsInfo, FromArgs};

use super::Tsk;
use crate::completions::{Shell, offer};
use crate::error::Error;
use crate::{Application, Exit, terminal};

/// Prints what makes a shell complete the commands, their options and the files they want.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "completions",
    help_triggers("-h", "--help", "help"),
    example = "source <({command_name} bash)\nsource <({command_name} zsh)\n{command_name} fish | source",
    note = "For every new shell: in ~/.local/share/bash-completion/completions, in a directory of zsh's $fpath (the file has the program's name after a `_`), or in ~/.config/fish/completions (with `.fish` after it).",
    error_code(0, "printed"),
    error_code(2, "the command line is wrong")
)]
pub(super) struct Completions {
    /// the shell
    #[argh(positional, arg_name = "bash|zsh|fish")]
    shell: Shell,

    /// as JSON: the script as a value
    #[argh(switch)]
    json: bool,

    /// what is typed so far, as the script asks; what may follow is then printed
    #[argh(positional, hidden_help)]
    words: Vec<String>,
}

impl Completions {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        if self.words.is_empty() {
            let script = self.shell.script(application.name);
            match self.json {
                true => terminal::say(serde_json::json!({ "script": script })),
                false => terminal::say(script.trim_end()),
            }
        } else {
            let commands = Tsk::get_args_info();
            terminal::print(self.shell.lines(&offer(&commands, &self.words)));
        }
        Ok(Exit::Success)
    }
}

impl FromStr for Shell {
    type Err = String;

    fn from_str(name: &str) -> Result<Shell, String> {
        match name {
            "bash" => Ok(Shell::Bash),
            "fish" => Ok(Shell::Fish),
            "zsh" => Ok(Shell::Zsh),
            _ => Err("a shell is `bash`, `zsh` or `fish`".to_owned()),
        }
    }
}
