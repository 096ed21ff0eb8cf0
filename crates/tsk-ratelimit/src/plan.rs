//! Which rules a route has, known before there is a request.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tsk_core::{BindError, Endpoint, RouteTable};

use crate::{Rule, bound::Bound, declare::Unlimited, routes::Pattern};

/// The rules of a route, in the order in which they are applied.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Before anybody is known.
    pub(crate) before: Stage,
    /// After authentication.
    pub(crate) after: Stage,
}

/// The rules that are applied together: all are charged, or none is.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    pub(crate) rules: Box<[Arc<Bound>]>,
    /// Those that refuse nothing, and so must not have others charge nothing either.
    pub(crate) dry: Box<[Arc<Bound>]>,
}

/// A rule of the whole service, or of the routes that fit.
#[derive(Debug, Clone)]
pub(crate) struct Common {
    pub(crate) rule: Arc<Rule>,
    /// Empty for all requests, those that no route matches too.
    pub(crate) routes: Vec<Pattern>,
}

impl Common {
    /// Whether it is a limit of that route, if it is none that leaves those of the service alone.
    fn fits(&self, endpoint: &Endpoint) -> bool {
        match &self.routes[..] {
            [] => endpoint.meta().get::<Unlimited>().is_none(),
            patterns => patterns.iter().any(|pattern| pattern.fits(endpoint)),
        }
    }
}

/// The rules of a route: those of the service, then those of its groups from the outermost on, then its own.
pub(crate) fn rules<'a>(common: &'a [Common], endpoint: &'a Endpoint) -> impl Iterator<Item = &'a Rule> {
    let is_limited = endpoint.meta().get::<Unlimited>().is_none();
    let declared = endpoint.meta().list::<Rule>().filter(move |_| is_limited);
    common.iter().filter(|common| common.fits(endpoint)).map(|common| &*common.rule).chain(declared)
}

/// The plans of all routes, by [`Endpoint::index`], that of requests which match none at last.
pub(crate) fn plans(
    common: &[Common],
    routes: &RouteTable,
    bind: impl Fn(&Rule, &str) -> Result<Bound, String>,
) -> Result<Vec<Plan>, BindError> {
    let mut error = BindError::default();
    // A rule of a group is at one place in memory for all its routes, and so is a route in several versions.
    let mut known: HashMap<*const Rule, Option<Arc<Bound>>> = HashMap::new();
    let mut names: BTreeMap<(String, Box<str>), usize> = BTreeMap::new();
    let mut bound = |rule: &Rule, endpoint: &Endpoint| {
        let of_service = common.iter().any(|common| std::ptr::eq(&*common.rule, rule));
        let entry = known.entry(std::ptr::from_ref(rule));
        let bound = entry.or_insert_with(|| {
            let place = if of_service { String::new() } else { endpoint.to_string() };
            let at = if of_service { String::new() } else { format!("{place}: ") };
            match bind(rule, &place) {
                Ok(bound) => {
                    let count = names.entry((place, bound.name.clone())).or_default();
                    *count += 1;
                    if *count == 2 {
                        error.push(format!(
                            "{at}two limits are called `{}`: give one another name",
                            bound.name
                        ));
                    }
                    Some(Arc::new(bound))
                }
                Err(fault) => {
                    error.push(format!("{at}{fault}"));
                    None
                }
            }
        });
        bound.clone()
    };
    let plans = (0..routes.len()).map(|index| {
        let endpoint = routes.get(index);
        let bound: Vec<_> = rules(common, endpoint).filter_map(|rule| bound(rule, endpoint)).collect();
        let stage = |is_after: bool| {
            let of = |is_dry: bool| {
                let these = bound.iter().filter(|bound| bound.is_after == is_after && bound.is_dry == is_dry);
                these.cloned().collect()
            };
            Stage { rules: of(false), dry: of(true) }
        };
        Plan { before: stage(false), after: stage(true) }
    });
    let plans = plans.collect();
    error.into_result().map(|()| plans)
}
