//! Who is refused first.

use serde::{Deserialize, Serialize};
use tsk_core::{Declare, Endpoint};

/// How much it matters that a request is answered when there are more than the service can work on.
///
/// ```
/// use tsk_ratelimit::adaptive::Priority;
///
/// assert!(Priority::Critical > Priority::Normal && Priority::Normal > Priority::Sheddable);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// What nobody waits for, or what is easily asked for again: suggestions, prefetching, crawlers, batches. It gets what others
    /// leave, and is refused at once.
    Sheddable,
    /// Everything else.
    #[default]
    Normal,
    /// What the service is there for: a payment, say. It comes before all others, and there is always some room left for it.
    Critical,
}

impl Priority {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Sheddable, Self::Normal, Self::Critical];

    /// Its name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sheddable => "sheddable",
            Self::Normal => "normal",
            Self::Critical => "critical",
        }
    }

    /// The share of the limit that requests of it may take together with all others.
    pub(super) fn share(self) -> f64 {
        match self {
            Self::Sheddable => 0.7,
            Self::Normal => 0.9,
            Self::Critical => 1.0,
        }
    }

    /// How many there may be before one more of it.
    ///
    /// However small the limit is, what comes first has a place that the others leave, and each can come when there is nobody.
    pub(super) fn room(self, limit: u32) -> u32 {
        let share = (f64::from(limit) * self.share()).ceil() as u32;
        let below = Self::Critical as u32 - self as u32;
        share.min(limit.saturating_sub(below)).max(1)
    }

    /// That of a route.
    pub(super) fn of(endpoint: &Endpoint) -> Option<Self> {
        endpoint.meta().get().copied()
    }
}

/// Declares how much routes matter when there are more requests than the service can work on.
pub trait DeclarePriority: Declare + Sized {
    /// Sets the priority of the route, or of all routes of the group. Default: [`Priority::Normal`].
    ///
    /// ```
    /// use tsk_ratelimit::adaptive::{DeclarePriority, Priority};
    ///
    /// # #[derive(Default)] struct Route { meta: tsk_core::Meta, operation: tsk_core::Operation }
    /// # impl tsk_core::Declare for Route {
    /// #     fn meta_mut(&mut self) -> &mut tsk_core::Meta { &mut self.meta }
    /// #     fn operation_mut(&mut self) -> &mut tsk_core::Operation { &mut self.operation }
    /// # }
    /// let pay = Route::default().priority(Priority::Critical);
    /// ```
    #[must_use]
    fn priority(mut self, priority: Priority) -> Self {
        self.meta_mut().insert(priority);
        self
    }
}

impl<T: Declare> DeclarePriority for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_leaves_room_for_what_matters_more() {
        for limit in 3..1_000 {
            let rooms = Priority::ALL.map(|priority| priority.room(limit));
            assert!(rooms[0] < rooms[1] && rooms[1] < rooms[2], "{limit}: {rooms:?}");
            assert_eq!(rooms[2], limit);
        }
    }

    #[test]
    fn whoever_is_alone_may_come() {
        for limit in 1..10 {
            assert!(Priority::ALL.iter().all(|priority| priority.room(limit) >= 1));
        }
    }
}
