//! Errors that many operations answer with, said once.

use std::collections::{BTreeMap, HashMap};

use okapi::openapi3::{Ref, RefOr, Response};
use tsk_core::operation::Answer;

use super::bodies::is_plain_problem;
use crate::{operations::Listed, ordered};

const RESPONSES: &str = "#/components/responses/";

/// The answers that more than one operation has: what layers add to every route is most of a document otherwise.
#[derive(Default)]
pub(super) struct Shared {
    uses: HashMap<Key, usize>,
    given: HashMap<Key, String>,
    pub(super) responses: BTreeMap<String, Response>,
}

/// The status, which is `None` for any that is not named, the description and the headers.
type Key = (Option<u16>, String, String);

impl Shared {
    /// Counts the answers of all operations.
    pub(super) fn among(listed: &[Listed<'_>]) -> Self {
        let mut shared = Self::default();
        for operation in listed.iter().map(|each| each.operation()) {
            let named = operation.responses.iter().map(|(status, answer)| (Some(*status), answer));
            for (status, answer) in named.chain(operation.fallback.iter().map(|answer| (None, answer))) {
                if let Some(key) = key(status, answer) {
                    *shared.uses.entry(key).or_default() += 1;
                }
            }
        }
        shared
    }

    /// A reference to the answer, which `make` makes when it is first met; or the answer itself, if nobody else has it.
    pub(super) fn answer(
        &mut self,
        status: Option<u16>,
        answer: &Answer,
        make: impl FnOnce() -> Response,
    ) -> RefOr<Response> {
        let Some(key) = key(status, answer).filter(|key| self.uses.get(key).is_some_and(|uses| *uses > 1))
        else {
            return make().into();
        };
        let name = match self.given.get(&key) {
            Some(name) => name.clone(),
            None => {
                let name = self.unused(status);
                self.responses.insert(name.clone(), make());
                self.given.insert(key, name.clone());
                name
            }
        };
        RefOr::Ref(Ref { reference: format!("{RESPONSES}{name}") })
    }

    /// `NotFound`, and `NotFound2` for another that is told in other words.
    fn unused(&self, status: Option<u16>) -> String {
        let status = status.and_then(|status| http::StatusCode::from_u16(status).ok());
        let reason = status.and_then(|status| status.canonical_reason());
        let base = reason.unwrap_or("Error").replace(|each: char| !each.is_ascii_alphanumeric(), "");
        let numbered = (2..).map(|number| format!("{base}{number}"));
        let mut names = std::iter::once(base.clone()).chain(numbered);
        names.find(|name| !self.responses.contains_key(name)).expect("numbers do not end")
    }
}

fn key(status: Option<u16>, answer: &Answer) -> Option<Key> {
    let headers = || {
        let headers = answer.headers.iter().map(|(name, schema)| format!("{name} {}", ordered::text(schema)));
        headers.collect::<Vec<_>>().join("\n")
    };
    is_plain_problem(status, answer).then(|| (status, answer.description.clone(), headers()))
}
