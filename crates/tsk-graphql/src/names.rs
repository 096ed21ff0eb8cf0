//! The names of operations that have series of their own.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

/// The names of operations that have series of their own: clients make names up, and a series is kept for ever.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<HashSet<Box<str>>>);

/// How many names there are, and how long they may be.
const MOST: usize = 200;
const LONGEST: usize = 64;

/// What all others are counted as, and those that have none.
pub(crate) const OTHER: &str = "_other";

impl Names {
    /// The name that an operation is counted by.
    pub(crate) fn of(&self, name: Option<&str>) -> String {
        let Some(name) = name.filter(|name| name.len() <= LONGEST) else { return OTHER.to_owned() };
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.contains(name) || names.len() < MOST {
            names.insert(name.into());
            return name.to_owned();
        }
        OTHER.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_made_up_are_counted_as_one_once_there_are_many() {
        let names = Names::default();
        assert_eq!((names.of(None), names.of(Some("Greet"))), ("_other".into(), "Greet".into()));
        assert_eq!(names.of(Some(&"x".repeat(65))), "_other");
        let made_up = (0..1_000).map(|at| names.of(Some(&format!("Q{at}")))).collect::<HashSet<_>>();
        assert_eq!(made_up.len(), MOST);
        assert_eq!(names.of(Some("Greet")), "Greet");
    }
}
