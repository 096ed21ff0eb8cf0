//! When what was found more than once becomes what is so.

/// How often something has to be found before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    /// How many bad results of the last `window` are too many: from 1 to `window`.
    pub(crate) fail_after: u32,
    /// How many results are looked back at: from 1 to [`WIDEST`].
    pub(crate) window: u32,
    /// How many good results in a row end it: at least 1.
    pub(crate) recover_after: u32,
}

/// The most results that are looked back at.
pub(crate) const WIDEST: u32 = 64;

/// Is on from when `fail_after` of the last `window` results were bad until `recover_after` in a row were good.
#[derive(Debug, Clone, Default)]
pub(crate) struct Threshold {
    /// The last results since it was last off: the lowest bit is the newest, and one is bad.
    bad: u64,
    good_in_a_row: u32,
    is_on: bool,
}

impl Threshold {
    pub(crate) fn record(&mut self, is_bad: bool, rule: Rule) {
        let kept = u64::MAX >> (WIDEST - rule.window);
        self.bad = ((self.bad << 1) | u64::from(is_bad)) & kept;
        self.good_in_a_row = if is_bad { 0 } else { self.good_in_a_row.saturating_add(1) };
        if self.is_on && self.good_in_a_row >= rule.recover_after {
            // What was is over: it takes as many again.
            *self = Self { good_in_a_row: self.good_in_a_row, ..Self::default() };
        } else if !self.is_on {
            self.is_on = self.bad.count_ones() >= rule.fail_after;
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules() -> impl Strategy<Value = Rule> {
        (1..=WIDEST, 1..=WIDEST, 1..9_u32).prop_map(|(one, other, recover_after)| Rule {
            fail_after: one.min(other).min(6),
            window: one.max(other),
            recover_after,
        })
    }

    /// What the words of the rule say, of the whole history.
    fn expected(history: &[bool], rule: Rule) -> bool {
        let mut from = 0;
        let mut is_on = false;
        for end in 1..=history.len() {
            let ends_good = history[..end].iter().rev().take_while(|is_bad| !**is_bad).count();
            let looked_at = &history[end.saturating_sub(rule.window as usize).max(from)..end];
            if is_on && ends_good >= rule.recover_after as usize {
                is_on = false;
                from = end;
            } else if !is_on {
                is_on = looked_at.iter().filter(|is_bad| **is_bad).count() >= rule.fail_after as usize;
            }
        }
        is_on
    }

    proptest! {
        #[test]
        fn is_what_the_rule_says(rule in rules(), history in proptest::collection::vec(any::<bool>(), 0..200)) {
            let mut threshold = Threshold::default();
            for (index, is_bad) in history.iter().enumerate() {
                threshold.record(*is_bad, rule);
                prop_assert_eq!(threshold.is_on(), expected(&history[..=index], rule));
            }
        }

        #[test]
        fn fewer_than_it_takes_change_nothing(rule in rules(), lead in 0..100_u32) {
            let mut threshold = Threshold::default();
            for _ in 0..lead {
                threshold.record(false, rule);
            }
            for count in 1..=rule.fail_after {
                threshold.record(true, rule);
                prop_assert_eq!(threshold.is_on(), count == rule.fail_after);
            }
            for count in 1..=rule.recover_after {
                threshold.record(false, rule);
                prop_assert_eq!(threshold.is_on(), count < rule.recover_after);
            }
        }
    }

    #[test]
    fn three_of_five_need_not_be_in_a_row() {
        let rule = Rule { fail_after: 3, window: 5, recover_after: 1 };
        let mut threshold = Threshold::default();
        for is_bad in [true, false, true, false] {
            threshold.record(is_bad, rule);
            assert!(!threshold.is_on());
        }
        threshold.record(true, rule);
        assert!(threshold.is_on());
    }
}
