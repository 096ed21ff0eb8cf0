//! Where documents come from: the request, or somewhere that it names.

use std::{borrow::Cow, fmt, sync::Arc};

use quick_cache::{Weighter, sync::Cache};
use ring::digest::{SHA256, digest};

use crate::{
    request::Request,
    told::{Code, Told},
    trusted::Trusted,
};

/// Where documents come from: the request, or somewhere that it names.
pub(crate) struct Documents {
    trusted: Option<Trusted>,
    automatic: Option<Cache<Hash, Arc<str>, Weight>>,
}

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

#[derive(Clone)]
struct Weight;

impl Weighter<Hash, Arc<str>> for Weight {
    fn weight(&self, _: &Hash, document: &Arc<str>) -> u64 {
        document.len() as u64 + 128
    }
}

/// The memory that documents may take which are known by their hash.
const BYTES: u64 = 4 << 20;

impl Documents {
    pub(crate) fn new(trusted: Option<Trusted>, is_automatic: bool) -> Self {
        // What comes from outside is not remembered where only what is trusted is run.
        let is_automatic = is_automatic && !trusted.as_ref().is_some_and(Trusted::is_strict);
        Self { trusted, automatic: is_automatic.then(|| Cache::with_weighter(1024, BYTES, Weight)) }
    }

    /// Those that are known before anybody asks.
    pub(crate) fn trusted(&self) -> Option<&Trusted> {
        self.trusted.as_ref()
    }

    /// The document of a request.
    ///
    /// # Errors
    ///
    /// There is none, or it is not trusted.
    pub(crate) fn resolve<'a>(&self, request: &'a Request<'_>) -> Result<Cow<'a, str>, Told> {
        if let Some(id) = &request.document_id {
            let id = id.strip_prefix("sha256:").unwrap_or(id);
            let document = self.trusted.as_ref().and_then(|trusted| trusted.get(id));
            let document = document.or_else(|| self.automatic.as_ref()?.get(&hex(id)?));
            let unknown = || Told::new(Code::PersistedNotFound, "PersistedQueryNotFound");
            return Ok(document.ok_or_else(unknown)?.to_string().into());
        }
        let Some(query) = &request.query else {
            return self.by_hash(request.extensions.persisted.as_deref());
        };
        if let Some(claimed) = &request.extensions.persisted
            && hex(claimed) != Some(hash(query))
        {
            return Err(Told::new(
                Code::BadRequest,
                "The document does not have the hash that is sent with it.",
            ));
        }
        let is_refused = |trusted: &Trusted| trusted.is_strict() && !trusted.has(&hash(query));
        if self.trusted.as_ref().is_some_and(is_refused) {
            return Err(Told::new(
                Code::NotTrusted,
                "Only documents that are known beforehand are run here.",
            ));
        }
        Ok(Cow::Borrowed(query))
    }

    fn by_hash(&self, claimed: Option<&str>) -> Result<Cow<'static, str>, Told> {
        let Some(claimed) = claimed else {
            return Err(Told::new(Code::BadRequest, "There is no `query`."));
        };
        if let Some(document) = self.trusted.as_ref().and_then(|trusted| trusted.get(claimed)) {
            return Ok(document.to_string().into());
        }
        // The messages are those by which clients know them.
        let Some(automatic) = &self.automatic else {
            let (code, message) = match self.trusted {
                Some(_) => (Code::PersistedNotFound, "PersistedQueryNotFound"),
                None => (Code::PersistedNotSupported, "PersistedQueryNotSupported"),
            };
            return Err(Told::new(code, message));
        };
        let found = hex(claimed).and_then(|hash| automatic.get(&hash));
        let unknown = || Told::new(Code::PersistedNotFound, "PersistedQueryNotFound");
        Ok(found.ok_or_else(unknown)?.to_string().into())
    }

    /// Remembers a document by the hash that was sent with it, now that it was found valid.
    pub(crate) fn remember(&self, request: &Request<'_>, document: &str) {
        let (Some(automatic), Some(claimed), Some(_)) =
            (&self.automatic, &request.extensions.persisted, &request.query)
        else {
            return;
        };
        if let Some(hash) = hex(claimed)
            && automatic.get(&hash).is_none()
        {
            automatic.insert(hash, document.into());
        }
    }
}

/// The SHA-256 of a document.
pub(crate) fn hash(document: &str) -> Hash {
    let digest = digest(&SHA256, document.as_bytes());
    digest.as_ref().try_into().expect("a SHA-256 has 32 bytes")
}

/// The hash that is written in these digits.
pub(crate) fn hex(digits: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if pairs.len() != hash.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?;
    }
    Some(hash)
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remembered = self.automatic.as_ref().map(Cache::len);
        f.debug_struct("Documents").field("trusted", &self.trusted).field("remembered", &remembered).finish()
    }
}
