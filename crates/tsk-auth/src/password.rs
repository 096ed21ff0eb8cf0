//! Passwords, and those who guess them.
//!
//! - [`Passwords`]: hashes by argon2id, on so many threads.
//! - [`Failures`]: who has guessed wrong, in so much memory, and how long it has to wait.
//! - [`Devices`]: browsers that have logged in before, which do not have to wait for what others have guessed.
//! - [`Logins`]: all of them around one question: is it the password of that account? [`Visitor`] says who asks.

mod device;
mod failures;
mod logins;
mod passwords;

pub use self::{
    device::Devices,
    failures::Failures,
    logins::{Accepted, LoginError, Logins, Visitor},
    passwords::{Busy, Cost, Passwords, Verdict},
};
pub(crate) use self::{failures::Prefix, passwords::is_hash};
