//! What the server and the stack tell each other of a connection.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::Routes;

/// What is known of a connection on both sides.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// What it is served, where that is ours.
    routes: OnceLock<Routes>,
    /// See [`set_fields`](Self::set_fields).
    fields: AtomicU64,
}

impl Shared {
    pub(crate) fn set_routes(&self, routes: &Routes) {
        let _ = self.routes.set(routes.clone());
    }

    pub(crate) fn routes(&self) -> Option<&Routes> {
        self.routes.get()
    }

    /// Numbers the fields of the requests that are served next: two with one number have the same, byte for byte, but
    /// for the digits of a body's length. Zero is for fields that nobody has compared.
    #[inline]
    pub(crate) fn set_fields(&self, number: u64) {
        self.fields.store(number, Relaxed);
    }

    /// The number of the fields of the request that is served, as far as somebody has compared them.
    #[inline]
    pub(crate) fn fields(&self) -> Option<u64> {
        let number = self.fields.load(Relaxed);
        (number != 0).then_some(number)
    }
}

/// What was concluded from the fields of a request, which holds for others with the same fields.
///
/// It is for who is called as soon as the request was read: while that waits, the next may be.
#[derive(Debug, Default)]
pub(crate) struct Conclusion {
    shared: Option<Arc<Shared>>,
    /// The number of the fields, and what was concluded.
    known: AtomicU64,
}

impl Conclusion {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Some(Arc::clone(shared)), known: AtomicU64::default() }
    }

    #[inline]
    fn number(&self) -> Option<u64> {
        self.shared.as_ref()?.fields()
    }

    /// What was concluded, if it was from the same fields as those of the request that is served.
    #[inline]
    pub(crate) fn get(&self) -> Option<u8> {
        let known = self.known.load(Relaxed);
        (self.number()? == known >> u8::BITS).then_some(known as u8)
    }

    /// Remembers what was concluded from the fields of the request that is served.
    #[inline]
    pub(crate) fn set(&self, conclusion: u8) {
        if let Some(number) = self.number() {
            self.known.store(number << u8::BITS | u64::from(conclusion), Relaxed);
        }
    }
}

/// A clone is for another connection, and has concluded nothing.
impl Clone for Conclusion {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conclusion_holds_for_the_same_fields_alone() {
        let shared = Arc::<Shared>::default();
        let conclusion = Conclusion::new(&shared);
        conclusion.set(7);
        assert_eq!(conclusion.get(), None, "nobody has compared them");
        shared.set_fields(1);
        assert_eq!(conclusion.get(), None);
        conclusion.set(7);
        assert_eq!(conclusion.get(), Some(7));
        shared.set_fields(2);
        assert_eq!(conclusion.get(), None);
        shared.set_fields(0);
        assert_eq!(conclusion.get(), None);
        shared.set_fields(1);
        assert_eq!(conclusion.get(), Some(7));
        assert_eq!(conclusion.clone().get(), None, "on another connection");
    }
}
