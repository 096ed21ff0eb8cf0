//! Heartbeats: the one thing that liveness is made of.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// The heartbeat of a loop of this process. While it is silent for too long, `/livez` answers 503, and whoever runs the
/// process starts it again.
///
/// Nothing else decides liveness: another process that does not answer is no reason to start this one again, and starting
/// all of them again while a database is away makes an outage of it. Clones are one heartbeat.
///
/// ```
/// use std::time::Duration;
/// use tsk_health::{Health, Pulse};
///
/// let pulse = Pulse::new("worker", Duration::from_secs(30));
/// let health = Health::builder().liveness(pulse.clone()).build()?;
/// # let mut jobs = vec![()].into_iter();
/// while let Some(job) = jobs.next() {
///     pulse.beat();
/// #   drop(job);
/// }
/// # Ok::<(), tsk_health::Error>(())
/// ```
#[derive(Clone)]
pub struct Pulse(Arc<Heart>);

struct Heart {
    name: String,
    silence: Duration,
    base: Instant,
    /// Milliseconds after `base`.
    beat: AtomicU64,
}

impl Pulse {
    /// A heartbeat, of which this is the first, that may be silent for so long.
    pub fn new(name: impl Into<String>, silence: Duration) -> Self {
        Self(Arc::new(Heart { name: name.into(), silence, base: Instant::now(), beat: AtomicU64::new(0) }))
    }

    /// Says that the loop goes on.
    pub fn beat(&self) {
        self.0.beat.store(millis(self.0.base.elapsed()), Ordering::Relaxed);
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// How long it has been silent.
    pub fn silent(&self) -> Duration {
        self.0.base.elapsed().saturating_sub(Duration::from_millis(self.0.beat.load(Ordering::Relaxed)))
    }

    /// Whether it has not been silent for too long.
    pub fn is_beating(&self) -> bool {
        self.silent() <= self.0.silence
    }

    pub(crate) fn silence(&self) -> Duration {
        self.0.silence
    }
}

/// A span of this length in milliseconds passes in no process.
pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Pulse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pulse").field("name", &self.0.name).field("silent", &self.silent()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn beats_until_it_is_silent_for_too_long() {
        let pulse = Pulse::new("worker", Duration::from_secs(30));
        tokio::time::advance(Duration::from_secs(30)).await;
        assert!(pulse.is_beating());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!pulse.is_beating());
        pulse.clone().beat();
        assert!(pulse.is_beating());
    }
}
