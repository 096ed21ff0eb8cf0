//! The token that there is, and when another is asked for.

use std::time::{Duration, Instant};

use super::{Token, TokenError};
use crate::oauth::Failure;

/// How long after a first failure it is tried again; twice as long after each further one.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(60);
/// How old a token is at least that can be thrown away: those whom every one is refused do not ask for one with each request.
const YOUNG: Duration = Duration::from_secs(10);

/// The token that there is, and the last failure to get another.
#[derive(Debug, Default)]
pub(super) struct Held {
    token: Option<Token>,
    failures: u32,
    failed: Option<(TokenError, Instant)>,
}

impl Held {
    /// A token that can be used.
    pub(super) fn usable(&self, now: Instant) -> Option<Token> {
        self.token.clone().filter(|token| now < token.until)
    }

    /// Why none is asked for now.
    pub(super) fn refusal(&self, now: Instant) -> Option<TokenError> {
        self.failed.as_ref().filter(|(_, until)| now < *until).map(|(error, _)| error.clone())
    }

    /// When one is asked for next; `None` for at once.
    pub(super) fn due(&self) -> Option<Instant> {
        let again = self.failed.as_ref().map(|(_, until)| *until);
        again.or_else(|| self.token.as_ref().map(|token| token.due))
    }

    pub(super) fn succeeded(&mut self, token: Token) {
        *self = Self { token: Some(token), failures: 0, failed: None };
    }

    pub(super) fn failed(&mut self, now: Instant, failure: Failure) -> TokenError {
        let wait = (FIRST_RETRY * 2u32.saturating_pow(self.failures.min(10))).min(LAST_RETRY);
        self.failures = self.failures.saturating_add(1);
        let error = TokenError::new(failure);
        self.failed = Some((error.clone(), now + wait));
        error
    }

    /// Throws a token away that somebody did not take, if it is the one that there is, and not a new one.
    pub(super) fn reject(&mut self, token: &Token, now: Instant) -> bool {
        let is_it = self.token.as_ref().is_some_and(|held| held.asked == token.asked);
        let is_gone = is_it && now >= token.asked + YOUNG;
        if is_gone {
            self.token = None;
        }
        is_gone
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn failures_are_tried_again_less_and_less_often_while_the_token_lasts() {
        let start = Instant::now();
        let mut held = Held::default();
        assert_eq!(held.due(), None);
        held.succeeded(Token::new("a", start, start + 540 * SECOND, start + 590 * SECOND));
        assert_eq!(held.due(), Some(start + 540 * SECOND));
        let mut now = start + 540 * SECOND;
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            held.failed(now, Failure("away".into()));
            assert_eq!(held.due(), Some(now + wait * SECOND));
            assert!(held.refusal(now).is_some() && held.refusal(now + wait * SECOND).is_none());
            assert_eq!(held.usable(now).is_some(), now < start + 590 * SECOND);
            now += wait * SECOND;
        }
        held.succeeded(Token::new("b", now, now + 540 * SECOND, now + 590 * SECOND));
        assert_eq!((held.due(), held.usable(now).unwrap().secret()), (Some(now + 540 * SECOND), "b"));
        held.failed(now, Failure("away".into()));
        assert_eq!(held.due(), Some(now + SECOND));
    }

    #[test]
    fn a_token_that_is_not_taken_is_thrown_away_if_it_is_not_new() {
        let start = Instant::now();
        let mut held = Held::default();
        let old = Token::new("a", start, start + 540 * SECOND, start + 590 * SECOND);
        held.succeeded(old.clone());
        assert!(!held.reject(&old, start + 9 * SECOND));
        assert!(held.reject(&old, start + 10 * SECOND));
        assert!(held.usable(start + 10 * SECOND).is_none() && held.due().is_none());
        held.succeeded(Token::new("b", start + SECOND, start + 541 * SECOND, start + 591 * SECOND));
        assert!(!held.reject(&old, start + 20 * SECOND), "it is another by now");
    }
}
