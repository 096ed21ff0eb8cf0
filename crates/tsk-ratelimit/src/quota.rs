//! How much is allowed, and what was decided.

use std::time::Duration;

/// How much is allowed in how long: so many units a window, and a burst of so many at once.
///
/// What it stands for is a bucket of [`burst`](Self::burst) units that fills at the rate of [`limit`](Self::limit) units a
/// [`window`](Self::window).
///
/// ```
/// use std::time::Duration;
/// use tsk_ratelimit::Quota;
///
/// let quota = Quota::new(600, Duration::from_secs(60)).burst(20);
/// assert_eq!(quota.limit(), 600);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    limit: u32,
    window: Duration,
    burst: u32,
}

impl Quota {
    /// `limit` units a `window`, all of which may come at once.
    ///
    /// What cannot be kept, such as a limit or a window of zero, is refused where a rule is built of it.
    pub const fn new(limit: u32, window: Duration) -> Self {
        Self { limit, window, burst: limit }
    }

    /// `limit` units a second, all of which may come at once.
    pub const fn per_second(limit: u32) -> Self {
        Self::new(limit, Duration::from_secs(1))
    }

    /// `limit` units a minute, all of which may come at once.
    pub const fn per_minute(limit: u32) -> Self {
        Self::new(limit, Duration::from_secs(60))
    }

    /// `limit` units an hour, all of which may come at once.
    pub const fn per_hour(limit: u32) -> Self {
        Self::new(limit, Duration::from_secs(60 * 60))
    }

    /// `limit` units a day, all of which may come at once.
    pub const fn per_day(limit: u32) -> Self {
        Self::new(limit, Duration::from_secs(24 * 60 * 60))
    }

    /// Sets how many units may come at once. Default: a whole limit.
    #[must_use]
    pub const fn burst(mut self, units: u32) -> Self {
        self.burst = units;
        self
    }

    /// The units of a window.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// The window.
    pub const fn window(&self) -> Duration {
        self.window
    }

    /// The window, in a word that can be part of a name.
    pub(crate) fn window_name(&self) -> String {
        match (self.window.as_secs(), self.window.subsec_millis()) {
            (1, 0) => "second".into(),
            (60, 0) => "minute".into(),
            (3_600, 0) => "hour".into(),
            (86_400, 0) => "day".into(),
            (seconds, 0) => format!("{seconds}s"),
            _ => format!("{}ms", self.window.as_millis()),
        }
    }

    /// The units that may come at once.
    pub const fn most_at_once(&self) -> u32 {
        self.burst
    }
}

/// What was decided, and what the account has after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// How many units could come now.
    pub remaining: u32,
    /// How long until the account is whole again.
    pub reset: Duration,
    /// How long until as much as was asked for could come; `None` where it was allowed, `Duration::MAX` where it never can be,
    /// as it is more than may ever come at once.
    pub retry_after: Option<Duration>,
}

impl Decision {
    /// Whether it was allowed.
    pub const fn is_allowed(&self) -> bool {
        self.retry_after.is_none()
    }
}
