//! One limit: how much, of whom, and what happens to what is beyond it.

use std::{borrow::Cow, fmt, sync::Arc};

use tsk_core::{Head, Network};

use crate::{Key, Mode, Quota, baseline::Settings};

/// One limit: how much, of whom, and what happens to what is beyond it.
///
/// Each client has an account with it, and who that is, [`by`](Self::by) says: the address, unless it is told otherwise.
///
/// It is applied before authentication, so that it can stop guessing; and after it where it asks for the principal: by its
/// key, a tier or an exemption.
///
/// ```
/// use tsk_ratelimit::{Key, Quota, Rule};
///
/// let rule = Rule::per_minute(600)
///     .name("search")
///     .by(Key::principal())
///     .burst(50)
///     .tier("gold", Quota::per_minute(6_000));
/// # let _ = rule;
/// ```
#[derive(Debug, Clone)]
#[must_use = "a rule limits nothing until it is declared"]
pub struct Rule {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) key: Key,
    pub(crate) quota: Quota,
    pub(crate) cost: Cost,
    pub(crate) tiers: Vec<(Box<str>, Quota)>,
    pub(crate) exempt: Vec<Exempt>,
    pub(crate) mode: Mode,
    pub(crate) outage: Outage,
    pub(crate) is_dry: bool,
    pub(crate) adaptive: Option<Settings>,
}

/// What holds while the store of the accounts cannot be asked. A store in memory always can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Everything is let through.
    Open,
    /// Everything is refused, with 503.
    Closed,
    /// This server limits by itself, to a share of what is allowed: that of each of so many servers.
    Local {
        /// The share, in per cent of the rate and of the burst, of which at least one unit is left.
        percent: u8,
    },
}

/// As `tsk.toml` has it.
impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::Closed => f.write_str("closed"),
            Self::Local { percent } => write!(f, "{percent}%"),
        }
    }
}

/// A quarter: what each of four servers may let through, so that a limit holds for as many.
impl Default for Outage {
    fn default() -> Self {
        Self::Local { percent: 25 }
    }
}

/// Whom a rule leaves alone: such a request is not counted either.
#[derive(Clone)]
pub enum Exempt {
    /// Clients with an address in this range.
    Network(Network),
    /// The principal with this identity.
    Principal(Box<str>),
    /// Principals of this tier.
    Tier(Box<str>),
    /// Requests of which this is true.
    When(Arc<dyn Fn(Head<'_>) -> bool + Send + Sync>),
}

/// What a request costs, in units of the quota.
#[derive(Clone)]
pub(crate) enum Cost {
    Fixed(u32),
    By(Arc<dyn Fn(Head<'_>) -> u32 + Send + Sync>),
}

impl Rule {
    /// A limit of `quota`, of each address.
    pub fn new(quota: Quota) -> Self {
        Self {
            name: None,
            key: Key::address(),
            quota,
            cost: Cost::Fixed(1),
            tiers: Vec::new(),
            exempt: Vec::new(),
            mode: Mode::default(),
            outage: Outage::default(),
            is_dry: false,
            adaptive: None,
        }
    }

    /// A limit of so many units a second, all of which may come at once.
    pub fn per_second(limit: u32) -> Self {
        Self::new(Quota::per_second(limit))
    }

    /// A limit of so many units a minute, all of which may come at once.
    pub fn per_minute(limit: u32) -> Self {
        Self::new(Quota::per_minute(limit))
    }

    /// A limit of so many units an hour, all of which may come at once.
    pub fn per_hour(limit: u32) -> Self {
        Self::new(Quota::per_hour(limit))
    }

    /// A limit of so many units a day, all of which may come at once.
    pub fn per_day(limit: u32) -> Self {
        Self::new(Quota::per_day(limit))
    }

    /// Sets the name, which clients see: up to 64 letters, digits, and characters of `-_.+`. Default: that
    /// of the key, and the window, as in `address-per-minute`.
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets of whom so much is allowed. Default: of each address.
    pub fn by(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// Sets how many units may come at once. Default: a whole limit.
    pub fn burst(mut self, units: u32) -> Self {
        self.quota = self.quota.burst(units);
        self
    }

    /// Sets what each request costs, in units. Default: 1. What costs nothing is not limited.
    pub fn cost(mut self, units: u32) -> Self {
        self.cost = Cost::Fixed(units);
        self
    }

    /// Has a function say what each request costs, in units. It must neither block nor panic.
    ///
    /// ```
    /// use tsk_ratelimit::Rule;
    ///
    /// // A write is as dear as ten reads.
    /// let rule = Rule::per_minute(600).cost_by(|head| if head.method.is_safe() { 1 } else { 10 });
    /// # let _ = rule;
    /// ```
    pub fn cost_by(mut self, cost: impl Fn(Head<'_>) -> u32 + Send + Sync + 'static) -> Self {
        self.cost = Cost::By(Arc::new(cost));
        self
    }

    /// Sets another quota for principals of a [tier](tsk_core::Principal::tier). A rule with tiers is applied after
    /// authentication.
    pub fn tier(mut self, name: impl Into<Box<str>>, quota: Quota) -> Self {
        self.tiers.push((name.into(), quota));
        self
    }

    /// Leaves some requests alone. A function of [`Exempt::When`] must neither block nor panic.
    pub fn exempt(mut self, whom: Exempt) -> Self {
        self.exempt.push(whom);
        self
    }

    /// Counts and tells what it would refuse, and refuses nothing: to try a limit out. Clients are told nothing of it.
    pub fn dry_run(mut self) -> Self {
        self.is_dry = true;
        self
    }

    /// Has the rule allow a key less while it behaves unlike before: [what is usual](crate::baseline) is learned of each key. It never
    /// allows more than without. What is learned and tightened is each server's own, also where servers share accounts.
    ///
    /// ```
    /// use tsk_ratelimit::{Rule, baseline::Settings};
    ///
    /// let rule = Rule::per_minute(600).adaptive(Settings { steps: 2, ..Settings::default() });
    /// # let _ = rule;
    /// ```
    pub fn adaptive(mut self, settings: Settings) -> Self {
        self.adaptive = Some(settings);
        self
    }

    /// Sets what holds while the store of the accounts cannot be asked. Default: a quarter of the limit, on each server.
    pub fn outage(mut self, outage: Outage) -> Self {
        self.outage = outage;
        self
    }

    /// Sets what happens to a request that is beyond the limit. Default: it is refused.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }
}

impl Rule {
    /// The name that clients see.
    pub(crate) fn public_name(&self) -> Box<str> {
        match &self.name {
            Some(name) => (&**name).into(),
            None => format!("{}-per-{}", self.key, self.quota.window_name()).into(),
        }
    }

    /// Whether authentication has to come first.
    pub(crate) fn needs_principal(&self) -> bool {
        self.key.needs_principal()
            || !self.tiers.is_empty()
            || self.exempt.iter().any(|exempt| matches!(exempt, Exempt::Principal(_) | Exempt::Tier(_)))
    }
}

impl fmt::Debug for Exempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => write!(f, "Network({network})"),
            Self::Principal(id) => write!(f, "Principal({id})"),
            Self::Tier(name) => write!(f, "Tier({name})"),
            Self::When(_) => f.write_str("When(..)"),
        }
    }
}

impl fmt::Debug for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(units) => write!(f, "Fixed({units})"),
            Self::By(_) => f.write_str("By(..)"),
        }
    }
}
