#![allow(clippy::unwrap_used)]
#![allow(dead_code)] // what argh fills in here is never used

use argh::{ArgsInfo, FromArgs};

use super::man::line;
use super::*;

/// Keeps a shop. It has more to say.
#[derive(FromArgs, ArgsInfo)]
struct Shop {
    #[argh(subcommand)]
    command: Command,
}

#[derive(FromArgs, ArgsInfo)]
#[argh(subcommand)]
enum Command {
    Sell(Sell),
}

/// Sells what shop.toml lists.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "sell",
    example = "{command_name} tea\n{command_name} tea -n 3",
    note = "Needs SHOP_KEY=1, see --price.",
    error_code(0, "sold"),
    error_code(1, "none left")
)]
struct Sell {
    /// how many (1); a|b
    #[argh(option, short = 'n', arg_name = "count")]
    number: Option<u32>,
    /// ask no questions
    #[argh(switch)]
    quick: bool,
    /// nobody needs it
    #[argh(switch, hidden_help)]
    secret: bool,
    /// what to sell
    #[argh(positional)]
    what: String,
    /// what else
    #[argh(positional)]
    more: Vec<String>,
}

#[test]
fn a_command_has_its_usage_options_notes_examples_and_exit_codes() {
    let page = markdown("shop", &Shop::get_args_info());
    let section = page.split("### `shop sell`").nth(1).unwrap().split("\n### ").next().unwrap();
    let expected = "

    shop sell [options] <what> [<more>...]

Sells what `shop.toml` lists.

| argument | what it is |
|---|---|
| `what` | what to sell |
| `more` | what else |

| option | value | what it does |
|---|---|---|
| `--number`, `-n` | `count` | how many (1); a\\|b |
| `--quick` |  | ask no questions |

Needs `SHOP_KEY=1`, see `--price`.

Examples:

    shop sell tea
    shop sell tea -n 3

Exit codes:

- 0: sold
- 1: none left
";
    assert_eq!(section, expected);
    assert!(page.contains("| [`shop sell`](#shop-sell) | Sells what `shop.toml` lists. |"), "{page}");
    assert!(!page.contains("tsk help"), "the program has the name that it was given");
}

#[test]
fn code_is_told_from_words() {
    for (text, marked) in [
        ("a port (8080); 0 takes a free one", "a port (8080); 0 takes a free one"),
        ("the first in http.listen (127.0.0.1)", "the first in `http.listen` (`127.0.0.1`)"),
        ("./tsk.toml, if there is one", "`./tsk.toml`, if there is one"),
        ("TSK_* variables (TSK_A=1).", "`TSK_*` variables (`TSK_A=1`)."),
        ("as `a_b` says, or c_d", "as `a_b` says, or c_d"),
        ("stop - and go", "stop - and go"),
        ("", ""),
    ] {
        assert_eq!(with_code(text), marked);
    }
}

#[test]
fn a_manual_page_escapes_what_roff_would_obey() {
    let page = man("shop", "1.0", &Shop::get_args_info());
    assert!(page.starts_with(".TH \"SHOP\" 1 \"\" \"shop 1.0\"\n.SH NAME\nshop \\- Keeps a shop."), "{page}");
    assert!(page.contains("\n.TP\n\\fB\\-\\-number, \\-n\\fR \\fIcount\\fR\nhow many (1); a|b\n"), "{page}");
    assert!(!page.contains("secret"));
    assert_eq!(line(".so /etc/passwd"), "\\&.so /etc/passwd");
    assert_eq!(line("a\\fB 'b' \"c\""), "a\\efB \\(aqb\\(aq \\(dqc\\(dq");
}

#[test]
fn as_data_every_command_is_there_with_its_options() {
    let data = serde_json::to_value(data("shop", &Shop::get_args_info())).unwrap();
    let commands = data.as_array().unwrap();
    assert!(commands.len() > 1);
    for command in commands {
        assert!(
            command["usage"].as_str().unwrap().starts_with(command["command"].as_str().unwrap()),
            "{command}"
        );
    }
    let options = commands.iter().flat_map(|command| command["options"].as_array().unwrap());
    assert!(options.clone().any(|option| option["value"].is_string()));
    assert!(options.clone().all(|option| option["long"].as_str().unwrap().starts_with("--")));
}
