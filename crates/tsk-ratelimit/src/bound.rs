//! A rule that is bound to routes: all of it that can be known before there is a request.

use tsk_core::{Head, Principal};

use crate::{
    Bucket, Charge, Decision, Exempt, Key, Mode, Outage, Rule, Scope, headers::Policy, rule::Cost,
    store::Store,
};

/// A rule that is bound to routes.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) name: Box<str>,
    pub(crate) key: Key,
    /// Whether it is applied after authentication.
    pub(crate) is_after: bool,
    pub(crate) is_dry: bool,
    pub(crate) outage: Outage,
    mode: Mode,
    cost: Cost,
    exempt: Vec<Exempt>,
    accounts: Scope,
    quota: Level,
    tiers: Vec<(Box<str>, Level)>,
}

/// How much is allowed, and what clients are told of that.
#[derive(Debug, Clone, Copy)]
struct Level {
    bucket: Bucket,
    policy: &'static Policy,
}

impl Bound {
    /// Binds a rule that is declared at a place: accounts are told apart by both, and by the key.
    pub(crate) fn new(rule: &Rule, place: &str, store: &Store) -> Result<Self, String> {
        let name = rule.public_name();
        if !is_name(&name) {
            return Err(format!(
                "a limit cannot be called {name:?}: write 1 to 64 letters, digits, and characters of `-_.+`"
            ));
        }
        let fault = |fault: &dyn std::fmt::Display| format!("the limit `{name}`: {fault}");
        let level = |quota| {
            let bucket = Bucket::new(quota).map_err(|error| fault(&error))?;
            match rule.cost {
                Cost::Fixed(cost) if cost > quota.most_at_once() => Err(fault(&format_args!(
                    "a request costs {cost} units, and {} may come at once, so that none ever can: raise the burst",
                    quota.most_at_once()
                ))),
                _ => Ok(Level { bucket, policy: Policy::of(&name, quota) }),
            }
        };
        let tiers = rule.tiers.iter().map(|(name, quota)| Ok((name.clone(), level(*quota)?)));
        Ok(Self {
            quota: level(rule.quota)?,
            tiers: tiers.collect::<Result<_, String>>()?,
            accounts: store.accounts.of_rule(&identity(rule, &name, place)),
            key: rule.key.clone(),
            is_after: rule.needs_principal(),
            is_dry: rule.is_dry,
            outage: rule.outage,
            mode: rule.mode,
            cost: rule.cost.clone(),
            exempt: rule.exempt.clone(),
            name,
        })
    }

    /// Whether a request may have to wait.
    pub(crate) fn may_delay(&self) -> bool {
        matches!(self.mode, Mode::Delay { .. }) && !self.is_dry
    }

    /// What a request is charged, and what clients are told of the limit; `None` where it is left alone.
    #[inline]
    pub(crate) fn charge(&self, head: Head<'_>) -> Option<(Charge, &'static Policy)> {
        if !self.exempt.is_empty() && self.exempt.iter().any(|exempt| exempt.is(head)) {
            return None;
        }
        let level = if self.tiers.is_empty() { &self.quota } else { self.level(head.context.principal()) };
        let cost = match &self.cost {
            Cost::Fixed(cost) => *cost,
            Cost::By(cost) => cost(head),
        };
        let account = self.key.account(&self.accounts, head);
        Some((Charge::new(account, level.bucket, cost).mode(self.mode), level.policy))
    }

    /// Takes note of a decision.
    #[inline]
    pub(crate) fn decided(&self, charge: &Charge, decision: &Decision) {
        if !decision.is_allowed() {
            tell(&self.name, self.is_dry, charge, decision);
        }
    }

    fn level(&self, principal: Option<&std::sync::Arc<Principal>>) -> &Level {
        let tier = principal.and_then(|principal| principal.tier_name());
        let own = self.tiers.iter().find(|(name, _)| Some(&**name) == tier);
        own.map_or(&self.quota, |(_, level)| level)
    }
}

#[cold]
fn tell(policy: &str, is_dry: bool, charge: &Charge, decision: &Decision) {
    let account = format_args!("{:016x}", charge.account.to_bits());
    let retry_after = decision.retry_after;
    if is_dry {
        tracing::info!(policy, %account, ?retry_after, "a limit that is tried out would refuse a request");
    } else {
        tracing::debug!(policy, %account, ?retry_after, "a limit refuses a request");
    }
}

/// What tells the accounts of a rule from those of others. One of which more is allowed by now has others: whoever has it so
/// wants clients let through that were not.
fn identity(rule: &Rule, name: &str, place: &str) -> String {
    let Rule { key, quota, .. } = rule;
    let (limit, window, burst) = (quota.limit(), quota.window().as_nanos(), quota.most_at_once());
    format!("{place}\n{name}\n{key}\n{limit} {window} {burst}")
}

impl Exempt {
    fn is(&self, head: Head<'_>) -> bool {
        let principal = || head.context.principal();
        match self {
            Self::Network(network) => head.client().is_some_and(|address| network.contains(address)),
            Self::Principal(id) => principal().is_some_and(|principal| principal.id() == &**id),
            Self::Tier(name) => principal().is_some_and(|principal| principal.tier_name() == Some(name)),
            Self::When(is) => is(head),
        }
    }
}

/// Within a string of a structured field (RFC 9651 §3.3.3), and a label of metrics.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte))
}
