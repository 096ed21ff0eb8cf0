//! What those comparisons are told that are commands of their own, as in `bench files --rounds 3`.

use super::options::ROUNDS;
use crate::{Error, Usage};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Turns {
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) priority: bool,
}

/// What follows a flag.
pub(crate) type Value<'a> = dyn FnMut() -> Result<String, Usage> + 'a;

impl Turns {
    pub(crate) fn parse(command: &str, args: &[String]) -> Result<Self, Error> {
        Self::parse_with(command, args, |_, _| Ok(false))
    }

    /// The same, where `other` takes the flags that this command has beside them, and says which it knows.
    pub(crate) fn parse_with(
        command: &str,
        args: &[String],
        mut other: impl FnMut(&str, &mut Value<'_>) -> Result<bool, Error>,
    ) -> Result<Self, Error> {
        let mut turns = Self { rounds: ROUNDS, seconds: 2, priority: false };
        let mut args = args.iter();
        while let Some(flag) = args.next() {
            let mut value = || args.next().cloned().ok_or_else(|| Usage(format!("{flag} needs a value")));
            match flag.as_str() {
                "--rounds" => turns.rounds = value()?.parse()?,
                "--seconds" => turns.seconds = value()?.parse()?,
                "--priority" => turns.priority = true,
                _ if other(flag, &mut value)? => {}
                _ => return Err(Usage(format!("`bench {command}` has no option `{flag}`")).into()),
            }
        }
        Ok(turns)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Turns;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_command_takes_flags_of_its_own_beside_those_of_all() {
        let mut keys = 0;
        let args = words("--rounds 3 --keys 7 --priority");
        let turns = Turns::parse_with("limits", &args, |flag, value| {
            if flag == "--keys" {
                keys = value()?.parse()?;
            }
            Ok(flag == "--keys")
        });
        let turns = turns.unwrap();
        assert_eq!((turns.rounds, turns.seconds, turns.priority, keys), (3, 2, true, 7));
    }

    #[test]
    fn what_no_command_knows_is_refused_by_its_name() {
        let refused = |line| Turns::parse("files", &words(line)).unwrap_err().to_string();
        assert_eq!(refused("--keys 7"), "`bench files` has no option `--keys`");
        assert_eq!(refused("--rounds"), "--rounds needs a value");
    }
}
