//! How fast a budget is used up before somebody is told.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An alert of an objective: by how many times too fast its budget is used up, over a longer window and over a short one, by
/// which the alert ends soon after the trouble has.
///
/// They are those of The Site Reliability Workbook, chapter 5, table 5-8, and one between its first and its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Burn {
    /// 14.4 times, over an hour and over 5 minutes: the budget is gone in two days. Somebody is woken.
    Fast,
    /// 6 times, over 6 hours and over 30 minutes: gone in five days. Somebody is woken.
    Medium,
    /// 3 times, over a day and over 2 hours: gone in ten days. It can wait until the morning.
    Slow,
    /// As fast as it comes, over 3 days and over 6 hours: nothing is left at the end. It can wait until the morning.
    Steady,
}

impl Burn {
    /// All of them, the fastest first.
    pub const ALL: [Self; 4] = [Self::Fast, Self::Medium, Self::Slow, Self::Steady];

    /// How many times too fast.
    pub fn factor(self) -> f64 {
        match self {
            Self::Fast => 14.4,
            Self::Medium => 6.0,
            Self::Slow => 3.0,
            Self::Steady => 1.0,
        }
    }

    /// The longer window, in minutes and as PromQL writes it.
    pub(crate) fn long(self) -> Window {
        match self {
            Self::Fast => Window { minutes: 60, text: "1h" },
            Self::Medium => Window { minutes: 360, text: "6h" },
            Self::Slow => Window { minutes: 1440, text: "1d" },
            Self::Steady => Window { minutes: 4320, text: "3d" },
        }
    }

    /// The short one.
    pub(crate) fn short(self) -> Window {
        match self {
            Self::Fast => Window { minutes: 5, text: "5m" },
            Self::Medium => Window { minutes: 30, text: "30m" },
            Self::Slow => Window { minutes: 120, text: "2h" },
            Self::Steady => Window { minutes: 360, text: "6h" },
        }
    }

    /// For how many minutes it has to be so.
    pub(crate) fn pending(self) -> u32 {
        match self {
            Self::Fast => 2,
            Self::Medium => 15,
            Self::Slow => 60,
            Self::Steady => 180,
        }
    }

    /// Whom it is for: `page` or `ticket`.
    pub fn severity(self) -> &'static str {
        match self {
            Self::Fast | Self::Medium => "page",
            Self::Slow | Self::Steady => "ticket",
        }
    }

    /// What the alert is called.
    pub fn alert(self) -> &'static str {
        match self {
            Self::Fast => "ErrorBudgetBurnFast",
            Self::Medium => "ErrorBudgetBurnMedium",
            Self::Slow => "ErrorBudgetBurnSlow",
            Self::Steady => "ErrorBudgetBurnSteady",
        }
    }
}

/// As settings have it.
impl fmt::Display for Burn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fast => "fast",
            Self::Medium => "medium",
            Self::Slow => "slow",
            Self::Steady => "steady",
        })
    }
}

/// A window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window {
    pub(crate) minutes: u32,
    pub(crate) text: &'static str,
}

impl Window {
    /// The one over which raw counts are looked at.
    pub(crate) const SHORTEST: Self = Self { minutes: 5, text: "5m" };

    /// All others that some alert looks at, the shortest first.
    pub(crate) fn derived(alerts: impl IntoIterator<Item = Burn>) -> Vec<Self> {
        let mut windows: Vec<_> = alerts.into_iter().flat_map(|burn| [burn.short(), burn.long()]).collect();
        windows.sort_unstable();
        windows.dedup();
        windows.retain(|window| *window != Self::SHORTEST);
        windows
    }
}
