//! The gates that apply limits: one before authentication, and one after it.

use std::{
    future::Future,
    ops::Deref,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use http::Response;
use smallvec::SmallVec;
use tsk_core::{Admission, Body, Gate, Head, Policy, budget::Budgets};

use crate::{
    Charge, Decision, Limits, Memory, Verdict,
    bound::{Bound, Due},
    bucket::Weighed,
    headers::{self, Mark, Telling},
    key::Near,
    plan::Stage,
    problem,
    store::Place,
    tally::Decided,
};

mod immediate;
mod remote;
pub(crate) mod turn;
mod watched;

pub use self::immediate::ImmediateGate;
pub(crate) use self::watched::{Watched, learn};
pub use crate::headers::Stamp;

/// Applies the limits of a service to requests: those before authentication, or those after it.
///
/// What does not depend on who is calling comes before, so that whoever guesses is stopped; what does, after it.
/// See [`Limits::gates`].
#[derive(Debug, Clone)]
pub struct LimitGate {
    limits: Arc<Limits>,
    is_after: bool,
}

/// What a gate of limits has to wait for: its turn, or an answer from where the accounts are.
pub type Waiting = Pin<Box<dyn Future<Output = Result<Stamp, Response<Body>>> + Send>>;

impl LimitGate {
    pub(crate) fn before(limits: Arc<Limits>) -> Self {
        Self { limits, is_after: false }
    }

    pub(crate) fn after(limits: Arc<Limits>) -> Self {
        Self { limits, is_after: true }
    }

    /// The limits that it applies, for whoever wants to look at them: they are an [`Insight`](tsk_core::Insight), and
    /// [explain](Limits::explain) how somebody stands.
    pub fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    /// Whether there is any limit for it to apply.
    pub fn is_active(&self) -> bool {
        self.stages().any(|stage| !stage.rules.is_empty() || !stage.dry.is_empty())
    }

    /// The same gate, where no request ever has to wait: the accounts are in memory, and no limit
    /// [delays](crate::Mode::Delay).
    ///
    /// # Errors
    ///
    /// The gate itself, where one may have to wait.
    pub fn immediate(self) -> Result<ImmediateGate, Self> {
        let is_in_memory = matches!(self.limits.store.place, Place::Memory(_));
        let may_delay = self.stages().any(|stage| stage.rules.iter().any(|rule| rule.may_delay()));
        if is_in_memory && !may_delay { Ok(ImmediateGate::new(self)) } else { Err(self) }
    }

    /// What says of a request how much more it may cost by these limits: for the [`Scope`](tsk_core::Scope) of a connection.
    pub fn budgets(&self) -> Arc<dyn Budgets> {
        Arc::clone(&self.limits) as _
    }

    fn stages(&self) -> impl Iterator<Item = &Stage> {
        self.limits.plans.iter().map(|plan| if self.is_after { &plan.after } else { &plan.before })
    }

    #[inline]
    fn stage(&self, head: Head<'_>) -> &Stage {
        let plan = self.limits.plan(head.context.endpoint().index());
        if self.is_after { &plan.after } else { &plan.before }
    }
}

/// It is bound by what it is made of.
impl Policy for LimitGate {}

impl Gate for LimitGate {
    type Ticket = Stamp;
    type Wait = Waiting;

    #[inline]
    fn admit(&self, head: Head<'_>) -> Admission<Stamp, Waiting> {
        let stage = self.stage(head);
        match &self.limits.store.place {
            Place::Memory(memory) => match self.limits.ask(stage, memory, head, None) {
                Asked::Allowed(stamp) => Admission::Pass(stamp),
                Asked::Refused(response) => Admission::Refuse(*response),
                Asked::Wait(time, charges, stamp) => {
                    Admission::Wait(turn::wait(memory, time, charges, stamp))
                }
            },
            Place::Remote(remote) => remote::ask(&self.limits, stage, remote, head),
        }
    }
}

/// What was decided of a request.
enum Asked {
    Allowed(Stamp),
    /// Boxed, as what is rare must not make what is common any larger.
    Refused(Box<Response<Body>>),
    /// It is its turn after so long, and gives back what it is charged if it goes before.
    Wait(Duration, Vec<Charge>, Stamp),
}

impl Limits {
    #[inline]
    fn ask(&self, stage: &Stage, memory: &Memory, head: Head<'_>, near: Option<&Near>) -> Asked {
        let asking = Asking { head, near, shows_keys: self.shows_keys, has_come: true };
        let now = head.context.start();
        let asked = match &stage.rules[..] {
            [] => Asked::Allowed(Stamp::default()),
            [rule] => self.one(rule, memory, asking, now),
            rules => self.several(rules, memory, asking, now),
        };
        if !stage.dry.is_empty() && !matches!(asked, Asked::Refused(_)) {
            self.try_out(&stage.dry, memory, asking, now);
        }
        asked
    }

    #[inline]
    fn one(&self, rule: &Bound, memory: &Memory, asking: Asking<'_>, now: Instant) -> Asked {
        let Some(due) = rule.due(asking.head, asking.near) else { return Asked::Allowed(Stamp::default()) };
        let Due { account, level, asked, .. } = due;
        match memory.take(account, &level.bucket, asked, now) {
            Weighed::Taken { debt, wait: 0 } => {
                rule.tally.decided(Decided::Allowed);
                let mark = || Mark::within(level, debt);
                Asked::Allowed(Stamp::one(mark, self.telling, Watched::one(rule, account)))
            }
            weighed => self.beyond(rule, due, weighed, asking, now),
        }
    }

    /// What becomes of a request that cannot go on at once.
    #[cold]
    fn beyond(
        &self,
        rule: &Bound,
        due: Due<'_>,
        weighed: Weighed,
        asking: Asking<'_>,
        now: Instant,
    ) -> Asked {
        let (charge, policy) = (due.charge(), due.level.policy);
        let answer = charge.bucket.answer(weighed);
        let (decision, verdict) = (&answer.decision, answer.verdict());
        rule.decided(policy, &charge, decision, verdict, (now, || asking.who(rule)));
        if let Verdict::Wait(time) = verdict {
            let mark = || Mark::new(policy, decision);
            let stamp = Stamp::one(mark, self.telling, Watched::one(rule, charge.account));
            return Asked::Wait(time, vec![charge], stamp);
        }
        Asked::Refused(problem::refused([(policy, decision)].into_iter(), self.telling).into())
    }

    fn several(&self, rules: &[Arc<Bound>], memory: &Memory, asking: Asking<'_>, now: Instant) -> Asked {
        let charged = Charged::new(rules.iter(), asking, |rule| &**rule);
        if charged.charges.is_empty() {
            return Asked::Allowed(Stamp::default());
        }
        let mut decisions: Few<_> = charged.charges.iter().map(|_| NOTHING).collect();
        let verdict = memory.debit(&charged.charges, now, &mut decisions);
        charged.settle(verdict, &decisions, now, self.telling)
    }

    /// Limits that are tried out refuse nothing, each by itself.
    fn try_out(&self, rules: &[Arc<Bound>], memory: &Memory, asking: Asking<'_>, now: Instant) {
        for rule in rules {
            if let Some(due) = rule.due(asking.head, asking.near) {
                let charge = due.charge();
                let decision = memory.debit_one(&charge, now);
                let told = (now, || asking.who(rule));
                rule.decided(due.level.policy, &charge, &decision, Verdict::Allowed, told);
            }
        }
    }
}

/// What stands in the place of a decision until it is made.
pub(crate) const NOTHING: Decision = Decision { remaining: 0, reset: Duration::ZERO, retry_after: None };

/// As many as there are rules that apply to a request: up to four, which are more than most services have for one, take no
/// allocation.
pub(crate) type Few<T> = SmallVec<[T; 4]>;

/// The rules that apply to a request, and what it is charged by each.
#[derive(Debug)]
pub(crate) struct Charged<B> {
    pub(crate) rules: Few<(B, &'static headers::Policy)>,
    pub(crate) charges: Few<Charge>,
    /// Who it is for each rule; empty where that is not to be shown.
    who: Vec<Box<str>>,
}

/// Who is asking, for what.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) head: Head<'a>,
    /// The other end of the connection, where that is known.
    pub(crate) near: Option<&'a Near>,
    /// Whether operators are to see who it is.
    pub(crate) shows_keys: bool,
    /// Whether the request has just come, and is counted, or was before.
    pub(crate) has_come: bool,
}

impl Asking<'_> {
    /// Who sends a request, as a rule tells keys apart, where that is to be shown.
    fn who(&self, rule: &Bound) -> Option<Box<str>> {
        self.shows_keys.then(|| rule.key.show(self.head))
    }
}

