//! Types that changed from one version to another.

use std::marker::PhantomData;

use tsk_core::Problem;

use super::Shape;

/// A type that changed in a version, and how it follows from what it was before.
///
/// Each step is between neighbours, so that a new version adds one step, and whatever is older goes through all of them:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tsk_http::{Problem, version::{Evolve, Oldest}};
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// struct UserV1 { name: String }
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// struct UserV2 { given: String, family: Option<String> }
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// struct User { given: String, family: Option<String>, languages: Vec<String> }
///
/// impl Evolve for UserV2 {
///     type Older = Oldest<UserV1>;
///     const SINCE: &'static str = "v2";
///
///     fn up(UserV1 { name }: UserV1) -> Result<Self, Problem> {
///         Ok(match name.split_once(' ') {
///             Some((given, family)) => Self { given: given.into(), family: Some(family.into()) },
///             None => Self { given: name, family: None },
///         })
///     }
///
///     fn down(self) -> UserV1 {
///         UserV1 { name: self.family.iter().fold(self.given, |name, family| name + " " + family) }
///     }
/// }
///
/// impl Evolve for User {
///     type Older = UserV2;
///     const SINCE: &'static str = "v3";
///
///     fn up(UserV2 { given, family }: UserV2) -> Result<Self, Problem> {
///         Ok(Self { given, family, languages: Vec::new() })
///     }
///
///     fn down(self) -> UserV2 {
///         UserV2 { given: self.given, family: self.family }
///     }
/// }
///
/// let old = UserV1 { name: "Ada Lovelace".into() };
/// assert_eq!(UserV2::up(old.clone()).unwrap().down(), old);
/// ```
///
/// What an old client sends has to come back to it as it was: `down(up(x)) == x` for every `x` that `up` takes. Where it
/// holds for each step it holds for all of them together; `testing::round_trip` is for the property tests that show it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no older versions",
    label = "this does not implement `Evolve`",
    note = "write `impl Evolve for {Self}`, with the type that it was before and a step in each direction",
    note = "a type that never changed is `Json<{Self}>`"
)]
pub trait Evolve: Sized {
    /// What it was before: a type that evolved as well, or [`Oldest`] of one that did not.
    type Older: Shape;

    /// The version in which it became what it is.
    const SINCE: &'static str;

    /// Makes it of what an older client sends.
    ///
    /// # Errors
    ///
    /// The answer to a client whose value has no equal, such as a 422 of [`Faults`](crate::Faults).
    fn up(older: <Self::Older as Shape>::Value) -> Result<Self, Problem>;

    /// Makes of it what an older client understands.
    fn down(self) -> <Self::Older as Shape>::Value;
}

/// Marks the form that a type had at first, from the oldest version on.
#[derive(Debug)]
pub struct Oldest<T>(PhantomData<fn() -> T>);
