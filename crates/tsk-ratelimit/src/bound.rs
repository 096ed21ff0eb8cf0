//! A rule that is bound to routes: all of it that can be known before there is a request.

use std::{sync::Arc, time::Instant};

use tsk_core::{Head, Principal};

use crate::{
    Account, Bucket, Charge, Decision, Exempt, Key, Mode, Outage, Rule, Scope, Verdict,
    baseline::{Turn, tightened},
    headers::Policy,
    key::Near,
    records::{Known, Records},
    rule::Cost,
    store::{Store, memory::patience},
    tally::{Decided, Tally},
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
    /// For how many ticks a request may wait.
    patience: u64,
    cost: Cost,
    exempt: Vec<Exempt>,
    accounts: Scope,
    quota: Levels,
    tiers: Vec<(Box<str>, Levels)>,
    /// What is usual for each key, where the rule adapts to that.
    pub(crate) adaptive: Option<Arc<Known>>,
    pub(crate) tally: Arc<Tally>,
    records: Arc<Records>,
}

/// How much is allowed, by how often a key has been tightened.
type Levels = Box<[Level]>;

/// How much is allowed, and what clients are told of that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    pub(crate) bucket: Bucket,
    pub(crate) policy: &'static Policy,
}

/// What a request owes by a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due<'a> {
    pub(crate) account: Account,
    pub(crate) level: &'a Level,
    /// The units, and the ticks for which it may wait for them.
    pub(crate) asked: (u32, u64),
    mode: Mode,
}