impl<B: Deref<Target = Bound>> Charged<B> {
    pub(crate) fn new<'a>(
        rules: impl Iterator<Item = &'a Arc<Bound>>,
        asking: Asking<'_>,
        hold: impl Fn(&'a Arc<Bound>) -> B,
    ) -> Self {
        let (mut applied, mut charges) = (Few::new(), Few::new());
        let Asking { head, near, has_come, .. } = asking;
        let mut who = Vec::new();
        for rule in rules {
            let due = if has_come { rule.due(head, near) } else { rule.due_again(head) };
            if let Some(due) = due {
                applied.push((hold(rule), due.level.policy));
                charges.push(due.charge());
                who.extend(asking.who(rule));
            }
        }
        Self { rules: applied, charges, who }
    }

    /// Takes note of what was decided at a time.
    pub(crate) fn note(&self, verdict: Verdict, decisions: &[Decision], at: Instant) {
        let rules = self.rules.iter().zip(&self.charges).zip(decisions);
        for (index, (((rule, policy), charge), decision)) in rules.enumerate() {
            rule.decided(policy, charge, decision, verdict, (at, || self.who.get(index).cloned()));
        }
    }

    fn settle(self, verdict: Verdict, decisions: &[Decision], at: Instant, telling: Telling) -> Asked {
        self.note(verdict, decisions, at);
        let decided = self.rules.iter().map(|(_, policy)| *policy).zip(decisions);
        if verdict == Verdict::Refused {
            return Asked::Refused(problem::refused(decided, telling).into());
        }
        let marks = decided.map(|(policy, decision)| Mark::new(policy, decision));
        let accounts = self.charges.iter().map(|charge| charge.account);
        let watched = Watched::of(self.rules.iter().map(|(rule, _)| &**rule).zip(accounts));
        let stamp = Stamp::several(marks, telling, watched);
        match verdict {
            Verdict::Wait(time) => Asked::Wait(time, self.charges.into_vec(), stamp),
            _ => Asked::Allowed(stamp),
        }
    }
}

#[cfg(test)]
mod tests;
