//! What is known of the spans of a route before there is a request.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use tsk_core::Endpoint;

/// What the spans of a route have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    /// Of the span: `GET /users/{id}`; the method alone where no route matched.
    pub(crate) name: Box<str>,
    /// The template of the route; empty where no route matched.
    pub(crate) template: Box<str>,
}

/// Every plan that there ever was, by number: a span refers to its plan without a reference count, and a reload of
/// the configuration takes none away from spans that wait to be exported.
///
/// Plans of the same route are one, so that reloads add nothing but new routes.
#[derive(Debug, Default)]
pub(crate) struct Plans(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    by_number: Vec<Arc<Plan>>,
    /// There may be ten for each of ten thousand routes.
    numbers: HashMap<Arc<Plan>, u32>,
}

impl Plans {
    /// The number of the plan for requests to `endpoint` with `method`.
    pub(crate) fn intern(&self, method: &str, endpoint: &Endpoint) -> u32 {
        let template = endpoint.template();
        let name = if template.is_empty() { method.into() } else { format!("{method} {template}").into() };
        let plan = Plan { name, template: template.into() };
        let Known { by_number, numbers } = &mut *self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = numbers.get(&plan) {
            return *number;
        }
        let (plan, number) = (Arc::new(plan), u32::try_from(by_number.len()).unwrap_or(u32::MAX));
        by_number.push(Arc::clone(&plan));
        numbers.insert(plan, number);
        number
    }

    /// Looks at all there are. Until it is dropped, no other becomes known.
    pub(crate) fn read(&self) -> Reading<'_> {
        Reading(self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A look at every plan, for a batch of spans.
pub(crate) struct Reading<'a>(RwLockReadGuard<'a, Known>);

impl Reading<'_> {
    /// The plan with that number.
    pub(crate) fn get(&self, number: u32) -> Option<&Plan> {
        self.0.by_number.get(usize::try_from(number).ok()?).map(|plan| &**plan)
    }
}
