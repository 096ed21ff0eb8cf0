#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use http::StatusCode;

use super::*;
use crate::{Params, Peer, Scope};

/// So many units; what is dear is asked of somebody else.
#[derive(Debug)]
struct Purse(AtomicU32);

impl Account for Purse {
    fn debit(&self, units: u32) -> Debit<'_> {
        let paid = self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(units));
        let result = paid.map(drop).map_err(|_| Problem::new(StatusCode::TOO_MANY_REQUESTS));
        if units < 10 { Debit::Done(result) } else { Debit::Wait(Box::pin(async { result })) }
    }
}

#[derive(Debug)]
struct Ten;

impl Budgets for Ten {
    fn budget(&self, head: Head<'_>) -> Budget {
        let units = if head.method == http::Method::GET { 10 } else { 20 };
        Budget::new(Purse(units.into()))
    }
}

fn budget(scope: Option<Scope>) -> Budget {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    if let Some(scope) = scope {
        RequestContext::attach(&mut parts.extensions, &Arc::new(scope), 0, Params::default());
    }
    Budget::from_parts(&mut parts).unwrap()
}

#[tokio::test]
async fn what_is_more_than_is_left_is_refused_and_costs_nothing() {
    for (first, second) in [(4, 6), (6, 4)] {
        let budget = budget(Some(Scope::new(Arc::default(), Peer::Local).with_budgets(Arc::new(Ten))));
        assert!(budget.debit(first).await.is_ok());
        let refused = budget.clone().debit(11).await;
        assert_eq!(refused.unwrap_err().status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(budget.debit(second).await.is_ok());
        assert!(budget.debit(1).await.is_err());
    }
}

#[tokio::test]
async fn where_nobody_keeps_account_there_is_no_end() {
    for scope in [None, Some(Scope::default())] {
        assert!(budget(scope).debit(u32::MAX).await.is_ok());
    }
}
