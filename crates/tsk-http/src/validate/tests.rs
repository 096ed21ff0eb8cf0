#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::*;

struct Line {
    sku: &'static str,
    quantity: u32,
}

impl Validate for Line {
    fn validate(&self, faults: &mut Faults) {
        faults.at("sku").length(self.sku, 1..=3).require(self.sku.is_ascii(), "must be ASCII");
        faults.at("quantity").range(self.quantity, 1..100);
    }
}

struct Order {
    lines: Vec<Line>,
    gift: Option<Box<Line>>,
    by_name: BTreeMap<&'static str, Line>,
}

impl Validate for Order {
    fn validate(&self, faults: &mut Faults) {
        faults.require(self.gift.is_none() || !self.lines.is_empty(), "must have lines to go with a gift");
        faults.at("lines").items(self.lines.len(), 1..).nested(&self.lines);
        faults.at("gift").nested(&self.gift);
        faults.at("by_name").nested(&self.by_name);
    }
}

fn found(value: &(impl Validate + ?Sized)) -> Vec<(String, String)> {
    Faults::of(value).iter().map(|fault| (fault.pointer.clone(), fault.detail.clone())).collect()
}

#[test]
fn every_fault_is_found_where_it_is() {
    let good = Line { sku: "tea", quantity: 1 };
    let order = Order {
        lines: vec![],
        gift: Some(Box::new(Line { sku: "", quantity: 100 })),
        by_name: BTreeMap::from([("a/b~c", Line { sku: "čtyři", quantity: 0 }), ("good", good)]),
    };
    let expected = [
        ("", "must have lines to go with a gift"),
        ("/lines", "must have at least 1 item, has 0"),
        ("/gift/sku", "must have at least 1 character, has 0"),
        ("/gift/quantity", "must be less than 100, is 100"),
        ("/by_name/a~1b~0c/sku", "must have at most 3 characters, has 5"),
        ("/by_name/a~1b~0c/sku", "must be ASCII"),
        ("/by_name/a~1b~0c/quantity", "must be at least 1, is 0"),
    ];
    assert_eq!(found(&order), expected.map(|(pointer, detail)| (pointer.into(), detail.into())));
}

#[test]
fn what_is_right_has_no_faults() {
    let order = Order {
        lines: vec![Line { sku: "a", quantity: 1 }, Line { sku: "abc", quantity: 99 }],
        gift: None,
        by_name: BTreeMap::new(),
    };
    assert!(Faults::of(&order).is_empty());
    assert!(Faults::of(&order).into_result().is_ok());
}

#[test]
fn bounds_are_named() {
    struct Number(f64);
    impl Validate for Number {
        fn validate(&self, faults: &mut Faults) {
            faults.range(self.0, 0.5..=1.5);
        }
    }
    for (number, expected) in [
        (0.25, vec!["must be at least 0.5, is 0.25"]),
        (1.0, vec![]),
        (2.0, vec!["must be at most 1.5, is 2"]),
        (f64::NAN, vec!["must be a number within the bounds, is NaN"]),
    ] {
        assert_eq!(Faults::of(&Number(number)).iter().map(Fault::detail).collect::<Vec<_>>(), expected);
    }
    let mut faults = Faults::default();
    faults.length("ab", ..2).length("ab", 2..).items(3, 5..9).items(0, ..);
    let details: Vec<_> = faults.iter().map(Fault::detail).collect();
    assert_eq!(details, ["must have at most 1 character, has 2", "must have at least 5 items, has 3"]);
}

#[test]
fn a_place_is_left_when_its_checks_are_done() {
    let mut faults = Faults::default();
    faults.at("a").at(1).at("b").add("deep");
    faults.add("the whole");
    faults.at("c").add("beside");
    let pointers: Vec<_> = faults.iter().map(Fault::pointer).collect();
    assert_eq!(pointers, ["/a/1/b", "", "/c"]);
}

#[test]
fn a_hundred_faults_are_listed_and_all_are_counted() {
    let lines: Vec<_> = (0..1_000).map(|_| Line { sku: "tea", quantity: 0 }).collect();
    let faults = Faults::of(&lines);
    assert_eq!((faults.iter().count(), faults.total()), (100, 1_000));
    let problem = serde_json::to_value(faults.into_result().unwrap_err()).unwrap();
    assert_eq!((problem["errors"].as_array().unwrap().len(), &problem["total"]), (100, &1_000.into()));
    assert_eq!(
        problem["detail"],
        "The body is not valid: `/0/quantity`: must be at least 1, is 0; and there are 999 more faults."
    );
}

#[test]
fn what_is_listed_is_short_and_printable() {
    let key = "k".repeat(600);
    let mut faults = Faults::default();
    faults.at("map").at(&key).at("deeper").add(format_args!("not {}", "é".repeat(500)));
    faults.at("line\nfeed").add("a\r\nb\u{0}");
    let listed: Vec<_> = faults.iter().collect();
    assert_eq!(listed[0].pointer(), "/map");
    assert!(listed[0].detail().len() <= 256 + '…'.len_utf8() && listed[0].detail().ends_with("é…"));
    assert_eq!((listed[1].pointer(), listed[1].detail()), ("/line\nfeed", "a\\r\\nb\\u{0}"));
    let problem = faults.into_result().unwrap_err().to_string();
    assert!(!problem.contains('\n'), "{problem}");
}

#[test]
fn a_fault_of_the_query_is_named_without_a_slash() {
    let mut faults = Faults::default();
    faults.within(Location::Query).at("limit").range(300, ..=100);
    let problem = serde_json::to_value(faults.into_result().unwrap_err()).unwrap();
    assert_eq!(
        problem,
        serde_json::json!({
            "type": VALIDATION_FAILED.uri, "title": VALIDATION_FAILED.title, "status": 422,
            "detail": "The query is not valid: `limit`: must be at most 100, is 300.",
            "location": "query", "total": 1,
            "errors": [{ "pointer": "/limit", "detail": "must be at most 100, is 300" }],
        })
    );
}

/// The faulty leaves of a value, each as the pointer that leads to it.
struct Leaves<'a>(&'a serde_json::Value);

impl Validate for Leaves<'_> {
    fn validate(&self, faults: &mut Faults) {
        match self.0 {
            serde_json::Value::Array(items) => {
                faults.nested(&items.iter().map(Leaves).collect::<Vec<_>>());
            }
            serde_json::Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.as_str(), Leaves(value)));
                faults.nested(&members.collect::<BTreeMap<_, _>>());
            }
            leaf => {
                faults.add(leaf);
            }
        }
    }
}

fn values() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::prelude::*;
    let leaf = any::<u8>().prop_map(serde_json::Value::from);
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            prop::collection::btree_map("[a/~01\u{e9} ]{0,4}", inner, 0..5)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest::proptest! {
    /// `serde_json::Value::pointer` reads RFC 6901 independently.
    #[test]
    fn a_pointer_leads_to_the_value_it_was_made_for(value in values()) {
        for fault in Faults::of(&Leaves(&value)).iter() {
            let leaf = value.pointer(fault.pointer());
            proptest::prop_assert_eq!(leaf.map(ToString::to_string), Some(fault.detail().to_owned()));
        }
    }

    #[test]
    fn a_shortened_pointer_is_a_prefix_that_ends_between_steps(pointer in "(/[a-z\u{e9}]{0,6}){0,8}", limit in 0usize..40) {
        let short = text::shortened(&pointer, limit);
        proptest::prop_assert!(short.len() <= limit && pointer.starts_with(short));
        proptest::prop_assert!(short.len() == pointer.len() || pointer[short.len()..].starts_with('/'));
    }
}
