//! What can be told.

use std::{fmt, time::Duration};

/// How keys are watched, and how they are tightened.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How long a window is: from a second to an hour. Default: 10 s.
    pub window: Duration,

    /// How many windows of a key have to be known before its rate is judged; for shares, which are of 16 requests or more, a third of
    /// that does. Until then its shares are judged by what is usual for all keys of the rule, at twice the distance. From 2 to
    /// 250. Default: 12.
    pub warmup: u8,

    /// By how many mean deviations a window must be beyond what is usual: from 1 to 100. Default: 4.
    pub deviations: f32,

    /// How often what a key may is halved at most: from 1 to 6. Default: 3, so that an eighth is left.
    pub steps: u8,

    /// How many windows in a row must be as usual, or silent, for a step to be given back: from 1 to 250. Default: 6.
    pub calm: u8,

    /// How much memory there is for keys, in bytes: some 130 for each. From 64 KiB to 1 GiB; it is taken when the rule is bound.
    /// Default: 2 MiB.
    pub memory: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(10),
            warmup: 12,
            deviations: 4.0,
            steps: 3,
            calm: 6,
            memory: 2 << 20,
        }
    }
}

impl Settings {
    /// Whether they can be.
    ///
    /// # Errors
    ///
    /// The first that cannot.
    pub fn check(&self) -> Result<(), Fault> {
        if !(Duration::from_secs(1)..=Duration::from_secs(3600)).contains(&self.window) {
            return Err(Fault::Window);
        }
        if !(2..=250).contains(&self.warmup) {
            return Err(Fault::Warmup);
        }
        if !(1.0..=100.0).contains(&self.deviations) {
            return Err(Fault::Deviations);
        }
        if !(1..=6).contains(&self.steps) {
            return Err(Fault::Steps);
        }
        if !(1..=250).contains(&self.calm) {
            return Err(Fault::Calm);
        }
        if !(64 << 10..=1 << 30).contains(&self.memory) {
            return Err(Fault::Memory);
        }
        Ok(())
    }
}

/// What cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The window.
    Window,
    /// The windows that are to be known.
    Warmup,
    /// The deviations.
    Deviations,
    /// The steps.
    Steps,
    /// The calm windows.
    Calm,
    /// The memory.
    Memory,
}

impl Fault {
    /// The key of the setting.
    pub fn key(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Warmup => "warmup",
            Self::Deviations => "deviations",
            Self::Steps => "steps",
            Self::Calm => "calm",
            Self::Memory => "memory",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Window => "the window is from 1s to 1h",
            Self::Warmup => "from 2 to 250 windows are known before a key is judged by itself",
            Self::Deviations => "the distance is from 1 to 100 deviations",
            Self::Steps => "there are from 1 to 6 steps",
            Self::Calm => "from 1 to 250 calm windows give a step back",
            Self::Memory => "the memory is from 64 KiB to 1 GiB",
        })
    }
}

impl std::error::Error for Fault {}
