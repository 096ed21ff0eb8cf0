#![allow(clippy::unwrap_used)]
#![allow(dead_code)] // what argh fills in here is never used

use argh::{ArgsInfo, FromArgs};
use proptest::prelude::*;

use super::*;

/// A tool.
#[derive(FromArgs, ArgsInfo)]
struct Tool {
    #[argh(subcommand)]
    command: Command,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    Test(Test),
    Config(Config),
    Make(Make),
}

/// tests
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "test")]
struct Test {
    /// a rate
    #[argh(option, short = 'r')]
    rate: Option<u32>,
    /// many
    #[argh(option)]
    header: Vec<String>,
    /// a file
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<String>,
    /// how
    #[argh(option, arg_name = "fast|slow|sound")]
    how: Option<String>,
    /// secret
    #[argh(switch, hidden_help)]
    secret: bool,
}

/// configures
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "config")]
struct Config {
    #[argh(subcommand)]
    command: ConfigCommand,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum ConfigCommand {
    Test(ConfigTest),
}

/// tests a configuration
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "test")]
struct ConfigTest {
    /// strict
    #[argh(switch)]
    strict: bool,
}

/// makes
#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand, name = "make")]
struct Make {
    /// where
    #[argh(positional, arg_name = "directory")]
    place: String,
    /// of what
    #[argh(positional, arg_name = "wood|stone")]
    material: Vec<String>,
}

/// What is offered, in one line: `~` for files, `/` for directories.
fn offered(line: &str) -> String {
    let root = Tool::get_args_info();
    let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
    match offer(&root, &words) {
        Offer::Files => "~".to_owned(),
        Offer::Directories => "/".to_owned(),
        Offer::Words(words) => words.iter().map(|word| word.0).collect::<Vec<_>>().join(" "),
    }
}

#[test]
fn a_command_is_followed_by_what_it_has() {
    for (line, words) in [
        ("", "test config make"),
        ("t", "test"),
        ("x", ""),
        ("help co", "config"),
        ("config ", "test"),
        ("config test -", "--help --strict"),
        ("test ", "--help --rate --header --config --how"),
        ("test --h", "--help --header --how"),
        ("test -", "--help --rate --header --config --how"),
        ("test x", ""),
    ] {
        assert_eq!(offered(line), words, "{line}");
    }
}

#[test]
fn an_option_is_offered_until_it_is_given() {
    assert_eq!(offered("test --rate 1 --"), "--help --header --config --how");
    assert_eq!(offered("test -r 1 --"), "--help --header --config --how");
    assert_eq!(offered("test --header a --he"), "--help --header");
}

#[test]
fn a_value_is_what_its_name_says() {
    for (line, words) in [
        ("test --config ", "~"),
        ("test -c x", "~"),
        ("test --config=x", "~"),
        ("test --config = x", "~"),
        ("test --rate ", ""),
        ("test --how ", "fast slow sound"),
        ("test --how=s", "slow sound"),
        ("test --strict=s", ""),
        ("make ", "/"),
        ("make a ", "wood stone"),
        ("make a wood s", "stone"),
    ] {
        assert_eq!(offered(line), words, "{line}");
    }
}

#[test]
fn a_value_is_not_taken_for_a_command() {
    assert_eq!(offered("test --config config "), offered("test --config x "));
    assert_eq!(offered("config test --strict"), "--strict");
}

#[test]
fn a_shell_gets_its_own_form() {
    let words = Offer::Words(vec![("a:b", "what\n it: does")]);
    assert_eq!(Shell::Bash.lines(&words), "a:b\n");
    assert_eq!(Shell::Fish.lines(&words), "a:b\twhat it: does\n");
    assert_eq!(Shell::Zsh.lines(&words), "a\\:b:what it: does\n");
    assert_eq!(Shell::Zsh.lines(&Offer::Directories), ":directories\n");
}

#[test]
fn a_script_has_the_name_of_the_program() {
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let script = shell.script("my-shop");
        assert!(script.contains("my-shop") && script.contains("_my_shop_complete"), "{script}");
        assert!(!script.contains("tsk") && !script.contains("{program}"), "{script}");
    }
}

proptest! {
    #[test]
    fn no_words_make_it_panic(words in proptest::collection::vec("[-=a-z:ü ]{0,6}|test|config|--how|-c", 0..6)) {
        let root = Tool::get_args_info();
        let _ = Shell::Zsh.lines(&offer(&root, &words));
    }
}
