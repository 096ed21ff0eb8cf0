//! Compression of messages: permessage-deflate (RFC 7692).
//!
//! What compresses and inflates belongs to the thread, and is lent to one message at a time. Only where an end may refer to
//! earlier messages («context takeover») does a socket have its own, some 300 KiB of it.

#[cfg(feature = "client")]
mod answer;
mod compress;
mod inflate;
mod offer;

#[cfg(feature = "client")]
pub(crate) use self::answer::{answered, offer};
pub(crate) use self::{
    compress::{Compressor, compressed},
    inflate::Inflater,
    offer::{Agreement, MAX_BITS, agree},
};

#[cfg(test)]
mod tests;
