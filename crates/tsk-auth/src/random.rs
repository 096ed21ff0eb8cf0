//! Randomness of the system, for what nobody may guess.

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::Error;

pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| missing())?;
    Ok(bytes)
}

pub(crate) fn missing() -> Error {
    Error::new("the system gives no randomness")
}
