//! What is kept of a session.

use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use tsk_core::{Principal, principal::Kind};

use super::Key;
use crate::{Identity, access::Grants};

/// What is kept of a session. Times are in seconds since 1970.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Where it is kept.
    pub key: Key,
    /// How often its content was changed: a change is made to the one that was read, or not at all.
    pub revision: u64,
    /// Who has logged in; nobody, where somebody only looks around.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Box<str>>,
    /// By which quotas it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Box<str>>,
    /// The roles that it has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Box<str>>,
    /// The permissions that it has besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<Box<str>>,
    /// When it was begun: at the login, if there was one.
    pub created: u64,
    /// When it was last used, to about a minute.
    pub used: u64,
    /// Until when it holds, if it is not used.
    pub until: u64,
    /// Whether it goes on under another key: what is left here is for requests that were under way then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
    /// The values of the application by their names, each as a text of JSON.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Box<str>, Box<str>>,
}

impl Record {
    /// What it takes in memory, in bytes, to some hundred.
    pub fn size(&self) -> usize {
        /// An entry in each of the tables that a store in memory has, and the record itself.
        const ENTRY: usize = 512;
        /// A text, with its place in a tree or a list.
        const TEXT: usize = 32;
        let texts =
            [&self.subject, &self.tier].into_iter().flatten().chain(&self.roles).chain(&self.permissions);
        let texts: usize = texts.map(|text| TEXT + text.len()).sum();
        ENTRY + texts + TEXT * self.values.len() + self.values_size()
    }

    /// The bytes of the values and their names.
    pub(super) fn values_size(&self) -> usize {
        self.values.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    pub(super) fn holds(&self, now: u64) -> bool {
        now < self.until
    }

    pub(super) fn set_grants(&mut self, grants: &Grants) {
        self.roles = grants.roles().map(Box::from).collect();
        self.permissions = grants.permissions().map(Box::from).collect();
    }

    /// Who has logged in, if anybody has.
    pub(super) fn identity(self: &Arc<Self>) -> Option<Identity> {
        let mut principal = Principal::new(self.subject.clone()?, Kind::User);
        if let Some(tier) = &self.tier {
            principal = principal.tier(tier.clone());
        }
        if let Some(until) = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.until)) {
            principal = principal.expires(until);
        }
        let grants = self.roles.iter().fold(Grants::default(), |grants, role| grants.role(role.clone()));
        let grants = self.permissions.iter().fold(grants, |grants, name| grants.permission(name.clone()));
        Some(Identity::new(principal).grants(grants).claims(Arc::clone(self) as _))
    }
}

/// Without the values, which are the application's secrets.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("key", &self.key)
            .field("subject", &self.subject)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// Somebody whose password, or whatever it was, has been believed.
///
/// ```
/// use tsk_auth::{access::Grants, session::Login};
///
/// let login = Login::new("ada").grants(Grants::default().role("editor"));
/// # let _ = login;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Login {
    pub(super) subject: Box<str>,
    pub(super) tier: Option<Box<str>>,
    pub(super) grants: Grants,
}

impl Login {
    /// Somebody who brings nothing.
    pub fn new(subject: impl Into<Box<str>>) -> Self {
        Self { subject: subject.into(), tier: None, grants: Grants::default() }
    }

    /// Sets the roles and permissions that it has.
    pub fn grants(mut self, grants: Grants) -> Self {
        self.grants = grants;
        self
    }

    /// Who it is.
    #[cfg(feature = "oidc")]
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// Sets the tier by which quotas differ.
    pub fn tier(mut self, tier: impl Into<Box<str>>) -> Self {
        self.tier = Some(tier.into());
        self
    }
}
