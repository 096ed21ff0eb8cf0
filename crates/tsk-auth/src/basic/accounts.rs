//! The file of accounts.

use std::{
    collections::HashMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use tsk_core::{Principal, principal::Kind};

use crate::{Identity, access::Grants, password, stamp::Stamp};

/// The largest file that is read, in bytes: some ten thousand accounts.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Accounts in a file, read again when it is another.
pub struct Accounts {
    path: PathBuf,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    stamp: Option<Stamp>,
    accounts: Arc<HashMap<Box<str>, Account>>,
}

/// One of them.
pub(super) struct Account {
    pub(super) hash: Box<str>,
    pub(super) identity: Arc<Identity>,
}

impl Accounts {
    /// The accounts in that file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or is not of accounts: the message says where, and shows no hash.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let known = RwLock::new(read(&path)?);
        Ok(Self { path, known })
    }

    /// All of them, as they are now.
    pub(super) fn now(&self) -> Arc<HashMap<Box<str>, Account>> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner).accounts)
    }

    /// Reads the file again if it is another by now: whether it was. A file that cannot be read leaves the accounts as they were.
    pub(super) fn look(&self) -> io::Result<bool> {
        let stamp = Stamp::of(&self.path)?;
        if stamp == self.known.read().unwrap_or_else(PoisonError::into_inner).stamp {
            return Ok(false);
        }
        let known = read(&self.path)?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(true)
    }
}

fn read(path: &Path) -> io::Result<Known> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    // The stamp first: a file that changes meanwhile is then read again.
    let stamp = Stamp::of(path)?;
    if stamp.is_some_and(|stamp| stamp.length() > LARGEST) {
        return Err(named(io::Error::other(format!("a file of accounts has at most {LARGEST} bytes"))));
    }
    let text = fs::read_to_string(path).map_err(named)?;
    let accounts =
        parse(&text).map_err(|reason| named(io::Error::new(io::ErrorKind::InvalidData, reason)))?;
    Ok(Known { stamp, accounts: Arc::new(accounts) })
}

/// The accounts in a text, or what is wrong with it and in which line.
pub(super) fn parse(text: &str) -> Result<HashMap<Box<str>, Account>, String> {
    let mut accounts = HashMap::new();
    for (at, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_end())) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut parts = line.splitn(3, ':');
        let (name, hash, roles) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        if name.is_empty() || name.len() > 256 || name.chars().any(char::is_control) {
            return Err(format!("line {at}: a line begins with a name of at most 256 bytes, then `:`"));
        }
        if !password::is_hash(hash) {
            return Err(format!(
                "line {at}: after the name of {name:?} comes a hash by argon2id, `$argon2id$v=19$…`"
            ));
        }
        let roles = roles.split(',').map(str::trim).filter(|role| !role.is_empty());
        let grants = roles.fold(Grants::default(), |grants, role| grants.role(role));
        let identity = Arc::new(Identity::new(Principal::new(name, Kind::User)).grants(grants));
        if accounts.insert(name.into(), Account { hash: hash.into(), identity }).is_some() {
            return Err(format!("line {at}: there is an account {name:?} above"));
        }
    }
    Ok(accounts)
}

/// Without who is in it.
impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("path", &self.path).field("accounts", &self.now().len()).finish()
    }
}
