//! What a request may still cost, where that shows only while it is handled.

use std::{sync::Arc, time::Instant};

use tsk_core::{
    Budget, Head, Problem,
    budget::{Account, Budgets, Debit},
};

use crate::{
    Charge, Decision, Limits, Memory, Outage, Verdict,
    bound::Bound,
    gate::{Asking, Charged, NOTHING, turn::Turn},
    problem,
    store::{Place, Remote, remote::Settled},
};

/// A request may cost as much as all limits allow that it was counted by, before authentication and after it.
impl Budgets for Limits {
    fn budget(&self, head: Head<'_>) -> Budget {
        let plan = self.plan(head.context.endpoint().index());
        let rules = plan.before.rules.iter().chain(&plan.after.rules);
        let asking = Asking { head, near: None, shows_keys: self.shows_keys, has_come: false };
        let charged = Charged::new(rules, asking, Arc::clone);
        if charged.charges.is_empty() {
            return Budget::default();
        }
        Budget::new(Purse { place: self.store.place.clone(), charged })
    }
}

/// The accounts that a request was charged to.
#[derive(Debug)]
struct Purse {
    place: Place,
    charged: Charged<Arc<Bound>>,
}

impl Account for Purse {
    fn debit(&self, units: u32) -> Debit<'_> {
        let charges = self.charged.charges.iter().map(|charge| Charge { cost: units, ..*charge }).collect();
        match &self.place {
            Place::Memory(memory) => self.in_memory(memory, charges),
            Place::Remote(remote) => Debit::Wait(Box::pin(self.elsewhere(remote, charges))),
        }
    }
}

impl Purse {
    fn in_memory<'a>(&'a self, memory: &'a Arc<Memory>, charges: Vec<Charge>) -> Debit<'a> {
        let mut decisions = vec![NOTHING; charges.len()];
        let verdict = memory.debit(&charges, Instant::now(), &mut decisions);
        let result = self.settle(verdict, &decisions);
        match verdict {
            Verdict::Wait(time) => Debit::Wait(Box::pin(async move {
                Turn::in_memory(memory, charges).come(time).await;
                result
            })),
            _ => Debit::Done(result),
        }
    }

    async fn elsewhere(&self, remote: &Arc<dyn Remote>, charges: Vec<Charge>) -> Result<(), Problem> {
        let outages = self.charged.rules.iter().map(|(rule, _)| rule.outage);
        let asked: Vec<(Charge, Outage)> = charges.iter().copied().zip(outages).collect();
        let Ok(Settled { verdict, decisions }) = remote.debit(asked).await else {
            return Err(problem::unavailable());
        };
        self.settle(verdict, &decisions)?;
        if let Verdict::Wait(time) = verdict {
            Turn::elsewhere(remote, charges).come(time).await;
        }
        Ok(())
    }

    fn settle(&self, verdict: Verdict, decisions: &[Decision]) -> Result<(), Problem> {
        self.charged.note(verdict, decisions, Instant::now());
        if verdict.is_allowed() {
            return Ok(());
        }
        let policies = self.charged.rules.iter().map(|(_, policy)| *policy);
        Err(problem::refusal(policies.zip(decisions)))
    }
}

#[cfg(test)]
mod tests;
