//! Whose answers are to be learned of, where a rule adapts to its keys.

use std::sync::Arc;

use http::StatusCode;

use crate::{Account, bound::Bound, records::Known};

/// The keys of a request of which a rule is to learn how it was answered.
#[derive(Debug, Default)]
pub(crate) enum Watched {
    #[default]
    None,
    One(Arc<Known>, Account),
    Many(Box<[(Arc<Known>, Account)]>),
}

impl Watched {
    #[inline]
    pub(super) fn one(rule: &Bound, account: Account) -> Self {
        match &rule.adaptive {
            None => Self::None,
            Some(known) => Self::One(Arc::clone(known), account),
        }
    }

    pub(super) fn of<'a>(rules: impl Iterator<Item = (&'a Bound, Account)>) -> Self {
        let watched =
            rules.filter_map(|(rule, account)| Some((Arc::clone(rule.adaptive.as_ref()?), account)));
        let watched: Box<[_]> = watched.collect();
        if watched.is_empty() { Self::None } else { Self::Many(watched) }
    }

    #[inline]
    pub(crate) fn answered(&self, status: StatusCode) {
        match self {
            Self::None => {}
            Self::One(known, account) => learn(known, *account, status),
            Self::Many(watched) => {
                for (known, account) in watched {
                    learn(known, *account, status);
                }
            }
        }
    }
}

/// Has a rule learn how a request of a key was answered.
#[inline]
pub(crate) fn learn(known: &Known, account: Account, status: StatusCode) {
    known.baseline.answered(account, is_clients_fault(status));
}

/// What a server could not do says nothing of who has asked, and a limit must not tighten because another one has refused.
#[inline]
fn is_clients_fault(status: StatusCode) -> bool {
    status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS
}
