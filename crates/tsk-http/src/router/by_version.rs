//! Routes by their version.

use std::sync::Arc;

use http::{HeaderMap, Method};

use super::{Route, aliases_below, expand::Standing, join, routes::MethodTable};
use crate::version::{Checked, Refused, Scheme};

/// What is at each path in each version.
#[derive(Debug)]
pub(super) struct ByVersion {
    pub(super) versions: Arc<Checked>,
    /// By the index of the path's method table and by version; nothing for paths that are of no version, and where the
    /// path itself names the version.
    tables: Vec<Box<[MethodTable]>>,
    /// Where the path names the version: the same paths with any segment in its place, and in which versions there is
    /// something at them, each a bit. It is for those who name a wrong one.
    otherwise: Otherwise,
}

#[derive(Default)]
struct Otherwise(matchit::Router<u64>);

/// The name that the segment of the version has in them. No parameter of an application has a space in it.
const SEGMENT: &str = "{the version}";

impl ByVersion {
    pub(super) fn new(
        versions: Arc<Checked>,
        tables: &[Vec<usize>],
        routes: &[Route],
        standing: &[Standing],
        table_of: impl Fn(&[usize], usize) -> MethodTable,
    ) -> Self {
        if let Scheme::Path = versions.scheme() {
            let otherwise = Otherwise::new(routes, standing);
            return Self { versions, tables: Vec::new(), otherwise };
        }
        let is_versioned = |table: &Vec<usize>| table.iter().any(|&index| standing[index].version.is_some());
        let tables = tables.iter().map(|table| {
            let number = if is_versioned(table) { versions.len() } else { 0 };
            (0..number).map(|version| table_of(table, version)).collect()
        });
        Self { tables: tables.collect(), otherwise: Otherwise::default(), versions }
    }

    /// What is at a path in each version; `None` where it is not a header that names it.
    pub(super) fn tables(&self, table: usize) -> Option<&[MethodTable]> {
        self.tables.get(table).map(|tables| &**tables).filter(|tables| !tables.is_empty())
    }

    /// The route for a request.
    pub(super) fn find(&self, table: usize, method: &Method, headers: &HeaderMap) -> Option<usize> {
        let tables = self.tables(table)?;
        let version = self.versions.select(headers).ok()?;
        tables.get(version)?.find(method)
    }

    /// Whether a path that leads nowhere names a version, but the wrong one: which it is, if there is such a version, and
    /// in which ones it would lead somewhere.
    pub(super) fn wrong<'p>(&self, path: &'p str) -> Option<(Result<usize, Refused<'p>>, Vec<usize>)> {
        let found = self.otherwise.0.at(path).ok()?;
        let (_, segment) = found.params.iter().find(|(name, _)| SEGMENT[1..].starts_with(name))?;
        let live = (0..self.versions.len()).filter(|version| found.value & 1 << version != 0).collect();
        match self.versions.find(segment.as_bytes()) {
            Some(version) => Some((Ok(version), live)),
            // Anything else may stand there, such as a file.
            None => self
                .versions
                .is_alike(segment)
                .then(|| (Err(Refused::Unknown(segment.as_bytes().into())), live)),
        }
    }
}

impl Otherwise {
    fn new(routes: &[Route], standing: &[Standing]) -> Self {
        let mut paths = std::collections::BTreeMap::<String, u64>::new();
        for each in standing {
            let route = &routes[each.route];
            let (Some(version), Some(placed)) = (each.version, &route.versions) else { continue };
            let split = |path: &str| {
                let (before, after) = path.split_at(placed.at.min(path.len()));
                (format!("{before}/{SEGMENT}"), after.to_owned())
            };
            let (prefix, rest) = split(&route.path);
            *paths.entry(join(&prefix, &rest)).or_default() |= 1 << version;
            for alias in &route.aliases {
                let (prefix, rest) = split(alias);
                for alias in aliases_below(&prefix, &rest) {
                    *paths.entry(alias).or_default() |= 1 << version;
                }
            }
        }
        let mut tree = matchit::Router::new();
        for (path, versions) in paths {
            // Two that only their versions tell apart: who asks for neither is told less.
            let _ = tree.insert(path, versions);
        }
        Self(tree)
    }
}

impl std::fmt::Debug for Otherwise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Otherwise")
    }
}
