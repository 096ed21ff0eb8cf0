//! What limits show of themselves.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use serde_json::{Value, json};
use tsk_core::Insight;

use crate::{
    Account, Limits,
    baseline::{Signal, Standing},
    bound::Bound,
    store::Place,
    tally::Decided,
    top::Refused,
};

/// How many keys are shown.
const MOST: usize = 20;

/// As `limits`: what each policy has decided, who was refused most in the last ten to twenty minutes, and which keys are tight. Keys are
/// hashes that no other process has, unless they are to be [shown](Limits::show_keys).
impl Insight for Limits {
    fn name(&self) -> &str {
        "limits"
    }

    fn snapshot(&self) -> Value {
        let now = Instant::now();
        let rules = self.bound();
        let policies: BTreeMap<&str, Value> = rules.iter().map(|rule| (&*rule.name, policy(rule))).collect();
        let refused: Vec<_> =
            self.store.records.top.most(MOST, now).into_iter().map(|refused| shown(&refused)).collect();
        json!({
            "policies": policies,
            "refused_most": refused,
            "tight": self.tight(&rules, now),
            "accounts": self.accounts(now),
        })
    }
}

impl Limits {
    /// Each rule once.
    fn bound(&self) -> Vec<Arc<Bound>> {
        let stages = self.plans.iter().flat_map(|plan| [&plan.before, &plan.after]);
        let rules = stages.flat_map(|stage| stage.rules.iter().chain(&stage.dry));
        let by_place: BTreeMap<_, _> = rules.map(|rule| (Arc::as_ptr(rule), rule)).collect();
        by_place.into_values().cloned().collect()
    }

    /// The keys that are tight, tightest first.
    fn tight(&self, rules: &[Arc<Bound>], now: Instant) -> Vec<Value> {
        let mut tight: Vec<(&str, Account, Standing)> = Vec::new();
        for rule in rules {
            let keys = rule.adaptive.iter().flat_map(|known| known.baseline.tight(MOST, now));
            tight.extend(keys.map(|(account, standing)| (&*rule.name, account, standing)));
        }
        tight.sort_by_key(|(_, _, standing)| (std::cmp::Reverse(standing.step), standing.tight_for));
        tight.truncate(MOST);
        let shown = tight.into_iter().map(|(policy, account, standing)| {
            let Standing { step, tight_for, reason, .. } = standing;
            let key = self.store.records.top.of(account, now).and_then(|refused| refused.key);
            json!({
                "policy": policy,
                "account": format!("{:016x}", account.to_bits()),
                "key": key,
                "step": step,
                "seconds": tight_for.as_secs(),
                "reason": reason.map(|reason| reason.to_string()),
            })
        });
        shown.collect()
    }

    fn accounts(&self, now: Instant) -> Value {
        match &self.store.place {
            Place::Memory(memory) => json!({
                "bytes": memory.bytes(),
                "capacity": memory.capacity(),
                "owing": memory.owing(now),
                "forgotten": memory.forgotten(),
            }),
            Place::Remote(_) => json!("elsewhere"),
        }
    }
}

fn policy(rule: &Bound) -> Value {
    let decisions = Decided::ALL.map(|decided| (decided.name(), rule.tally.decisions(decided)));
    let mut policy = json!({
        "key": rule.key.to_string(),
        "decisions": decisions.into_iter().collect::<BTreeMap<_, _>>(),
    });
    if rule.is_dry {
        policy["dry_run"] = true.into();
    }
    if let Some(known) = &rule.adaptive {
        let tightened = Signal::ALL.map(|signal| (signal.name(), rule.tally.tightenings(signal)));
        let (keys, most) = known.baseline.occupancy();
        let [requests, errors, entropy] = known.baseline.usual();
        policy["adaptive"] = json!({
            "tightened": tightened.into_iter().collect::<BTreeMap<_, _>>(),
            "keys": keys,
            "keys_at_most": most,
            "usual_for_all": { "requests_in_a_window": requests, "errors": errors, "entropy_of_paths": entropy },
        });
    }
    policy
}

fn shown(refused: &Refused) -> Value {
    json!({
        "policy": refused.policy,
        "account": format!("{:016x}", refused.account.to_bits()),
        "key": refused.key,
        "count": refused.count,
        "error": refused.error,
        "last_seconds": refused.ago.as_secs(),
    })
}
