//! Who may call, and how they prove it.

use std::collections::BTreeMap;

use okapi::openapi3::SecurityRequirement;
use serde_json::{Value, json};
use tsk_core::Operation;

use crate::{Docs, operations::Listed};

/// What each security scheme is, by its name.
pub(super) type Schemes = BTreeMap<String, Value>;

/// Every scheme that an operation demands: as the application says, else as the first operation does.
pub(super) fn schemes(docs: &Docs, listed: &[Listed<'_>]) -> Schemes {
    let mut schemes = docs.schemes.clone();
    for each in listed {
        for (name, scheme) in &each.operation().schemes {
            schemes.entry(name.clone()).or_insert_with(|| scheme.clone());
        }
    }
    for name in listed.iter().flat_map(|each| &each.operation().security).flat_map(BTreeMap::keys) {
        // To leave the demand out would say that there is none. `check` names a scheme that nobody described.
        schemes.entry(name.clone()).or_insert_with(
            || json!({ "type": "http", "scheme": "bearer", "description": "Nobody said what this is." }),
        );
    }
    schemes
}

/// What an operation demands. One that demands nothing is left to the document, which says that nothing is demanded.
pub(super) fn requirements(said: &Operation) -> Option<Vec<SecurityRequirement>> {
    let requirement = |any: &BTreeMap<String, Vec<String>>| any.clone().into_iter().collect();
    (!said.security.is_empty()).then(|| said.security.iter().map(requirement).collect())
}
