#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn meta(name: &str) -> Meta {
    json!({ "name": name }).as_object().unwrap().clone()
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn who_is_there_is_told_by_key_and_by_way() {
    let mut presence = Presence::default();
    presence.enter("ada", 1, meta("window"));
    presence.enter("ada", 2, meta("telephone"));
    presence.enter("bob", 3, Meta::new());
    let expected = json!({
        "ada": { "metas": [{ "phx_ref": "1", "name": "window" }, { "phx_ref": "2", "name": "telephone" }] },
        "bob": { "metas": [{ "phx_ref": "3" }] },
    });
    assert_eq!(value(&presence.state()), expected);
    assert_eq!(value(&presence.take_diff().unwrap()), json!({ "joins": expected, "leaves": {} }));
    assert_eq!(presence.take_diff(), None);

    assert!(presence.leave("ada", 1));
    assert!(!presence.leave("ada", 1));
    assert_eq!(
        value(&presence.take_diff().unwrap()),
        json!({ "joins": {}, "leaves": { "ada": { "metas": [{ "phx_ref": "1", "name": "window" }] } } })
    );
    assert_eq!(presence.len(), 2);
}

#[test]
fn who_came_and_went_meanwhile_is_not_spoken_of() {
    let mut presence = Presence::default();
    presence.enter("ada", 1, Meta::new());
    presence.leave("ada", 1);
    assert_eq!(presence.take_diff(), None);
    assert!(presence.is_empty());
}

#[test]
fn what_is_said_anew_takes_the_place_of_what_was_said() {
    let mut presence = Presence::default();
    presence.enter("ada", 1, meta("here"));
    presence.take_diff();
    presence.enter("ada", 1, meta("away"));
    let diff = value(&presence.take_diff().unwrap());
    assert_eq!(diff["joins"]["ada"]["metas"][0], json!({ "phx_ref": "2", "name": "away" }));
    assert_eq!(diff["leaves"]["ada"]["metas"][0]["phx_ref"], "1");
}

#[test]
fn nobody_says_which_reference_it_has() {
    let mut presence = Presence::default();
    presence.enter("eve", 1, json!({ "phx_ref": "9", "phx_ref_prev": "8" }).as_object().unwrap().clone());
    assert_eq!(value(&presence.state()), json!({ "eve": { "metas": [{ "phx_ref": "1" }] } }));
}

/// What a client makes of it, as `Presence.syncDiff` does: metas are told apart by their reference.
fn sync(state: &mut BTreeMap<String, BTreeSet<String>>, diff: &Value) {
    let references = |part: &str| {
        let part = diff[part].as_object().unwrap().clone();
        part.into_iter().flat_map(|(key, entry)| {
            let metas = entry["metas"].as_array().unwrap().clone();
            metas.into_iter().map(move |meta| (key.clone(), meta["phx_ref"].as_str().unwrap().to_owned()))
        })
    };
    for (key, reference) in references("joins") {
        state.entry(key).or_default().insert(reference);
    }
    for (key, reference) in references("leaves") {
        if let Some(known) = state.get_mut(&key) {
            known.remove(&reference);
        }
    }
    state.retain(|_, references| !references.is_empty());
}

proptest! {
    #[test]
    fn whoever_follows_the_diffs_knows_the_state(
        steps in proptest::collection::vec(("[a-c]", 0_u64..4, any::<bool>(), any::<bool>()), 0..80),
    ) {
        let (mut presence, mut seen) = (Presence::default(), BTreeMap::new());
        for (key, member, comes, tells) in steps {
            match comes {
                true => presence.enter(&key, member, Meta::new()),
                false => drop(presence.leave(&key, member)),
            }
            if tells && let Some(diff) = presence.take_diff() {
                sync(&mut seen, &value(&diff));
            }
        }
        if let Some(diff) = presence.take_diff() {
            sync(&mut seen, &value(&diff));
        }
        let mut state = BTreeMap::new();
        sync(&mut state, &json!({ "joins": value(&presence.state()), "leaves": {} }));
        prop_assert_eq!(presence.len(), state.values().map(BTreeSet::len).sum::<usize>());
        prop_assert_eq!(seen, state);
    }
}
