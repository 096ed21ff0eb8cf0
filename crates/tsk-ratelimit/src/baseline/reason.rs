//! Why a window was unusual, in words.

use std::fmt;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Requests in a window, refused ones too.
    Rate,
    /// The share of answers that were client errors, 4xx without 429; of those that were let through.
    Errors,
    /// The entropy of paths, in bits.
    Paths,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rate, Self::Errors, Self::Paths];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Errors => "errors",
            Self::Paths => "paths",
        }
    }
}

/// By whose habits a window was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The key's own.
    Own,
    /// Those of all keys of the rule, as too little is known of the key.
    All,
}

/// Why a window was unusual.
///
/// It is shown as a sentence:
///
/// ```
/// use tsk_ratelimit::baseline::{Reason, Signal, Whose};
///
/// let reason = Reason { signal: Signal::Rate, observed: 412.0, usual: 95.2, bound: 190.4, whose: Whose::Own };
/// assert_eq!(reason.to_string(), "412 requests in a window: 95.2 are usual for it, and more than 190.4 are not");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reason {
    /// What was measured.
    pub signal: Signal,
    /// What it was.
    pub observed: f32,
    /// What it is on average.
    pub usual: f32,
    /// Up to what it passes for usual.
    pub bound: f32,
    /// For whom that is so.
    pub whose: Whose,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signal, observed, usual, bound, whose } = self;
        let whose = match whose {
            Whose::Own => "for it",
            Whose::All => "for all",
        };
        match signal {
            Signal::Rate => write!(
                f,
                "{observed} requests in a window: {usual:.1} are usual {whose}, and more than {bound:.1} are not"
            ),
            Signal::Errors => write!(
                f,
                "{:.0} % of the answers were client errors: {:.0} % are usual {whose}, and more than {:.0} % are not",
                observed * 100.0,
                usual * 100.0,
                bound * 100.0
            ),
            Signal::Paths => write!(
                f,
                "{observed:.1} bits of entropy in the paths: {usual:.1} are usual {whose}, and more than {bound:.1} are not"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_can_be_read() {
        let reason = |signal, observed, usual, bound, whose| {
            Reason { signal, observed, usual, bound, whose }.to_string()
        };
        assert_eq!(
            reason(Signal::Errors, 0.83, 0.02, 0.32, Whose::Own),
            "83 % of the answers were client errors: 2 % are usual for it, and more than 32 % are not"
        );
        assert_eq!(
            reason(Signal::Paths, 4.81, 1.25, 3.25, Whose::All),
            "4.8 bits of entropy in the paths: 1.2 are usual for all, and more than 3.2 are not"
        );
    }
}