impl Due<'_> {
    /// What is asked of a store.
    pub(crate) fn charge(&self) -> Charge {
        Charge::new(self.account, self.level.bucket, self.asked.0).mode(self.mode)
    }
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
        let steps = rule.adaptive.as_ref().map_or(0, |settings| settings.steps);
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
        let levels = |quota| -> Result<Levels, String> {
            let fixed = if let Cost::Fixed(cost) = rule.cost { cost } else { 1 };
            // What a request costs may come at once however tight it is.
            let at = |step| tightened(quota, step).burst(tightened(quota, step).most_at_once().max(fixed));
            std::iter::once(quota).chain((1..=steps).map(at)).map(level).collect()
        };
        let tiers = rule.tiers.iter().map(|(name, quota)| Ok((name.clone(), levels(*quota)?)));
        let id = identity(rule, &name, place);
        let accounts = store.accounts.of_rule(&id);
        let adaptive = rule.adaptive.as_ref().map(|settings| {
            let secret = accounts.account("paths").to_bits();
            store.records.baseline(id, settings, rule.quota, secret).map_err(|error| fault(&error))
        });
        Ok(Self {
            quota: levels(rule.quota)?,
            tiers: tiers.collect::<Result<_, String>>()?,
            accounts,
            adaptive: adaptive.transpose()?,
            tally: store.records.tally(&name),
            records: Arc::clone(&store.records),
            key: rule.key.clone(),
            is_after: rule.needs_principal(),
            is_dry: rule.is_dry,
            outage: rule.outage,
            mode: rule.mode,
            patience: patience(rule.mode),
            cost: rule.cost.clone(),
            exempt: rule.exempt.clone(),
            name,
        })
    }

    /// Whether a request may have to wait.
    pub(crate) fn may_delay(&self) -> bool {
        matches!(self.mode, Mode::Delay { .. }) && !self.is_dry
    }

    /// What a request owes; `None` where it is left alone. A rule that adapts takes note of it.
    #[inline]
    pub(crate) fn due(&self, head: Head<'_>, near: Option<&Near>) -> Option<Due<'_>> {
        if self.exempts(head) {
            return None;
        }
        let account = self.key.account(&self.accounts, head, near);
        let step = self.adaptive.as_ref().map_or(0, |known| self.arrived(known, account, head));
        Some(self.price(account, step, head))
    }

    /// The same for a request that has been taken note of before.
    pub(crate) fn due_again(&self, head: Head<'_>) -> Option<Due<'_>> {
        if self.exempts(head) {
            return None;
        }
        let account = self.account(head);
        Some(self.price(account, self.step(account, Instant::now()), head))
    }

    /// How tight a key is.
    pub(crate) fn step(&self, account: Account, now: Instant) -> u8 {
        let standing = self.adaptive.as_ref().and_then(|known| known.baseline.standing(account, now));
        standing.map_or(0, |standing| standing.step)
    }

    /// Whether it is left alone.
    #[inline]
    pub(crate) fn exempts(&self, head: Head<'_>) -> bool {
        !self.exempt.is_empty() && self.exempt.iter().any(|exempt| exempt.is(head))
    }

    /// The account of whoever sends a request.
    pub(crate) fn account(&self, head: Head<'_>) -> Account {
        self.key.account(&self.accounts, head, None)
    }

    /// What a request owes at a step.
    #[inline]
    pub(crate) fn price(&self, account: Account, step: u8, head: Head<'_>) -> Due<'_> {
        let levels =
            if self.tiers.is_empty() { &self.quota } else { self.levels(head.context.principal()).1 };
        let level = &levels[usize::from(step).min(levels.len() - 1)];
        let cost = match &self.cost {
            Cost::Fixed(cost) => *cost,
            Cost::By(cost) => cost(head),
        };
        // What could come before it was tightened may still, if it takes all that is left.
        let cost = match level.bucket.quota().most_at_once() {
            most if cost > most && cost <= levels[0].bucket.quota().most_at_once() => most,
            _ => cost,
        };
        Due { account, level, asked: (cost, self.patience), mode: self.mode }
    }

    /// Takes note of a request of a key that is learned of; how tight the key is.
    fn arrived(&self, known: &Known, account: Account, head: Head<'_>) -> u8 {
        let arrival = known.baseline.arrived(account, head.uri.path(), head.context.start());
        if let Some(turn) = arrival.turn {
            self.turned(account, turn, arrival.step);
        }
        arrival.step
    }

    /// Takes note of a decision on a request that began at a time. Who it was, where that is to be shown, is asked where it matters.
    #[inline]
    pub(crate) fn decided(
        &self,
        policy: &'static Policy,
        charge: &Charge,
        decision: &Decision,
        verdict: Verdict,
        (at, who): (Instant, impl FnOnce() -> Option<Box<str>>),
    ) {
        if decision.is_allowed() {
            let waits = matches!((verdict, self.mode), (Verdict::Wait(_), Mode::Delay { .. }));
            self.tally.decided(if waits { Decided::Delayed } else { Decided::Allowed });
        } else {
            self.refused(charge, decision);
            self.records.top.refused(charge.account, &policy.name, at, who);
        }
    }

    #[cold]
    fn refused(&self, charge: &Charge, decision: &Decision) {
        self.tally.decided(if self.is_dry { Decided::WouldRefuse } else { Decided::Refused });
        tell(&self.name, self.is_dry, charge, decision);
    }

    #[cold]
    fn turned(&self, account: Account, turn: Turn, step: u8) {
        let account = format_args!("{:016x}", account.to_bits());
        match turn {
            Turn::Tightened(signal) => {
                self.tally.tightened(signal);
                tracing::debug!(policy = &*self.name, %account, step, signal = signal.name(), "a limit is tightened");
            }
            Turn::Relaxed => {
                tracing::debug!(policy = &*self.name, %account, step, "a limit is given back");
            }
        }
    }

    /// The tier whose quota a request has.
    pub(crate) fn tier(&self, head: Head<'_>) -> Option<&str> {
        self.levels(head.context.principal()).0
    }

    /// The tier of a principal, and how much that one is allowed.
    fn levels(&self, principal: Option<&Arc<Principal>>) -> (Option<&str>, &Levels) {
        let tier = principal.and_then(|principal| principal.tier_name());
        let own = self.tiers.iter().find(|(name, _)| Some(&**name) == tier);
        own.map_or((None, &self.quota), |(name, levels)| (Some(name), levels))
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
