//! Steps from version to version, and back.

use std::fmt::Debug;

use crate::version::{Evolve, Shape};

/// Takes a step up and down again: what an older client sends has to come back to it as it was.
///
/// It is for a property test over what older clients can send. Where it holds for each step, it holds for all of them
/// together. What [`up`](Evolve::up) refuses never comes back, and is passed over.
///
/// ```
/// use tsk_http::{Problem, testing::round_trip, version::{Evolve, Oldest}};
///
/// /// Cents, which were a text at first.
/// struct Price(u32);
///
/// impl Evolve for Price {
///     type Older = Oldest<String>;
///     const SINCE: &'static str = "v2";
///
///     fn up(text: String) -> Result<Self, Problem> {
///         let cents = text.parse::<u32>().ok().filter(|cents| cents.to_string() == text);
///         cents.map(Self).ok_or_else(|| Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY))
///     }
///
///     fn down(self) -> String {
///         self.0.to_string()
///     }
/// }
///
/// for cents in ["0", "199", "007", "many"] {
///     round_trip::<Price>(cents.to_owned());
/// }
/// ```
///
/// # Panics
///
/// If something else comes back.
pub fn round_trip<T: Evolve>(older: <T::Older as Shape>::Value)
where
    <T::Older as Shape>::Value: Clone + Debug + PartialEq,
{
    if let Ok(newer) = T::up(older.clone()) {
        let back = newer.down();
        assert!(back == older, "{older:?} does not come back as it was: {back:?}");
    }
}
