//! Routes as they are in each version.

use std::ops::Range;

use tsk_core::BindError;

use super::{Placed, Route, aliases_below, join};
use crate::version::{Checked, Scheme, Versions, live};

/// A route where it stands: in one version, if it has versions.
#[derive(Debug)]
pub(super) struct Standing {
    /// The index of the route as it was declared.
    pub(super) route: usize,
    pub(super) version: Option<usize>,
    pub(super) path: String,
    pub(super) aliases: Vec<String>,
}

/// The versions of a service: those of its routes, which must be the same.
pub(super) fn versions(routes: &[Route], faults: &mut BindError) -> Option<Checked> {
    let mut placed = routes.iter().filter_map(|route| route.versions.as_ref());
    let first = &placed.next()?.versions;
    let mut other = placed.map(|placed| &placed.versions);
    if let Some(other) = other.find(|other| !other.is_same(first)) {
        faults.push(two_sets(first, other));
    }
    match Checked::new(first) {
        Ok(checked) => Some(checked),
        Err(error) => {
            faults.absorb(Err(error));
            None
        }
    }
}

pub(super) fn two_sets(first: &Versions, second: &Versions) -> String {
    let (first, second) = (first.place(), second.place());
    format!("there are two sets of versions, at {first} and at {second}; a service has one")
}

/// In which versions a route is; `None` where it has none.
pub(super) fn live(route: &Route, versions: Option<&Checked>) -> Result<Option<Range<usize>>, String> {
    match (&route.versions, versions) {
        (Some(_), Some(versions)) => versions.live(&route.meta).map(Some),
        // What is wrong with the versions was said before.
        (Some(_), None) => Ok(None),
        (None, _) => match live::said(&route.meta) {
            (None, None) => Ok(None),
            _ => Err("says in which versions it is, and no `Router::versions` is around it".into()),
        },
    }
}

/// The route in each of these versions.
pub(super) fn standing(
    index: usize,
    route: &Route,
    versions: Option<&Checked>,
    live: Option<Range<usize>>,
) -> Vec<Standing> {
    let (Some(versions), Some(live), Some(Placed { at, .. })) = (versions, live, &route.versions) else {
        let (path, aliases) = (route.path.clone(), route.aliases.clone());
        return vec![Standing { route: index, version: None, path, aliases }];
    };
    let standing = |version| {
        let Scheme::Path = versions.scheme() else {
            let (path, aliases) = (route.path.clone(), route.aliases.clone());
            return Standing { route: index, version: Some(version), path, aliases };
        };
        let split = |path: &str| {
            let (before, after) = path.split_at((*at).min(path.len()));
            (format!("{before}/{}", versions.name(version)), after.to_owned())
        };
        let (prefix, rest) = split(&route.path);
        let aliases = route.aliases.iter().map(|alias| split(alias));
        let mut aliases: Vec<_> = aliases.flat_map(|(prefix, rest)| aliases_below(&prefix, &rest)).collect();
        aliases.sort();
        aliases.dedup();
        Standing { route: index, version: Some(version), path: join(&prefix, &rest), aliases }
    };
    live.map(standing).collect()
}
