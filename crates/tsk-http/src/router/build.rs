//! Checks routes together.

use std::{
    collections::{HashMap, HashSet},
    panic::Location,
    sync::Arc,
};

use tsk_core::{BindError, Endpoint, Operation, Params, RouteTable};

use super::{
    Fallback, Route, Router,
    by_version::ByVersion,
    expand::{self, Standing},
    literals::Literals,
    routes::{MethodTable, Routes, Target},
};
use crate::version::{Checked, Position, Scheme, Stamped};

/// Builds what serves the routes, or says everything that is wrong with them.
pub(super) fn build(router: Router) -> Result<Routes, BindError> {
    let Router { routes, fallback, state, mut faults, .. } = router;
    let versions = expand::versions(&routes, &mut faults).map(Arc::new);
    let mut standing = Vec::with_capacity(routes.len());
    for (index, route) in routes.iter().enumerate() {
        let of = route.versions.as_ref().and(versions.as_deref());
        route.handler.check(&state.values, of, || described(route), &mut faults);
        match expand::live(route, versions.as_deref()) {
            Ok(live) => standing.extend(expand::standing(index, route, versions.as_deref(), live)),
            Err(fault) => faults.push(format!("{} {fault}", described(route))),
        }
    }
    let mut paths = Paths { in_path: is_in_path(versions.as_deref()), ..Paths::default() };
    for index in 0..standing.len() {
        paths.add(index, &standing, &routes, &mut faults);
    }
    if let Some(Fallback { handler, place }) = &fallback {
        handler.check(&state.values, None, || format!("the fallback at {place}"), &mut faults);
    }
    faults.into_result()?;

    let literals = Literals::new(paths.by_path.iter().map(|(path, table)| (&**path, *table)));
    let of = |index: &usize| (routes[standing[*index].route].method.clone(), *index);
    let by_version = versions.as_ref().map(|versions| {
        let version_of = |index: &usize| standing[*index].version;
        ByVersion::new(Arc::clone(versions), &paths.tables, &routes, &standing, |table, version| {
            MethodTable::new(table.iter().filter(|index| version_of(index) == Some(version)).map(of))
        })
    });
    let tables = paths.tables.iter().map(|table| {
        let all = MethodTable::new(table.iter().map(of));
        let is_selected = |index: &usize| !paths.in_path && standing[*index].version.is_some();
        // Found by its version, and not before.
        if table.iter().any(is_selected) { all.only_allowed() } else { all }
    });
    let tables = tables.collect();

    let listed: Arc<[_]> = versions.as_ref().map(|versions| versions.listed()).unwrap_or_default().into();
    let mut targets = Vec::with_capacity(standing.len());
    let endpoints = standing.into_iter().map(|Standing { route, version, path, .. }| {
        let Route { method, handler, body_limit, meta, operation, describe, place, .. } = &routes[route];
        let mut endpoint = Endpoint::new(method.clone(), path).at(place);
        let (mut handler, mut meta, mut operation) = (handler.clone(), meta.clone(), operation.clone());
        let of_version = version.zip(versions.as_ref());
        let mut described = Operation::default();
        let describe = |described: &mut Operation| {
            if let Some(describe) = describe {
                describe(described, endpoint.params());
            }
        };
        match version {
            Some(version) => Position::among(Arc::clone(&listed), version).run(|| describe(&mut described)),
            None => describe(&mut described),
        }
        operation.absorb(described);
        if let Some((version, versions)) = of_version {
            versions.describe(version, &mut operation);
            endpoint = endpoint.of_version(versions.name(version));
            if let Some(stamp) = versions.stamp(version) {
                meta.insert(Arc::clone(stamp));
                handler = Stamped::around(handler, Arc::clone(stamp), Arc::clone(versions));
            }
        }
        targets.push(Target { handler, body_limit: *body_limit });
        endpoint.declared(operation, meta)
    });
    let table = RouteTable::new(endpoints.collect::<Vec<_>>()).with_state(state.values);
    let table = Arc::new(table.with_versions(listed.to_vec()));
    let fallback = fallback.map(|fallback| fallback.handler);
    Ok(Routes::new(literals, paths.tree, tables, by_version, targets, fallback, table))
}

