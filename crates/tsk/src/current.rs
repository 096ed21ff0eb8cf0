//! What is served at present, for those who look on.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use http::{Method, Response};
use tsk_auth::{Auth, explain as auth};
use tsk_core::{Body, Insight, RouteTable};
use tsk_health::Health;
use tsk_http::server::Probe;
use tsk_metrics::{
    slo::Budgets,
    usage::{self, Usage},
};
use tsk_ratelimit::{
    Limits,
    adaptive::AdaptiveGate,
    explain::{Explanation, Subject, Unclear},
};

#[cfg(feature = "docs")]
use crate::documents::Documents;

/// What is known of the application that is served at present.
#[derive(Debug, Clone)]
pub(crate) struct Current(Arc<Mutex<Served>>);

/// An application that is served.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// What is known of its routes.
    pub(crate) table: Arc<RouteTable>,
    /// What it shows of itself.
    pub(crate) insights: Arc<[Arc<dyn Insight>]>,
    /// Its rooms, if it has any.
    pub(crate) rooms: Option<tsk_ws::Rooms>,
    /// What is left of what it promises, if it does.
    pub(crate) budgets: Option<Budgets>,
    /// Who uses what, if that is counted.
    pub(crate) usage: Option<Usage>,
    pub(crate) health: Health,
    /// What is limited, if anything is.
    pub(crate) limits: Option<Arc<Limits>>,
    /// Who says who is calling, if anybody does.
    pub(crate) auth: Option<Arc<Auth>>,
    /// The limit of what is worked on at a time.
    pub(crate) overload: Option<AdaptiveGate>,
    /// What is written of it.
    #[cfg(feature = "docs")]
    pub(crate) documents: Option<Documents>,
}

impl Served {
    /// Whether somebody may use a route of it.
    pub(crate) fn explain_access(&self, subject: &auth::Subject) -> Result<auth::Verdict, auth::NoRoute> {
        subject.explain(self.auth.as_deref(), &self.table)
    }

    /// Who uses what; none where it is not counted.
    pub(crate) fn answer(&self, question: &usage::Question) -> Option<Result<usage::Answer, usage::Unclear>> {
        self.usage.as_ref().map(|usage| usage.answer(question, Instant::now()))
    }

    /// How somebody stands with its limits.
    pub(crate) async fn explain(&self, subject: &Subject) -> Result<Explanation, Unclear> {
        match &self.limits {
            Some(limits) => limits.explain(&self.table, subject, Instant::now()).await,
            None => Ok(Explanation::none(subject)),
        }
    }
}

impl Current {
    pub(crate) fn new(served: Served) -> Self {
        Self(Arc::new(Mutex::new(served)))
    }

    pub(crate) fn get(&self) -> Served {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set(&self, served: Served) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = served;
    }
}

/// Answers probes of the health of whichever application is served.
impl Probe for Current {
    fn answer(&self, method: &Method, path: &str) -> Option<Response<Body>> {
        // What is no probe by its form does not wait for the lock.
        let may_be = path.ends_with('z') || path.starts_with("/healthz/");
        if may_be { self.get().health.probe(method, path) } else { None }
    }
}
