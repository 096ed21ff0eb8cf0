//! What is looked at before a server is, and what was found: a line for each thing.
//!
//! - [`settings`]: what would keep the server from starting.
//! - [`addresses`]: where it is to listen.
//! - [`certificates`]: what it shows to clients.
//! - [`directories`]: what it reads and writes.
//! - [`upstreams`], [`reach`]: whom it depends on, and whether they are there.
//! - [`routes`]: whether what it serves answers.

pub(crate) mod addresses;
pub(crate) mod certificates;
pub(crate) mod directories;
pub(crate) mod reach;
pub(crate) mod routes;
pub(crate) mod upstreams;

use std::fmt;

use serde::Serialize;

/// Whether something is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Ok,
    /// It works, and somebody should look at it.
    Warn,
    Fail,
    /// It was not looked at.
    Skip,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
            Verdict::Skip => "skip",
        })
    }
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Check {
    pub(crate) verdict: Verdict,
    /// The setting, the file or the route.
    pub(crate) subject: String,
    pub(crate) message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
}

impl Check {
    pub(crate) fn ok(subject: impl fmt::Display, message: impl fmt::Display) -> Check {
        Check::new(Verdict::Ok, subject, message, None)
    }

    pub(crate) fn warn(
        subject: impl fmt::Display,
        message: impl fmt::Display,
        advice: impl fmt::Display,
    ) -> Check {
        Check::new(Verdict::Warn, subject, message, Some(advice.to_string()))
    }

    pub(crate) fn fail(
        subject: impl fmt::Display,
        message: impl fmt::Display,
        advice: impl fmt::Display,
    ) -> Check {
        Check::new(Verdict::Fail, subject, message, Some(advice.to_string()))
    }

    /// A failure that says by itself what to do.
    pub(crate) fn unmet(subject: impl fmt::Display, message: impl fmt::Display) -> Check {
        Check::new(Verdict::Fail, subject, message, None)
    }

    pub(crate) fn skip(subject: impl fmt::Display, reason: impl fmt::Display) -> Check {
        Check::new(Verdict::Skip, subject, reason, None)
    }

    fn new(
        verdict: Verdict,
        subject: impl fmt::Display,
        message: impl fmt::Display,
        advice: Option<String>,
    ) -> Check {
        Check { verdict, subject: subject.to_string(), message: message.to_string(), advice }
    }
}

/// A line, its subject as wide as that of its neighbours.
pub(crate) struct Lines<'c>(pub(crate) &'c [Check]);

/// Subjects that are longer than this push their message aside, and not everybody's.
const WIDEST: usize = 40;

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.0.iter().map(|check| check.subject.chars().count());
        let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or(0);
        for (index, Check { verdict, subject, message, advice }) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let line = match advice {
                Some(advice) => format!("{verdict:4}  {subject:width$}  {message}; {advice}"),
                None => format!("{verdict:4}  {subject:width$}  {message}"),
            };
            // A path or an error may hold anything; each is one line.
            for c in line.chars() {
                if c.is_control() {
                    write!(f, "{}", c.escape_default())?
                } else {
                    fmt::Write::write_char(f, c)?
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_below_each_other_and_each_is_one_line() {
        let long = "x".repeat(WIDEST + 1);
        let checks = [
            Check::ok("a", "free"),
            Check::fail("site.root", "it\nbroke", "mend it"),
            Check::skip(&long, "not asked"),
        ];
        assert_eq!(
            Lines(&checks).to_string(),
            format!(
                "ok    a          free\n\
                 fail  site.root  it\\nbroke; mend it\n\
                 skip  {long}  not asked"
            )
        );
    }
}
