//! Limits, as routes and groups declare them.

use tsk_core::Declare;

use crate::Rule;

/// Declares limits of a route, or of a group of them.
///
/// A limit of a group is **one** for all its routes: whoever has used it up at one of them has at all. Where its key has the
/// [route](crate::Key::route), each route has its own. A route has the limits of its groups, those of the whole service,
/// and its own: a request must be within all of them, and one that is not costs nothing.
///
/// ```
/// use tsk_ratelimit::{DeclareLimit as _, Key, Rule};
///
/// # #[derive(Default)] struct Route { meta: tsk_core::Meta, operation: tsk_core::Operation }
/// # impl tsk_core::Declare for Route {
/// #     fn meta_mut(&mut self) -> &mut tsk_core::Meta { &mut self.meta }
/// #     fn operation_mut(&mut self) -> &mut tsk_core::Operation { &mut self.operation }
/// # }
/// let login = Route::default()
///     .limit(Rule::per_minute(10).name("login"))
///     .limit(Rule::per_second(100).name("logins").by(Key::constant()));
/// # let _ = login;
/// ```
pub trait DeclareLimit: Declare + Sized {
    /// Adds a limit.
    #[must_use]
    fn limit(mut self, rule: Rule) -> Self {
        self.meta_mut().push(rule);
        self
    }

    /// Leaves these routes alone, whatever limits their groups and the service have: for a probe, say. Limits that name the
    /// route in the configuration hold all the same.
    #[must_use]
    fn unlimited(mut self) -> Self {
        self.meta_mut().insert(Unlimited);
        self
    }
}

impl<T: Declare> DeclareLimit for T {}

/// That limits leave a route alone.
#[derive(Debug)]
pub(crate) struct Unlimited;
