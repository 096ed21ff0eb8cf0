//! Who is in a room, as a client follows it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::rooms::presence::Meta;

/// The most ways of being there that a client follows: what a server says beyond that is not seen.
pub const MAX_PRESENT: usize = 10_000;

/// Who is in a room: each by a name, with what is said of each way in which it is there, such as a window.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roster {
    present: BTreeMap<Box<str>, Vec<Meta>>,
    count: usize,
}

/// Who came and went. Somebody of whom another thing is said does both.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Changes {
    /// Who came, and what is said of it.
    pub joins: Vec<(Box<str>, Meta)>,
    /// Who went, and what was said of it.
    pub leaves: Vec<(Box<str>, Meta)>,
}

impl Changes {
    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.joins.is_empty() && self.leaves.is_empty()
    }
}

type State = BTreeMap<Box<str>, Metas>;

#[derive(Deserialize)]
struct Metas {
    metas: Vec<Meta>,
}

#[derive(Deserialize)]
struct Diff {
    #[serde(default)]
    joins: State,
    #[serde(default)]
    leaves: State,
}

impl Roster {
    /// Those who are there, and what is said of each way in which they are.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Meta])> {
        self.present.iter().map(|(name, metas)| (&**name, &**metas))
    }

    /// What is said of somebody; nothing where it is not there.
    pub fn get(&self, name: &str) -> &[Meta] {
        self.present.get(name).map_or(&[], Vec::as_slice)
    }

    /// How many are there.
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Follows `presence_state`: all who are there. What is not one changes nothing.
    pub(super) fn replace(&mut self, payload: &str) -> Changes {
        let Ok(state) = serde_json::from_str::<State>(payload) else { return Changes::default() };
        let mut changes = Changes::default();
        let before = std::mem::take(self);
        for (name, Metas { metas }) in state {
            for meta in metas {
                let is_known = before.get(&name).iter().any(|known| known == &meta);
                if self.add(&name, meta.clone()) && !is_known {
                    changes.joins.push((name.clone(), meta));
                }
            }
        }
        for (name, metas) in before.present {
            let gone = metas.into_iter().filter(|meta| !self.get(&name).contains(meta));
            changes.leaves.extend(gone.map(|meta| (name.clone(), meta)));
        }
        changes
    }

    /// Follows `presence_diff`: who came and went.
    pub(super) fn follow(&mut self, payload: &str) -> Changes {
        let Ok(Diff { joins, leaves }) = serde_json::from_str(payload) else { return Changes::default() };
        let mut changes = Changes::default();
        for (name, Metas { metas }) in joins {
            for meta in metas {
                if self.add(&name, meta.clone()) {
                    changes.joins.push((name.clone(), meta));
                }
            }
        }
        for (name, Metas { metas }) in leaves {
            for meta in metas {
                changes.leaves.extend(self.remove(&name, &meta).map(|meta| (name.clone(), meta)));
            }
        }
        changes
    }

    /// `false` where it is there already, or there are as many as may be.
    fn add(&mut self, name: &str, meta: Meta) -> bool {
        if self.count >= MAX_PRESENT || self.get(name).iter().any(|known| is_same(known, &meta)) {
            return false;
        }
        self.present.entry(name.into()).or_default().push(meta);
        self.count += 1;
        true
    }

    fn remove(&mut self, name: &str, meta: &Meta) -> Option<Meta> {
        let metas = self.present.get_mut(name)?;
        let at = metas.iter().position(|known| is_same(known, meta))?;
        let removed = metas.remove(at);
        self.count -= 1;
        if metas.is_empty() {
            self.present.remove(name);
        }
        Some(removed)
    }
}

/// A way of being there has a `phx_ref` of its own.
fn is_same(one: &Meta, other: &Meta) -> bool {
    one.get("phx_ref") == other.get("phx_ref")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::rooms::presence::Presence;

    fn names(changes: &[(Box<str>, Meta)]) -> Vec<&str> {
        changes.iter().map(|(name, _)| &**name).collect()
    }

    #[test]
    fn who_came_and_went_is_told() {
        let mut roster = Roster::default();
        let state = r#"{"ada":{"metas":[{"phx_ref":"1","nick":"A"}]},"bob":{"metas":[{"phx_ref":"2"}]}}"#;
        assert_eq!(names(&roster.replace(state).joins), ["ada", "bob"]);
        let diff =
            r#"{"joins":{"ada":{"metas":[{"phx_ref":"3"}]}},"leaves":{"bob":{"metas":[{"phx_ref":"2"}]}}}"#;
        let changes = roster.follow(diff);
        assert_eq!((names(&changes.joins), names(&changes.leaves)), (vec!["ada"], vec!["bob"]));
        assert_eq!((roster.len(), roster.get("ada").len(), roster.get("bob").len()), (1, 2, 0));
        assert!(roster.follow(diff).is_empty(), "it has been heard");
        let changes =
            roster.replace(r#"{"ada":{"metas":[{"phx_ref":"3"}]},"eve":{"metas":[{"phx_ref":"4"}]}}"#);
        assert_eq!((names(&changes.joins), names(&changes.leaves)), (vec!["eve"], vec!["ada"]));
        for nonsense in ["", "[]", r#"{"ada":1}"#] {
            assert!(roster.replace(nonsense).is_empty() && roster.follow(nonsense).is_empty());
        }
        assert_eq!(roster.len(), 2);
    }

    #[test]
    fn no_more_are_followed_than_may_be() {
        let mut roster = Roster::default();
        for from in 0..3 {
            let joins: Vec<String> = (0..5000)
                .map(|n| format!(r#""u{from}-{n}":{{"metas":[{{"phx_ref":"{from}-{n}"}}]}}"#))
                .collect();
            roster.follow(&format!(r#"{{"joins":{{{}}}}}"#, joins.join(",")));
        }
        assert_eq!(roster.len(), MAX_PRESENT);
    }

    proptest! {
        /// Whoever follows sees what the server has.
        #[test]
        fn a_client_sees_who_is_there(steps in proptest::collection::vec((0_u64..6, any::<bool>(), any::<bool>()), 0..60)) {
            let (mut presence, mut roster) = (Presence::default(), Roster::default());
            for (member, is_there, is_told) in steps {
                let name = format!("u{}", member % 3);
                match is_there {
                    true => presence.enter(&name, member, Meta::new()),
                    false => drop(presence.leave(&name, member)),
                }
                if is_told && let Some(diff) = presence.take_diff() {
                    roster.follow(&diff);
                }
            }
            if let Some(diff) = presence.take_diff() {
                roster.follow(&diff);
            }
            let mut fresh = Roster::default();
            fresh.replace(&presence.state());
            let sorted = |roster: &Roster| {
                let mut all: Vec<String> =
                    roster.iter().flat_map(|(name, metas)| metas.iter().map(move |meta| format!("{name} {meta:?}"))).collect();
                all.sort();
                all
            };
            prop_assert_eq!(sorted(&roster), sorted(&fresh));
        }
    }
}
