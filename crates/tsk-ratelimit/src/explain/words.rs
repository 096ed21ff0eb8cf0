//! What was found out, in words and from engines.

use std::{fmt, time::Duration};

use super::{Adapted, Allowed, Explained, Explanation, Refusals, State, Unasked, Why};
use crate::{
    Decision, Quota,
    baseline::{Reason, Standing, Whose},
    top::Refused,
};

impl From<Quota> for Allowed {
    fn from(quota: Quota) -> Self {
        Self {
            limit: quota.limit(),
            window_seconds: quota.window().as_secs_f64(),
            burst: quota.most_at_once(),
        }
    }
}

impl From<Decision> for State {
    fn from(decision: Decision) -> Self {
        let up = |span: Duration| span.as_secs() + u64::from(span.subsec_nanos() > 0);
        Self {
            remaining: decision.remaining,
            reset_seconds: up(decision.reset),
            retry_after_seconds: decision.retry_after.filter(|span| *span != Duration::MAX).map(up),
        }
    }
}

impl From<Refused> for Refusals {
    fn from(refused: Refused) -> Self {
        Self { count: refused.count, error: refused.error, last_seconds: refused.ago.as_secs() }
    }
}

impl From<Standing> for Adapted {
    fn from(standing: Standing) -> Self {
        Self {
            step: standing.step,
            tight_for_seconds: standing.tight_for.as_secs(),
            calm_windows_needed: standing.calm_needed,
            reason: standing.reason.map(Why::from),
        }
    }
}

impl From<Reason> for Why {
    fn from(reason: Reason) -> Self {
        let compared_with = match reason.whose {
            Whose::Own => "own",
            Whose::All => "all",
        };
        Self {
            signal: reason.signal.name().to_owned(),
            observed: reason.observed,
            usual: reason.usual,
            bound: reason.bound,
            compared_with: compared_with.to_owned(),
            text: reason.to_string(),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.limits[..] {
            [] => write!(f, "{}: no limit is asked", self.subject)?,
            limits => {
                write!(f, "{}", self.subject)?;
                limits.iter().try_for_each(|limit| write!(f, "\n\n{limit}"))?;
            }
        }
        let unasked = self.unasked.iter();
        unasked.enumerate().try_for_each(|(index, Unasked { policy, key, lacks })| {
            let between = if index == 0 { "\n\n" } else { "\n" };
            write!(f, "{between}{policy}: goes by {key}, and no {lacks} was given")
        })
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, key, quota, .. } = self;
        write!(f, "{policy}: {quota} by {key}")?;
        if let Some(tier) = &self.tier {
            write!(f, ", as tier {tier}")?;
        }
        match &self.routes[..] {
            [] => {}
            [route] => write!(f, ", on {route}")?,
            [route, others @ ..] => write!(f, ", on {route} and {} more", others.len())?,
        }
        if self.exempt {
            return f.write_str("\n  it is exempt");
        }
        match (&self.account, self.would_refuse) {
            (None, _) => {
                f.write_str("\n  the account is kept elsewhere, which does not answer")?;
                match self.outage.as_deref() {
                    None => {}
                    Some("open") => f.write_str(": requests are let through meanwhile")?,
                    Some("closed") => f.write_str(": requests are refused meanwhile, with 503")?,
                    Some(share) => write!(f, ": this server limits by itself meanwhile, to {share}")?,
                }
            }
            (Some(State { remaining, .. }), false) => {
                write!(f, "\n  a request would be let through: {remaining} of {} are left", quota.burst)?;
            }
            (Some(State { remaining, retry_after_seconds, .. }), true) => {
                let would = if self.dry_run {
                    "would be refused if it were not on trial"
                } else {
                    "would be refused"
                };
                write!(f, "\n  a request {would}: {remaining} of {} are left", quota.burst)?;
                match retry_after_seconds {
                    None => f.write_str(", and it costs more than may ever come at once")?,
                    Some(seconds) => write!(f, ", enough in {seconds} s")?,
                }
            }
        }
        if self.cost != 1 {
            write!(f, "; it costs {}", self.cost)?;
        }
        if let Some(refused) = &self.refused {
            let verb = if self.dry_run { "would have been refused" } else { "refused" };
            write!(f, "\n  {verb} {refused}")?;
        }
        if let Some(adapted) = &self.adapted {
            write!(f, "\n  {adapted}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, window_seconds, burst } = self;
        write!(f, "{limit} in {window_seconds} s")?;
        if burst != limit { write!(f, ", {burst} at once") } else { Ok(()) }
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, error, last_seconds } = self;
        let times = match count {
            1 => "once".to_owned(),
            count => format!("{count} times"),
        };
        f.write_str(&times)?;
        if *error > 0 {
            write!(f, " at most, {} at least,", count - error)?;
        }
        write!(f, " in the last ten to twenty minutes, last {last_seconds} s ago")
    }
}

impl fmt::Display for Adapted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, tight_for_seconds, calm_windows_needed, reason } = self;
        let reason = reason.as_ref().map(|reason| reason.text.as_str());
        let windows = if *calm_windows_needed == 1 { "window" } else { "windows" };
        match (step, reason) {
            (0, None) => f.write_str("as usual: it may all that the rule says"),
            (0, Some(reason)) => write!(f, "as usual again: it may all that the rule says; before, {reason}"),
            (step, reason) => write!(
                f,
                "tightened to {} of the rule for {tight_for_seconds} s; {}; {calm_windows_needed} more {windows} as usual give \
                 a step back",
                share(*step),
                reason.unwrap_or_default()
            ),
        }
    }
}

/// What is left of a quota that was halved so often.
fn share(step: u8) -> &'static str {
    match step {
        1 => "a half",
        2 => "a quarter",
        3 => "an 8th",
        4 => "a 16th",
        5 => "a 32nd",
        _ => "a 64th",
    }
}
