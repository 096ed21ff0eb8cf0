//! Asking for decisions where the accounts are elsewhere.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Instant,
};

use tsk_core::{Admission, Head, IntoResponse as _};

use super::{Asked, Asking, Charged, Waiting, turn::Turn};
use crate::{
    Charge, Limits, Outage, Verdict,
    bound::Bound,
    headers::Stamp,
    plan::Stage,
    problem,
    store::{
        Remote,
        remote::{Settled, Unavailable},
    },
};

/// Asks for all rules of a stage at once.
pub(super) fn ask(
    limits: &Limits,
    stage: &Stage,
    remote: &Arc<dyn Remote>,
    head: Head<'_>,
) -> Admission<Stamp, Waiting> {
    let asking = Asking { head, near: None, shows_keys: limits.shows_keys, has_come: true };
    let of = |rules: &[Arc<Bound>]| Charged::new(rules.iter(), asking, Arc::clone);
    let (charged, dry) = (of(&stage.rules), of(&stage.dry));
    let (remote, telling, at) = (Arc::clone(remote), limits.telling, head.context.start());
    match (charged.charges.is_empty(), dry.charges.is_empty()) {
        (true, true) => Admission::Pass(Stamp::default()),
        (true, false) => Admission::Wait(Box::pin(async move {
            try_out(&*remote, dry, at).await;
            Ok(Stamp::default())
        })),
        (false, has_no_dry) => Admission::Wait(Box::pin(async move {
            let settled = debit(&*remote, &charged);
            let settled =
                if has_no_dry { settled.await } else { both(settled, try_out(&*remote, dry, at)).await };
            let Ok(Settled { verdict, decisions }) = settled else {
                return Err(problem::unavailable().into_response());
            };
            match charged.settle(verdict, &decisions, at, telling) {
                Asked::Allowed(stamp) => Ok(stamp),
                Asked::Refused(response) => Err(*response),
                Asked::Wait(time, charges, stamp) => {
                    Turn::elsewhere(&remote, charges).come(time).await;
                    Ok(stamp)
                }
            }
        })),
    }
}

fn debit(
    remote: &dyn Remote,
    charged: &Charged<Arc<Bound>>,
) -> impl Future<Output = Result<Settled, Unavailable>> + Send + use<> {
    let asked = charged.rules.iter().zip(&charged.charges);
    remote.debit(asked.map(|((rule, _), charge)| (*charge, rule.outage)).collect())
}

/// Limits that are tried out refuse nothing, each by itself; where nobody can be asked there is nothing to be learned.
fn try_out(
    remote: &dyn Remote,
    dry: Charged<Arc<Bound>>,
    at: Instant,
) -> impl Future<Output = ()> + Send + use<> {
    let alone = |charge: &Charge| remote.debit(vec![(*charge, Outage::Open)]);
    let settled: Vec<_> = dry.charges.iter().map(alone).collect();
    async move {
        let mut decisions = Vec::with_capacity(settled.len());
        for settled in settled {
            match settled.await {
                Ok(Settled { decisions: one, .. }) => decisions.extend(one),
                Err(Unavailable) => return,
            }
        }
        dry.note(Verdict::Allowed, &decisions, at);
    }
}

/// Waits for both at the same time.
async fn both<T>(one: impl Future<Output = T>, other: impl Future<Output = ()>) -> T {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut is_other_done) = (None, false);
    poll_fn(move |cx| {
        if first.is_none()
            && let Poll::Ready(result) = one.as_mut().poll(cx)
        {
            first = Some(result);
        }
        is_other_done = is_other_done || other.as_mut().poll(cx).is_ready();
        match first.take_if(|_| is_other_done) {
            Some(result) => Poll::Ready(result),
            None => Poll::Pending,
        }
    })
    .await
}
