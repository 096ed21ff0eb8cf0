//! Documents that are known before anybody asks.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
};

use serde_json::Value;

use crate::{
    Error,
    documents::{Hash, hash},
};

/// Documents that are known before anybody asks, by their ids: what the build of a client wrote down.
///
/// A client sends the id in the place of the document, as `extensions.persistedQuery.sha256Hash` or as `documentId`. Once all
/// clients do, [`strict`](Self::strict) refuses any other document, and what strangers can have run is what you have written.
///
/// ```
/// use tsk_graphql::Trusted;
///
/// let trusted = Trusted::from_manifest(r#"{ "list-users": "{ users { name } }" }"#)?.strict();
/// assert_eq!(trusted.len(), 1);
/// # Ok::<(), tsk_graphql::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Trusted {
    by_id: Arc<HashMap<String, Arc<str>>>,
    hashes: Arc<HashSet<Hash>>,
    is_strict: bool,
}

impl Trusted {
    /// Reads a manifest: an object of documents by their ids, as Relay and GraphQL Code Generator write it, or the one of Apollo,
    /// with a list of `operations` that have an `id` and a `body`.
    ///
    /// # Errors
    ///
    /// It is neither.
    pub fn from_manifest(json: &str) -> Result<Self, Error> {
        let manifest: Value = serde_json::from_str(json)
            .map_err(|error| Error::new(format!("the manifest is not JSON: {error}")))?;
        let mut by_id = HashMap::new();
        let mut add = |id: Option<&str>, body: Option<&str>, at: &str| match (id, body) {
            (Some(id), Some(body)) => match by_id.insert(id.to_owned(), Arc::<str>::from(body)) {
                None => Ok(()),
                Some(_) => Err(Error::new(format!("the manifest has `{id}` twice"))),
            },
            _ => Err(Error::new(format!("the manifest: {at} has no document as text"))),
        };
        match (manifest["operations"].as_array(), manifest.as_object()) {
            (Some(operations), _) => {
                for (at, operation) in operations.iter().enumerate() {
                    add(
                        operation["id"].as_str(),
                        operation["body"].as_str(),
                        &format!("`operations[{at}]`"),
                    )?;
                }
            }
            (None, Some(documents)) => {
                for (id, document) in documents {
                    add(Some(id), document.as_str(), &format!("`{id}`"))?;
                }
            }
            (None, None) => return Err(Error::new("the manifest is no object of documents by their ids")),
        }
        let hashes = by_id.values().map(|document| hash(document)).collect();
        Ok(Self { by_id: Arc::new(by_id), hashes: Arc::new(hashes), is_strict: false })
    }

    /// Refuses any other document. One that is sent as text is run if it is one of these.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.is_strict = true;
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The documents, by their ids.
    pub(crate) fn documents(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_id.iter().map(|(id, document)| (id.as_str(), &**document))
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.is_strict
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<str>> {
        self.by_id.get(id).cloned()
    }

    pub(crate) fn has(&self, hash: &Hash) -> bool {
        self.hashes.contains(hash)
    }
}

impl fmt::Debug for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trusted").field("documents", &self.len()).field("is_strict", &self.is_strict).finish()
    }
}
