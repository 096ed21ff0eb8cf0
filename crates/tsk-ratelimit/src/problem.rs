//! The answer to what is beyond a limit.

use std::time::Duration;

use http::{Response, StatusCode, header};
use tsk_core::{Body, IntoResponse as _, Problem, problem::Kind};

use crate::{
    Decision, Headers,
    headers::{Mark, Policy, Telling, seconds},
};

/// More was asked for than a limit allows. Which one, a member says that
/// draft-ietf-httpapi-ratelimit-headers-11 §5.1 has for it.
const RATE_LIMITED: Kind = Kind {
    uri: "urn:tsk:problems/rate-limited",
    title: "Too many requests",
    status: StatusCode::TOO_MANY_REQUESTS,
};

/// Whether more was asked for than a limit allows cannot be known, and the limit is one that refuses then.
const LIMITS_UNAVAILABLE: Kind = Kind {
    uri: "urn:tsk:problems/limits-unavailable",
    title: "Limits cannot be checked",
    status: StatusCode::SERVICE_UNAVAILABLE,
};

/// A limit, and what was decided of it.
pub(crate) type Decided<'a> = (&'static Policy, &'a Decision);

/// What was beyond which limits, and when to come again: once all of them allow it.
pub(crate) fn refusal<'a>(decided: impl Iterator<Item = Decided<'a>> + Clone) -> Problem {
    let refused = decided.filter(|(_, decision)| !decision.is_allowed());
    let names: Vec<&str> = refused.clone().map(|(policy, _)| &*policy.name).collect();
    let retry_after = refused.filter_map(|(_, decision)| decision.retry_after).max().unwrap_or_default();
    let limits = if names.len() == 1 { "limit" } else { "limits" };
    let problem = Problem::of(RATE_LIMITED).with("violated-policies", &names);
    let names = names.join("`, `");
    if retry_after == Duration::MAX {
        return problem.detail(format!("This is more at once than the {limits} `{names}` ever can allow."));
    }
    // One that is not whole, or 0 for what is due within it, would have clients come too early.
    let seconds = seconds(retry_after).max(1);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    problem
        .detail(format!("This is beyond the {limits} `{names}`: come again in {seconds} {unit}."))
        .header(header::RETRY_AFTER, seconds.into())
}

/// The answer, which says of all limits how they are, unless no answer does.
#[cold]
pub(crate) fn refused<'a>(
    decided: impl Iterator<Item = Decided<'a>> + Clone,
    telling: Telling,
) -> Response<Body> {
    let mut response = refusal(decided.clone()).into_response();
    if telling.headers != Headers::Never {
        let headers = response.headers_mut();
        decided.for_each(|(policy, decision)| Mark::new(policy, decision).stamp(headers, telling.is_legacy));
    }
    response
}

/// The answer where nobody can be asked.
#[cold]
pub(crate) fn unavailable() -> Problem {
    // As long as it takes to notice that somebody can be asked again.
    Problem::of(LIMITS_UNAVAILABLE)
        .detail("Nobody can tell at present whether this is within the limits.")
        .header(header::RETRY_AFTER, 1.into())
}
