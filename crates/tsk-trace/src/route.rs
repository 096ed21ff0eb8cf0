//! What is known of a route before there is a request to it.

use std::time::Duration;

use http::Method;
use tsk_core::{BindError, Endpoint};

use crate::{Sampling, declare::Slow, handle::Shared, sampling::Sampler};

/// What is known of a route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) sampler: Sampler,
    /// From which duration on a request is slow; zero for never.
    slow: Duration,
    /// The number of the plan for each method.
    pub(crate) plans: [u32; METHODS.len()],
}

/// The methods that spans are named after; any other is `_OTHER`, and `HTTP` in names.
const METHODS: [&str; 10] =
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "_OTHER"];

/// The index of a method, and its name.
#[inline]
pub(crate) fn method(method: &Method) -> (usize, &'static str) {
    let index = match *method {
        Method::GET => 0,
        Method::POST => 1,
        Method::PUT => 2,
        Method::PATCH => 3,
        Method::DELETE => 4,
        Method::HEAD => 5,
        Method::OPTIONS => 6,
        Method::CONNECT => 7,
        Method::TRACE => 8,
        _ => 9,
    };
    (index, METHODS[index])
}

impl Route {
    pub(crate) fn new(endpoint: &Endpoint, shared: &Shared) -> Self {
        let rule = shared.config.rule(endpoint.template());
        let declared = endpoint.meta().get::<Sampling>();
        let sampler = match rule.and_then(|rule| rule.sampling.as_ref()).or(declared) {
            Some(sampling) => Sampler::new(sampling, &shared.strategies, ""),
            None => shared.sampler(&name(endpoint)),
        };
        let declared = endpoint.meta().get::<Slow>().map(|slow| slow.0);
        let slow = rule.and_then(|rule| rule.slow).or(declared).unwrap_or(shared.config.slow);
        let only = endpoint.method().map(self::method);
        let plans = METHODS.map(|method| {
            let method = match (method, only) {
                // A route for GET answers HEAD as well, and no other method comes to a route for one.
                ("HEAD", Some((_, "GET"))) | (_, None) => method,
                (_, Some((_, only))) => only,
            };
            shared.plans.intern(if method == "_OTHER" { "HTTP" } else { method }, endpoint)
        });
        Self { sampler, slow, plans }
    }

    /// Whether what is declared can be.
    pub(crate) fn check(endpoint: &Endpoint) -> Result<(), BindError> {
        let Some(sampling) = endpoint.meta().get::<Sampling>() else { return Ok(()) };
        let fault = match sampling {
            Sampling::Remote(_) => "a collector's strategies are for a whole service".into(),
            other => match other.check("sampling") {
                Ok(()) => return Ok(()),
                Err(error) => error.to_string(),
            },
        };
        Err(BindError::new(format!("{endpoint} cannot be sampled as it declares: {fault}")))
    }

    #[inline]
    pub(crate) fn is_slow(&self, duration: Duration) -> bool {
        duration >= self.slow && !self.slow.is_zero()
    }
}

/// What a collector's strategies call the route: the name of most of its spans.
fn name(endpoint: &Endpoint) -> String {
    match endpoint.template() {
        "" => "HTTP".into(),
        template => format!("{} {template}", endpoint.method().map_or("HTTP", Method::as_str)),
    }
}
