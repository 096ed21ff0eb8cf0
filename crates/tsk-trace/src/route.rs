//! What is known of a route before there is a request to it.

use std::time::Duration;

use tsk_core::{BindError, Endpoint};

use crate::{Sampling, declare::Slow, handle::Shared, sampling::Sampler};

/// What is known of a route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) sampler: Sampler,
    /// From which duration on a request is slow; zero for never.
    slow: Duration,
    /// The number of the plan for each method.
    plans: [u32; METHODS.len()],
}

/// A method, as spans know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Method(u8);

/// The methods that spans are named after; any other is `_OTHER`, and `HTTP` in names.
const METHODS: [&str; 10] =
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "_OTHER"];

impl Method {
    #[inline]
    pub(crate) fn of(method: &http::Method) -> Self {
        if *method == http::Method::GET { Self(0) } else { Self::of_others(method) }
    }

    /// Out of line, so that most requests need no table.
    #[inline(never)]
    fn of_others(method: &http::Method) -> Self {
        Self(match *method {
            http::Method::POST => 1,
            http::Method::PUT => 2,
            http::Method::PATCH => 3,
            http::Method::DELETE => 4,
            http::Method::HEAD => 5,
            http::Method::OPTIONS => 6,
            http::Method::CONNECT => 7,
            http::Method::TRACE => 8,
            _ => 9,
        })
    }

    /// Its name, or `_OTHER`.
    #[inline]
    pub(crate) fn name(self) -> &'static str {
        METHODS[usize::from(self.0)]
    }
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
        let only = endpoint.method().map(|only| Method::of(only).name());
        let plans = METHODS.map(|method| {
            let method = match (method, only) {
                // A route for GET answers HEAD as well, and no other method comes to a route for one.
                ("HEAD", Some("GET")) | (_, None) => method,
                (_, Some(only)) => only,
            };
            shared.plans.intern(if method == "_OTHER" { "HTTP" } else { method }, endpoint)
        });
        Self { sampler, slow, plans }
    }

    /// The number of the plan for requests with that method.
    #[inline]
    pub(crate) fn plan(&self, method: Method) -> u32 {
        self.plans[usize::from(method.0)]
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
        template => format!("{} {template}", endpoint.method().map_or("HTTP", http::Method::as_str)),
    }
}
