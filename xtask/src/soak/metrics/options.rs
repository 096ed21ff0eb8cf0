//! What the command line asks for.

use crate::{Error, Usage};

/// What is run, and whether the client of it runs ahead of others.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) parts: Vec<Part>,
    pub(super) priority: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Flood,
    Scraped,
}

impl Options {
    pub(super) fn parse(args: &[String]) -> Result<Self, Error> {
        let mut options = Self { parts: vec![Part::Flood, Part::Scraped], priority: false };
        let mut args = args.iter();
        while let Some(flag) = args.next() {
            match flag.as_str() {
                "--only" => {
                    let part = args.next().map(String::as_str);
                    options.parts = match part {
                        Some("flood") => vec![Part::Flood],
                        Some("scraped") => vec![Part::Scraped],
                        _ => return Err(Usage("--only takes flood or scraped".into()).into()),
                    };
                }
                "--priority" => options.priority = true,
                _ => return Err(Usage(format!("`soak metrics` has no option `{flag}`")).into()),
            }
        }
        Ok(options)
    }
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
    fn both_parts_are_run_unless_one_is_named() {
        assert_eq!(parse("--priority").unwrap().parts, [Part::Flood, Part::Scraped]);
        assert_eq!(parse("--only scraped").unwrap().parts, [Part::Scraped]);
        for wrong in ["--only", "--only scrape"] {
            assert_eq!(parse(wrong).unwrap_err(), "--only takes flood or scraped");
        }
        assert_eq!(parse("scraped").unwrap_err(), "`soak metrics` has no option `scraped`");
    }
}