/// What a nested router's prefix must look like.
pub(super) fn check_prefix(prefix: &str, place: &Location<'_>) -> Result<(), String> {
    if prefix.is_empty() || prefix.starts_with('/') && !prefix.contains("{*") {
        Ok(())
    } else {
        Err(format!("the prefix {prefix:?} at {place} must begin with `/`, and have no `{{*rest}}`"))
    }
}

fn is_in_path(versions: Option<&Checked>) -> bool {
    versions.is_some_and(|versions| *versions.scheme() == Scheme::Path)
}

#[derive(Default)]
struct Paths {
    tree: matchit::Router<usize>,
    by_path: HashMap<String, usize>,
    /// Of each path, the routes that are found there.
    tables: Vec<Vec<usize>>,
    /// Whether versions are in the path.
    in_path: bool,
    /// Pairs of declared routes of which a fault was found: in each version it is the same one.
    at_fault: HashSet<(usize, usize)>,
}

impl Paths {
    fn add(&mut self, index: usize, standing: &[Standing], routes: &[Route], faults: &mut BindError) {
        let Standing { path, aliases, .. } = &standing[index];
        for path in [path].into_iter().chain(aliases) {
            if let Err((other, fault)) = self.add_path(path, index, standing, routes)
                && self.at_fault.insert((standing[index].route, other))
            {
                faults.push(fault);
            }
        }
    }

    /// Adds a path, or says what is wrong, and with which other route.
    fn add_path(
        &mut self,
        path: &str,
        index: usize,
        standing: &[Standing],
        routes: &[Route],
    ) -> Result<(), (usize, String)> {
        let declared = |index: usize| &routes[standing[index].route];
        let route = declared(index);
        if !path.starts_with('/') {
            return Err((index, format!("{} must begin with `/`", described(route))));
        }
        if let Some(&table) = self.by_path.get(path) {
            if let Some((other, reason)) = self.conflict(index, &self.tables[table], standing, routes) {
                let other_route = described(declared(other));
                return Err((standing[other].route, format!("{} {reason}: {other_route}", described(route))));
            }
            self.tables[table].push(index);
            return Ok(());
        }
        self.tree.insert(path, self.tables.len()).map_err(|error| match error {
            matchit::InsertError::Conflict { with } => {
                let other = self.by_path.get(&with).and_then(|&table| self.tables[table].first());
                let number = other.map_or(index, |&other| standing[other].route);
                let other = other.map_or(with, |&other| described(declared(other)));
                (number, format!("{} cannot be told from {other}", described(route)))
            }
            error => (index, format!("{} cannot be read: {error}", described(route))),
        })?;
        if Endpoint::new(None, path).params().len() > Params::MAX {
            return Err((index, format!("{} has more than {} parameters", described(route), Params::MAX)));
        }
        self.by_path.insert(path.to_owned(), self.tables.len());
        self.tables.push(vec![index]);
        Ok(())
    }

    /// Which of the routes at the same path cannot be there beside this one, and why.
    fn conflict(
        &self,
        index: usize,
        table: &[usize],
        standing: &[Standing],
        routes: &[Route],
    ) -> Option<(usize, &'static str)> {
        let method = |index: usize| &routes[standing[index].route].method;
        let version = standing[index].version;
        table.iter().find_map(|&other| {
            let other_version = standing[other].version;
            let reason = if !self.in_path && version.is_some() != other_version.is_some() {
                "is at the same path, and only one of them is of a version"
            } else if method(other) != method(index) || version != other_version {
                return None;
            } else if version.is_some() {
                "is in the same version as another, so that `since` or `until` is missing"
            } else {
                "was declared before"
            };
            Some((other, reason))
        })
    }
}

fn described(route: &Route) -> String {
    let method = route.method.as_ref().map_or("*", http::Method::as_str);
    format!("`{method} {}` at {}", route.path, route.place)
}
