//! The checks that most values need, with texts that name the limit and what was there.

use std::{
    fmt::{self, Display},
    ops::{Bound, RangeBounds},
};

use super::Faults;

impl Faults {
    /// Adds `detail` as a fault unless a condition holds.
    pub fn require(&mut self, holds: bool, detail: impl Display) -> &mut Self {
        if holds { self } else { self.add(detail) }
    }

    /// Checks how many characters a text has: Unicode scalar values, not bytes.
    pub fn length(&mut self, text: &str, bounds: impl RangeBounds<usize>) -> &mut Self {
        self.amount(text.chars().count(), "character", bounds)
    }

    /// Checks how many items a list or a map has.
    pub fn items(&mut self, count: usize, bounds: impl RangeBounds<usize>) -> &mut Self {
        self.amount(count, "item", bounds)
    }

    /// Checks that a value is within bounds.
    pub fn range<T: PartialOrd + Display>(&mut self, value: T, bounds: impl RangeBounds<T>) -> &mut Self {
        if bounds.contains(&value) {
            return self;
        }
        self.add(format_args!("must be {}, is {value}", Within { bounds: &bounds, value: &value }))
    }

    fn amount(&mut self, count: usize, unit: &str, bounds: impl RangeBounds<usize>) -> &mut Self {
        let least = match bounds.start_bound() {
            Bound::Included(least) => *least,
            Bound::Excluded(below) => below.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let most = match bounds.end_bound() {
            Bound::Included(most) => *most,
            Bound::Excluded(above) => above.saturating_sub(1),
            Bound::Unbounded => usize::MAX,
        };
        let (which, limit) = match count {
            few if few < least => ("least", least),
            many if many > most => ("most", most),
            _ => return self,
        };
        let plural = if limit == 1 { "" } else { "s" };
        self.add(format_args!("must have at {which} {limit} {unit}{plural}, has {count}"))
    }
}

/// The bound that a value is not within, in words.
struct Within<'a, T, B> {
    bounds: &'a B,
    value: &'a T,
}

impl<T: PartialOrd + Display, B: RangeBounds<T>> Display for Within<'_, T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.bounds.start_bound(), self.bounds.end_bound()) {
            (Bound::Included(least), _) if self.value < least => write!(f, "at least {least}"),
            (Bound::Excluded(least), _) if self.value <= least => write!(f, "more than {least}"),
            (_, Bound::Included(most)) if self.value > most => write!(f, "at most {most}"),
            (_, Bound::Excluded(end)) if self.value >= end => write!(f, "less than {end}"),
            // It is neither less nor more than anything: not a number.
            _ => f.write_str("a number within the bounds"),
        }
    }
}
