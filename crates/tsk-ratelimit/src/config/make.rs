//! Limits, made of what was configured.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use super::{Config, RuleConfig};
use crate::{
    Error, Exempt, Headers, Limits, Memory, Mode, Outage, Quota, Rule, Store,
    baseline::{Fault, Settings},
    bound::Bound,
    plan::Common,
};

impl Config {
    /// A place for the accounts. `now` is where its time begins.
    pub fn store(&self, now: Instant) -> Store {
        Store::memory(usize::try_from(self.memory.as_u64()).unwrap_or(usize::MAX), now)
    }
}

impl Limits {
    /// Adds the limits of a configuration: the tables `[[limit]]`, and what `[limits]` says of all of them.
    ///
    /// # Errors
    ///
    /// A limit that cannot be kept, or is called as another, and less memory than there has to be.
    pub fn config(mut self, config: &Config, rules: &[RuleConfig]) -> Result<Self, Error> {
        if config.memory.as_u64() < Memory::SMALLEST as u64 {
            return Err(Error::at(
                "limits.memory",
                format_args!("{} is too little for any account; write 16 MiB, say", config.memory),
            ));
        }
        if cfg!(not(feature = "redis")) && config.redis.is_some() {
            return Err(Error::at(
                "limits.redis",
                "this program was built without the feature `redis` of tsk-ratelimit",
            ));
        }
        if config.legacy_headers && config.headers == Headers::Never {
            return Err(Error::at(
                "limits.legacy_headers",
                "nothing is told where limits.headers is `never`; write `always` or `refusals` there",
            ));
        }
        // What the application has said goes before what nobody has.
        if config.headers != Headers::default() {
            self.telling.headers = config.headers;
        }
        self.telling.is_legacy |= config.legacy_headers;
        self.shows_keys |= config.show_keys;
        let mut names = BTreeSet::new();
        for (index, limit) in rules.iter().enumerate() {
            let key = |name: &str| format!("limit[{index}].{name}");
            if !names.insert(&limit.name) {
                let message = format_args!("{:?} is what another is called; choose another name", limit.name);
                return Err(Error::at(key("name"), message));
            }
            let rule = limit.rule(&key)?;
            Bound::new(&rule, "", &self.store)
                .map_err(|fault| Error::at(format!("limit[{index}]"), fault))?;
            let routes = limit.routes.iter().enumerate().map(|(at, route)| {
                let fault = |fault| Error::at(key(&format!("routes[{at}]")), format!("{route:?} {fault}"));
                route.parse().map_err(fault)
            });
            let routes = routes.collect::<Result<_, _>>()?;
            self.common.push(Common { rule: Arc::new(rule), routes });
        }
        Ok(self)
    }
}

impl RuleConfig {
    fn rule(&self, key: &dyn Fn(&str) -> String) -> Result<Rule, Error> {
        let quota = |limit, burst: Option<u32>| {
            let quota = Quota::new(limit, self.window);
            burst.map_or(quota, |burst| quota.burst(burst))
        };
        let by = self.key.parse().map_err(|fault| Error::at(key("key"), fault))?;
        let outage = outage(&self.outage).ok_or_else(|| {
            let found = &self.outage;
            Error::at(
                key("outage"),
                format_args!("{found:?} is none; write `open`, `closed`, or a share as in `25%`"),
            )
        })?;
        let rule = Rule::new(quota(self.limit, self.burst))
            .name(self.name.clone())
            .by(by)
            .cost(self.cost)
            .outage(outage)
            .mode(self.delay.map_or(Mode::Refuse, |max| Mode::Delay { max }));
        let rule = if self.dry_run { rule.dry_run() } else { rule };
        let rule = match self.adaptive.as_ref().map(Settings::from) {
            None => rule,
            Some(settings) => {
                let fault = |fault: Fault| Error::at(key(&format!("adaptive.{}", fault.key())), fault);
                settings.check().map_err(fault)?;
                rule.adaptive(settings)
            }
        };
        let tiers = self.tiers.iter();
        let rule =
            tiers.fold(rule, |rule, (name, tier)| rule.tier(name.clone(), quota(tier.limit, tier.burst)));
        self.exempt.iter().enumerate().try_fold(rule, |rule, (at, whom)| {
            let whom = exempt(whom).map_err(|fault| Error::at(key(&format!("exempt[{at}]")), fault))?;
            Ok(rule.exempt(whom))
        })
    }
}

fn exempt(text: &str) -> Result<Exempt, String> {
    match text.split_once(':') {
        Some(("principal", id)) => Ok(Exempt::Principal(id.into())),
        Some(("tier", name)) => Ok(Exempt::Tier(name.into())),
        _ => text.parse().map(Exempt::Network).map_err(|_| {
            format!("{text:?} is nobody; write a range as 10.0.0.0/8, `principal:NAME` or `tier:NAME`")
        }),
    }
}

fn outage(text: &str) -> Option<Outage> {
    match text {
        "open" => Some(Outage::Open),
        "closed" => Some(Outage::Closed),
        share => {
            let percent = share.strip_suffix('%')?.trim().parse().ok()?;
            (1..=100).contains(&percent).then_some(Outage::Local { percent })
        }
    }
}
