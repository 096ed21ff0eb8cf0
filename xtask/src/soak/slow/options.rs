//! What the command line asks for.

use super::attack::Kind;
use crate::{Error, Usage, nearest};

/// The kinds of sockets that are held, and how often each is measured.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) kinds: Vec<Kind>,
    pub(super) rounds: usize,
    pub(super) priority: bool,
}

const ROUNDS: usize = 5;

impl Options {
    pub(super) fn parse(args: &[String]) -> Result<Self, Error> {
        let mut options = Self { kinds: Vec::new(), rounds: ROUNDS, priority: false };
        let mut args = args.iter();
        while let Some(flag) = args.next() {
            let mut value = || args.next().ok_or_else(|| Usage(format!("{flag} needs a value")));
            match flag.as_str() {
                "--kind" => {
                    let kinds: Result<Vec<_>, _> = value()?.split(',').map(kind).collect();
                    options.kinds.extend(kinds?);
                }
                "--rounds" => {
                    let rounds = value()?.parse().ok().filter(|rounds| *rounds > 0);
                    options.rounds =
                        rounds.ok_or_else(|| Usage("--rounds takes a number, 1 or more".into()))?;
                }
                "--priority" => options.priority = true,
                _ => return Err(Usage(format!("`soak slow` has no option `{flag}`")).into()),
            }
        }
        if options.kinds.is_empty() {
            options.kinds.extend(Kind::ALL);
        }
        Ok(options)
    }
}

fn kind(name: &str) -> Result<Kind, Usage> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
        let names = Kind::ALL.map(Kind::name);
        let hint = match nearest::nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        Usage(format!("no kind `{name}` of slow sockets; {hint}"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let args: Vec<_> = line.split_whitespace().map(String::from).collect();
        Options::parse(&args).map_err(|error| error.to_string())
    }

    #[test]
    fn all_kinds_are_measured_unless_some_are_named() {
        assert_eq!(parse("").unwrap().kinds, Kind::ALL);
        assert_eq!(parse("--kind heads,readers").unwrap().kinds, [Kind::Head, Kind::Reader]);
        assert_eq!(
            parse("--kind heats").unwrap_err(),
            "no kind `heats` of slow sockets; did you mean `heads`?"
        );
        assert_eq!(parse("--rounds 0").unwrap_err(), "--rounds takes a number, 1 or more");
    }
}
