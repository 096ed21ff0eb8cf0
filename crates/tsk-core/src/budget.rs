//! What a request may still cost.

use std::{convert::Infallible, fmt::Debug, future::Future, pin::Pin, sync::Arc};

use http::request::Parts;

use crate::{FromParts, Head, Problem, RequestContext};

/// What a request may still cost, where that shows only while it is handled: by the depth of a query, or message by message.
///
/// It is the same account that the limits of its route have counted the request in; where there are none, it never ends. A
/// handler takes it as an argument; what lives for longer than a request, such as a socket, keeps it.
///
/// ```
/// use tsk_core::{Budget, Problem};
///
/// async fn query(budget: Budget) -> Result<&'static str, Problem> {
///     let cost = 12; // of what was asked, once it is read
///     budget.debit(cost).await?;
///     Ok("the answer")
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Budget(Option<Arc<dyn Account>>);

/// Keeps account for a [`Budget`].
pub trait Account: Debug + Send + Sync + 'static {
    /// Charges so many units.
    fn debit(&self, units: u32) -> Debit<'_>;
}

/// What [`Account::debit`] gives: a refusal says itself when to come again.
#[expect(missing_debug_implementations, reason = "a future shows nothing of itself")]
pub enum Debit<'a> {
    /// It is decided.
    Done(Result<(), Problem>),
    /// Somebody else has to be asked.
    Wait(Pin<Box<dyn Future<Output = Result<(), Problem>> + Send + 'a>>),
}

/// Says what a request may still cost. A server has it on the [`Scope`](crate::Scope) of each connection.
pub trait Budgets: Debug + Send + Sync + 'static {
    /// The budget of a request.
    fn budget(&self, head: Head<'_>) -> Budget;
}

impl Budget {
    /// A budget that somebody keeps account of.
    pub fn new(account: impl Account) -> Self {
        Self(Some(Arc::new(account)))
    }

    /// Charges so many units, and nothing where they are more than is left.
    ///
    /// # Errors
    ///
    /// The answer to whoever has used up what there is: it says when to come again.
    pub async fn debit(&self, units: u32) -> Result<(), Problem> {
        match self.0.as_ref().map(|account| account.debit(units)) {
            None => Ok(()),
            Some(Debit::Done(result)) => result,
            Some(Debit::Wait(result)) => result.await,
        }
    }
}

impl FromParts for Budget {
    type Rejection = Infallible;

    fn from_parts(parts: &mut Parts) -> Result<Self, Infallible> {
        let context = RequestContext::ensure(&mut parts.extensions);
        let budgets = context.scope().budgets();
        Ok(budgets.map(|budgets| budgets.budget(Head::of(parts, &context))).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
