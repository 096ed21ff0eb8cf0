//! How components add to a route.

use crate::{Meta, Operation};

/// A route, or a group of routes, that is being declared.
///
/// The router implements it for its builders. A component brings its own words as a blanket extension
/// trait, so that the router never needs to know them:
///
/// ```
/// use tsk_core::{Declare, Meta, Operation};
///
/// struct Audience(&'static str);
///
/// trait DeclareAudience: Declare + Sized {
///     fn audience(mut self, name: &'static str) -> Self {
///         self.meta_mut().insert(Audience(name));
///         self.operation_mut().tags.push(name.into());
///         self
///     }
/// }
/// impl<T: Declare> DeclareAudience for T {}
///
/// # #[derive(Default)] struct Route { meta: Meta, operation: Operation }
/// # impl Declare for Route {
/// #     fn meta_mut(&mut self) -> &mut Meta { &mut self.meta }
/// #     fn operation_mut(&mut self) -> &mut Operation { &mut self.operation }
/// # }
/// let route = Route::default().audience("partners");
/// assert_eq!(route.meta.get::<Audience>().map(|a| a.0), Some("partners"));
/// ```
pub trait Declare {
    /// The typed declarations, which the component that made them reads back when it binds.
    fn meta_mut(&mut self) -> &mut Meta;

    /// The documentation.
    fn operation_mut(&mut self) -> &mut Operation;
}
