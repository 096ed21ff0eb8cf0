//! Which routes are documented, and what each is called.

use std::collections::HashSet;

use tsk_core::{Endpoint, Operation, RouteTable};

/// A route that documents list.
#[derive(Debug)]
pub(crate) struct Listed<'a> {
    pub(crate) endpoint: &'a Endpoint,
    /// As OpenAPI names it: in lower case.
    pub(crate) method: &'static str,
    /// As OpenAPI writes it: without the mark of a parameter that takes the rest.
    pub(crate) path: String,
    pub(crate) id: String,
}

impl Listed<'_> {
    pub(crate) fn operation(&self) -> &Operation {
        self.endpoint.operation()
    }

    /// The first group, under which it is shown.
    pub(crate) fn tag(&self) -> Option<&str> {
        self.operation().tags.first().map(String::as_str)
    }

    /// Whether this parameter of the path takes more than one segment.
    pub(crate) fn takes_rest(&self, parameter: &str) -> bool {
        self.endpoint.template().contains(&format!("{{*{parameter}}}"))
    }
}

/// The methods that OpenAPI has words for and that are listed, in the order in which people expect them. HEAD and OPTIONS
/// follow from the others.
const METHODS: [(&str, &str); 6] = [
    ("GET", "get"),
    ("POST", "post"),
    ("PUT", "put"),
    ("PATCH", "patch"),
    ("DELETE", "delete"),
    ("TRACE", "trace"),
];

/// The documented routes by path and method, whatever order they were declared in: those of a version, if the API has
/// versions, and those that are of none.
pub(crate) fn listed<'r>(routes: &'r RouteTable, version: Option<&str>) -> Vec<Listed<'r>> {
    let is_of = |endpoint: &&Endpoint| endpoint.version().is_none_or(|other| version == Some(other));
    let mut listed: Vec<_> = routes.iter().filter(is_of).filter_map(describe).collect();
    listed.sort_by(|(a_rank, a), (b_rank, b)| (&a.path, a_rank).cmp(&(&b.path, b_rank)));
    // Two routes that differ in nothing that OpenAPI sees would be one in a document.
    listed.dedup_by(|(b_rank, b), (a_rank, a)| a_rank == b_rank && a.path == b.path);
    let mut listed: Vec<_> = listed.into_iter().map(|(_, listed)| listed).collect();
    name(&mut listed);
    listed
}

fn describe(endpoint: &Endpoint) -> Option<(usize, Listed<'_>)> {
    let method = endpoint.method()?.as_str();
    let rank = METHODS.iter().position(|(name, _)| *name == method)?;
    let operation = endpoint.operation();
    (!operation.hidden && operation.is_described()).then(|| {
        let path = path(endpoint.template());
        (rank, Listed { endpoint, method: METHODS[rank].1, path, id: String::new() })
    })
}

/// Gives each its identifier: first those that have one, so that a derived one never takes it.
fn name(listed: &mut [Listed<'_>]) {
    let mut taken = HashSet::new();
    let (declared, derived): (Vec<_>, Vec<_>) =
        listed.iter_mut().partition(|each| each.operation().id.is_some());
    for each in declared.into_iter().chain(derived) {
        let base = each.operation().id.clone().unwrap_or_else(|| derived_id(each));
        let mut id = base.clone();
        for number in 2.. {
            if taken.insert(id.clone()) {
                break;
            }
            id = format!("{base}_{number}");
        }
        each.id = id;
    }
}

/// `GET /users/{id}/orders` as `get_users_by_id_orders`.
fn derived_id(listed: &Listed<'_>) -> String {
    let mut id = listed.method.to_owned();
    for segment in listed.path.split('/').filter(|segment| !segment.is_empty()) {
        for (number, part) in segment.split('{').enumerate() {
            let word = part.replace(|each: char| !each.is_ascii_alphanumeric(), "_");
            let word = word.trim_matches('_');
            if !word.is_empty() {
                id.push_str(if number > 0 { "_by_" } else { "_" });
                id.push_str(word);
            }
        }
    }
    if id == listed.method { format!("{id}_root") } else { id }
}

/// `/files/{*rest}` as `/files/{rest}`; a brace that is meant as one is escaped, because OpenAPI has no such thing.
fn path(template: &str) -> String {
    template.replace("{{", "%7B").replace("}}", "%7D").replace("{*", "{")
}

#[cfg(test)]
mod tests;
