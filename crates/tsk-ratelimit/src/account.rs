//! Whose debt it is: a keyed hash of a rule and of a key.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use siphasher::sip::{SipHasher13, SipHasher24};

/// Who is charged: 64 bits that stand for a rule and for a key under it.
///
/// Two of ten million accounts are the same with a chance of 3 in a million, and nobody who does not know the secret can look
/// for such a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Account(u64);

impl Account {
    /// The bits, as a store that others share has them in its keys.
    pub const fn to_bits(self) -> u64 {
        self.0
    }
}

/// Makes accounts by SipHash under a secret, so that a client cannot aim at somebody else's.
#[derive(Clone, Copy)]
pub struct Accounts {
    secret: (u64, u64),
}

impl Accounts {
    /// With a secret of this process's own: its accounts mean nothing to another one.
    pub fn new() -> Self {
        // The standard library's keys come from the system.
        let random = || RandomState::new().hash_one(0x0074_736b_u32);
        Self { secret: (random(), random()) }
    }

    /// The same accounts wherever the secret is the same, for a store that several servers share.
    ///
    /// The secret should be as hard to guess as a password: who knows it can look for keys that share an account.
    pub fn shared(secret: &[u8]) -> Self {
        Self { secret: derive((0x7473_6b2d_7261_7465, 0x6c69_6d69_742d_3031), RULE, secret) }
    }

    /// The accounts of one rule.
    pub fn of_rule(&self, name: &str) -> Scope {
        Scope { secret: derive(self.secret, RULE, name.as_bytes()), addresses: self.addresses() }
    }

    /// What addresses are hashed by, for all rules.
    pub(crate) fn addresses(&self) -> Addresses {
        Addresses { secret: derive(self.secret, ADDRESSES, b"") }
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

impl Default for Accounts {
    fn default() -> Self {
        Self::new()
    }
}

/// Hashes addresses, once for all rules.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    secret: (u64, u64),
}

/// The hash of an address: of it each rule has [its own account](Scope::account_of).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hashed(u64);

impl Addresses {
    pub(crate) fn hash(&self, address: &[u8; 16]) -> Hashed {
        Hashed(SipHasher13::new_with_keys(self.secret.0, self.secret.1).hash(address))
    }
}

/// The accounts of one rule: no key of another rule has the same.
#[derive(Clone, Copy)]
pub struct Scope {
    secret: (u64, u64),
    addresses: Addresses,
}

impl Scope {
    /// The account of a key.
    ///
    /// Where several servers share a store, all must be built for the same sort of machine, as [`Hash`] may depend on it;
    /// [`account_of_bytes`](Self::account_of_bytes) does not.
    pub fn account(&self, key: &(impl Hash + ?Sized)) -> Account {
        let mut hasher = SipHasher13::new_with_keys(self.secret.0, self.secret.1);
        key.hash(&mut hasher);
        Account(hasher.finish())
    }

    /// The account of a key that is these bytes.
    pub fn account_of_bytes(&self, key: &[u8]) -> Account {
        Account(SipHasher13::new_with_keys(self.secret.0, self.secret.1).hash(key))
    }

    /// The account of an address.
    pub(crate) fn account_of_address(&self, address: &[u8; 16]) -> Account {
        self.account_of(self.addresses.hash(address))
    }

    /// The account of an address that is hashed. What is hashed is as good as chance to whoever lacks the secret, and so is that
    /// with another secret laid over it, which no two addresses have the same of.
    #[inline]
    pub(crate) fn account_of(&self, address: Hashed) -> Account {
        Account(address.0 ^ self.secret.0)
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Addresses").finish_non_exhaustive()
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// What a secret is for: those of rules, and that of addresses.
const RULE: u64 = 0;
const ADDRESSES: u64 = 2;

/// Another secret, of this one, of what it is for, and of a text.
fn derive(secret: (u64, u64), purpose: u64, text: &[u8]) -> (u64, u64) {
    let half = |which: u64| {
        let mut hasher = SipHasher24::new_with_keys(secret.0, secret.1);
        hasher.write_u64(purpose + which);
        hasher.write(text);
        hasher.finish()
    };
    (half(0), half(1))
}
