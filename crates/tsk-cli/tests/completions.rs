//! Completions in the shells themselves.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const TSK: &str = env!("CARGO_BIN_EXE_tsk");

/// What a shell says to a program, where there is a directory `site` and a file `site.toml`, and `tsk` is on the path.
fn told(shell: &str, args: &[&str], program: &str) -> String {
    let directory = TempDir::new().unwrap();
    std::fs::create_dir(directory.path().join("site")).unwrap();
    std::fs::write(directory.path().join("site.toml"), "").unwrap();
    let path = format!("{}:/usr/bin:/bin", Path::new(TSK).parent().unwrap().display());
    let mut command = Command::new(shell);
    command.args(args).arg(program).current_dir(directory.path()).env_clear();
    let output = command.env("PATH", path).env("HOME", directory.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

/// Command lines, and what is offered for the last word.
const LINES: [(&str, &str); 7] = [
    ("tsk ", "completions reference web"),
    ("tsk we", "web"),
    ("tsk help web sta", "start status"),
    ("tsk web start --po", "--port"),
    ("tsk web start --config s", "site site.toml"),
    ("tsk web start --port ", ""),
    ("tsk completions f", "fish"),
];

/// Whether a shell offers for each line what is expected; more commands than those may exist.
fn offers(told: &str) {
    let mut answers = told.split("==\n").skip(1);
    for (line, expected) in LINES {
        let mut words: Vec<_> = answers.next().unwrap().split_whitespace().collect();
        words.sort_unstable();
        let expected: Vec<_> = expected.split_whitespace().collect();
        if line == "tsk " {
            words.retain(|word| expected.contains(word));
        }
        assert_eq!(words, expected, "{line}");
    }
}

fn every_line(call: impl Fn(&str) -> String) -> String {
    LINES.iter().map(|(line, _)| format!("echo '=='\n{}\n", call(line))).collect()
}

#[test]
fn bash_completes_words_and_files() {
    let ask = "
        source <(tsk completions bash)
        compopt() { :; }
        ask() {
            COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1))
            $(complete -p tsk | sed 's/.*-F \\([^ ]*\\) .*/\\1/') tsk
            printf '%s\\n' \"${COMPREPLY[@]}\"
        }
    ";
    let lines = every_line(|line| {
        let words: Vec<_> = line.split(' ').map(|word| format!("'{word}'")).collect();
        format!("ask {}", words.join(" "))
    });
    offers(&told("bash", &["--norc", "-c"], &format!("{ask}{lines}")));
    let cut = told("bash", &["--norc", "-c"], &format!("{ask}ask tsk web start --config = s"));
    assert!(["site\nsite.toml\n", "site.toml\nsite\n"].contains(&&*cut), "{cut}");
}

#[test]
fn fish_completes_words_and_files() {
    let lines = every_line(|line| format!("complete -C '{line}' | string replace -r '[\\t/].*' ''"));
    offers(&told("fish", &["-N", "-c"], &format!("tsk completions fish | source\n{lines}")));
    let joined = told(
        "fish",
        &["-N", "-c"],
        "tsk completions fish | source; complete -C 'tsk web start --config=site.'",
    );
    assert_eq!(joined, "--config=site.toml\n");
}

#[test]
fn zsh_completes_words_and_files() {
    // The completion system wants a terminal. What it is called with says what it would show.
    let ask = "
        compdef() { completer=$1 }
        compset() { : }
        _files() { print -l -- ${words[CURRENT]}*${2:+(/)} }
        _describe() { print -l -- ${(P)2%%:*} }
        source <(tsk completions zsh)
        ask() { words=(\"$@\") CURRENT=$#; $completer }
    ";
    let lines = every_line(|line| {
        let words: Vec<_> = line.split(' ').map(|word| format!("'{word}'")).collect();
        format!("ask {}", words.join(" "))
    });
    offers(&told("zsh", &["-f", "-c"], &format!("{ask}{lines}")));
}
