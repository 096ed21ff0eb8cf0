//! Calls to others, no faster than they may come.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use leaky_bucket::RateLimiter;

use crate::{Bucket, Error, Quota};

/// What comes faster is given out some at a time. The queue and the runtime's timer count in whole milliseconds, and may
/// be late by up to two: this is long enough for that to be a few per cent.
const TURN: Duration = Duration::from_millis(50);

/// One account for all who make calls of a kind: each waits until it may go, in the order in which they came.
///
/// It waits on tokio's timer, and has no task of its own: one of those who wait does the counting. Whoever is dropped while it
/// waits leaves its place to those behind it.
///
/// ```
/// # use std::time::Duration;
/// # use tsk_ratelimit::{Quota, pace::Pace};
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let geocoder = Pace::new(Quota::new(10, Duration::from_secs(1)).burst(1))?;
/// for _ in 0..3 {
///     geocoder.acquire(1).await?;
///     // .. and the call.
/// }
/// # Ok(()) }
/// ```
pub struct Pace {
    limiter: RateLimiter,
    quota: Quota,
    waiting: AtomicUsize,
    most: usize,
}

impl Pace {
    /// At the rate of a quota, beginning with a whole burst. At most a thousand wait.
    ///
    /// Units that come faster than one in 50 milliseconds are given out together as often as that, or as often as there is a burst
    /// of them. It is never faster than the quota; it is slower by up to two milliseconds each time that it gives any out.
    ///
    /// # Errors
    ///
    /// Where the quota [cannot be kept](Bucket::new).
    pub fn new(quota: Quota) -> Result<Self, Error> {
        // What can be kept fits: a burst takes at most ten years.
        Bucket::new(quota)?;
        let burst = quota.most_at_once();
        let (limit, window) = (u128::from(quota.limit()), quota.window().as_nanos());
        let together = (limit * TURN.as_nanos()).div_ceil(window).clamp(1, u128::from(burst));
        let millis = (together * window).div_ceil(limit * 1_000_000);
        let limiter = RateLimiter::builder()
            .max(burst as usize)
            .initial(burst as usize)
            .refill(together as usize)
            .interval(Duration::from_millis(millis as u64))
            .fair(true)
            .build();
        Ok(Self { limiter, quota, waiting: AtomicUsize::new(0), most: 1_000 })
    }

    /// Sets how many may wait at a time. Default: 1,000.
    #[must_use]
    pub const fn waiting_at_most(mut self, callers: usize) -> Self {
        self.most = callers;
        self
    }

    /// Waits until `cost` units may go.
    ///
    /// # Errors
    ///
    /// At once, where as many wait as may, and where it is more than may ever go at once.
    pub async fn acquire(&self, cost: u32) -> Result<(), Refusal> {
        if cost > self.quota.most_at_once() {
            return Err(Refusal::Never);
        }
        let Some(_place) = Place::take(self) else {
            return Err(Refusal::Full);
        };
        self.limiter.acquire(cost as usize).await;
        Ok(())
    }

    /// Takes `cost` units if they may go now.
    pub fn try_acquire(&self, cost: u32) -> bool {
        self.limiter.try_acquire(cost as usize)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("quota", &self.quota).field("waiting", &self.waiting()).finish()
    }
}

/// Why somebody does not get to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// As many wait as may.
    Full,
    /// It is more than may ever go at once.
    Never,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "as many calls wait for their turn as may: make fewer, or come again later",
            Self::Never => {
                "the call costs more than may ever go at once: make it smaller, or the burst larger"
            }
        })
    }
}

impl std::error::Error for Refusal {}

/// A place among those who wait, for as long as it is held.
struct Place<'a>(&'a Pace);

impl<'a> Place<'a> {
    fn take(pace: &'a Pace) -> Option<Self> {
        // A count and no more: nothing else is read by it.
        let one_more = |waiting| (waiting < pace.most).then_some(waiting + 1);
        pace.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Self(pace))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use tokio::time::{Instant, timeout};

    use super::*;

    fn pace(limit: u32, burst: u32) -> Arc<Pace> {
        let quota = Quota::new(limit, Duration::from_secs(1)).burst(burst);
        Arc::new(Pace::new(quota).expect("it can be kept"))
    }

    #[tokio::test(start_paused = true)]
    async fn lets_a_burst_go_and_then_one_at_a_time() {
        let pace = pace(10, 3);
        let started = Instant::now();
        let mut times = Vec::new();
        for _ in 0..6 {
            pace.acquire(1).await.unwrap();
            times.push(started.elapsed().as_millis() / 100);
        }
        assert_eq!(times, [0, 0, 0, 1, 2, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn keeps_its_rate_where_units_come_faster_than_a_timer() {
        let pace = pace(30_000, 3_000);
        let started = Instant::now();
        for _ in 0..33_000 {
            pace.acquire(1).await.unwrap();
        }
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(950) && took < Duration::from_millis(1_050), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_too_small_to_be_given_out_in_time_makes_it_slower_and_not_faster() {
        let pace = pace(3_000, 1);
        let started = Instant::now();
        for _ in 0..301 {
            pace.acquire(1).await.unwrap();
        }
        assert!(started.elapsed() >= Duration::from_millis(100), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn refuses_at_once_who_would_be_one_too_many_and_what_can_never_go() {
        let pace = Arc::new(Pace::new(Quota::new(1, Duration::from_secs(1))).unwrap().waiting_at_most(1));
        pace.acquire(1).await.unwrap();
        let first = tokio::spawn({
            let pace = pace.clone();
            async move { pace.acquire(1).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(pace.waiting(), 1);
        assert_eq!(pace.acquire(1).await, Err(Refusal::Full));
        assert_eq!(pace.acquire(2).await, Err(Refusal::Never));
        assert_eq!(first.await.unwrap(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_leaves_no_place_taken() {
        let pace = pace(1, 1);
        pace.acquire(1).await.unwrap();
        let started = Instant::now();
        assert!(timeout(Duration::from_millis(100), pace.acquire(1)).await.is_err());
        assert_eq!(pace.waiting(), 0);
        pace.acquire(1).await.unwrap();
        assert!(started.elapsed() < Duration::from_millis(1_200), "{:?}", started.elapsed());
    }
}
