//! Checks routes together.

use std::{collections::HashMap, panic::Location, sync::Arc};

use tsk_core::{BindError, Endpoint, Operation, Params, RouteTable};

use super::{
    Fallback, Route, Router, allow_of,
    literals::Literals,
    routes::{MethodTable, Routes, Target},
};

/// Builds what serves the routes, or says everything that is wrong with them.
pub(super) fn build(router: Router) -> Result<Routes, BindError> {
    let Router { mut routes, fallback, state, mut faults, .. } = router;
    let mut paths = Paths::default();
    for (index, route) in routes.iter().enumerate() {
        route.handler.check(&state.values, || described(route), &mut faults);
        for path in [&route.path].into_iter().chain(&route.aliases) {
            if let Err(fault) = paths.add(path, index, &routes) {
                faults.push(fault);
            }
        }
    }
    if let Some(Fallback { handler, place }) = &fallback {
        handler.check(&state.values, || format!("the fallback at {place}"), &mut faults);
    }
    faults.into_result()?;

    let literals = Literals::new(paths.by_path.iter().map(|(path, table)| (&**path, *table)));
    let tables = paths.tables.into_iter().map(|methods| {
        let methods: Vec<_> =
            methods.into_iter().map(|index| (routes[index].method.clone(), index)).collect();
        let allow = allow_of(methods.iter().map(|(method, _)| method.as_ref()));
        MethodTable { methods, allow }
    });
    let tables = tables.collect();
    let mut targets = Vec::with_capacity(routes.len());
    let endpoints = routes.drain(..).map(|route| {
        targets.push(Target { handler: route.handler, body_limit: route.body_limit });
        let endpoint = Endpoint::new(route.method, route.path).at(route.place);
        let mut operation = route.operation;
        if let Some(describe) = route.describe {
            let mut described = Operation::default();
            describe(&mut described, endpoint.params());
            operation.absorb(described);
        }
        endpoint.declared(operation, route.meta)
    });
    let table = RouteTable::new(endpoints.collect::<Vec<_>>()).with_state(state.values);
    let fallback = fallback.map(|fallback| fallback.handler);
    Ok(Routes::new(literals, paths.tree, tables, targets, fallback, Arc::new(table)))
}

/// What a nested router's prefix must look like.
pub(super) fn check_prefix(prefix: &str, place: &Location<'_>) -> Result<(), String> {
    if prefix.is_empty() || prefix.starts_with('/') && !prefix.contains("{*") {
        Ok(())
    } else {
        Err(format!("the prefix {prefix:?} at {place} must begin with `/`, and have no `{{*rest}}`"))
    }
}

#[derive(Default)]
struct Paths {
    tree: matchit::Router<usize>,
    by_path: HashMap<String, usize>,
    /// Of each path, the routes that are found there.
    tables: Vec<Vec<usize>>,
}

impl Paths {
    fn add(&mut self, path: &str, index: usize, routes: &[Route]) -> Result<(), String> {
        let route = &routes[index];
        if !path.starts_with('/') {
            return Err(format!("{} must begin with `/`", described(route)));
        }
        if let Some(&table) = self.by_path.get(path) {
            let twin = self.tables[table].iter().find(|&&other| routes[other].method == route.method);
            if let Some(&twin) = twin {
                return Err(format!(
                    "{} was declared before: {}",
                    described(route),
                    described(&routes[twin])
                ));
            }
            self.tables[table].push(index);
            return Ok(());
        }
        self.tree.insert(path, self.tables.len()).map_err(|error| match error {
            matchit::InsertError::Conflict { with } => {
                let other = self.by_path.get(&with).and_then(|&table| self.tables[table].first());
                let other = other.map_or(with, |&other| described(&routes[other]));
                format!("{} cannot be told from {other}", described(route))
            }
            error => format!("{} cannot be read: {error}", described(route)),
        })?;
        if Endpoint::new(None, path).params().len() > Params::MAX {
            return Err(format!("{} has more than {} parameters", described(route), Params::MAX));
        }
        self.by_path.insert(path.to_owned(), self.tables.len());
        self.tables.push(vec![index]);
        Ok(())
    }
}

fn described(route: &Route) -> String {
    let method = route.method.as_ref().map_or("*", http::Method::as_str);
    format!("`{method} {}` at {}", route.path, route.place)
}
