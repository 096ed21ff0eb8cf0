//! Which certificate a client gets.

use std::{collections::HashMap, sync::Arc};

use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::certificate;

/// Certificates by the names that they are issued to.
#[derive(Debug)]
pub(super) struct Resolver {
    default: Arc<CertifiedKey>,
    names: HashMap<String, Arc<CertifiedKey>>,
    /// Those of wildcards, without the `*.`, which stands for one label (RFC 9525 §6.3).
    wildcards: HashMap<String, Arc<CertifiedKey>>,
}

impl Resolver {
    /// The first certificate is for whoever asks for none of their names. Where two have a name, the first does.
    pub(super) fn new(default: CertifiedKey, others: Vec<CertifiedKey>) -> Self {
        let default = Arc::new(default);
        let mut resolver =
            Self { default: Arc::clone(&default), names: HashMap::new(), wildcards: HashMap::new() };
        resolver.add(&default);
        others.into_iter().map(Arc::new).for_each(|other| resolver.add(&other));
        resolver
    }

    fn add(&mut self, certified: &Arc<CertifiedKey>) {
        for name in certificate::names(&certified.cert[0]) {
            let (names, name) = match name.strip_prefix("*.") {
                Some(parent) => (&mut self.wildcards, parent.to_owned()),
                None => (&mut self.names, name),
            };
            names.entry(name).or_insert_with(|| Arc::clone(certified));
        }
    }

    /// The certificate for a name in lower case.
    fn find(&self, name: &str) -> Option<&Arc<CertifiedKey>> {
        self.names.get(name).or_else(|| self.wildcards.get(name.split_once('.')?.1))
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|name| self.find(name));
        Some(Arc::clone(named.unwrap_or(&self.default)))
    }
}
