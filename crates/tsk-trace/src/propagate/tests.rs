#![allow(clippy::unwrap_used)]

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::{collection::vec, prelude::*};

use super::{
    Propagator::{B3, B3Multi, Jaeger, TraceContext},
    *,
};

const ALL: Propagators =
    Propagators::DEFAULT.with(Propagator::B3).with(Propagator::B3Multi).with(Propagator::Jaeger);

const ID: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
const SPAN: u64 = 0x00f0_67aa_0ba9_02b7;

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn sampled(fields: &[(&'static str, &str)]) -> Option<(u128, u64, Option<bool>)> {
    let remote = ALL.extract(&headers(fields))?;
    Some((remote.id, remote.span, remote.is_sampled))
}

#[test]
fn reads_what_the_specifications_show() {
    let yes = Some((ID, SPAN, Some(true)));
    let no = Some((ID, SPAN, Some(false)));
    let parent = |flags: &str| format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
    assert_eq!(sampled(&[("traceparent", &parent("01"))]), yes);
    assert_eq!(sampled(&[("traceparent", &parent("03"))]), yes);
    assert_eq!(sampled(&[("traceparent", &parent("02"))]), no);
    assert_eq!(
        sampled(&[("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1-05e3ac9a4f6e3b90")]),
        yes
    );
    assert_eq!(sampled(&[("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-d")]), yes);
    assert_eq!(
        sampled(&[("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7")]),
        Some((ID, SPAN, None))
    );
    assert_eq!(sampled(&[("b3", "0")]), Some((0, 0, Some(false))));
    let multi = [("x-b3-traceid", "4BF92F3577B34DA6A3CE929D0E0E4736"), ("x-b3-spanid", "00f067aa0ba902b7")];
    assert_eq!(sampled(&multi), Some((ID, SPAN, None)));
    assert_eq!(sampled(&[multi[0], multi[1], ("x-b3-sampled", "1")]), yes);
    assert_eq!(sampled(&[multi[0], multi[1], ("x-b3-flags", "1")]), yes);
    assert_eq!(sampled(&[("x-b3-sampled", "0")]), Some((0, 0, Some(false))));
    assert_eq!(sampled(&[("uber-trace-id", "4bf92f3577b34da6a3ce929d0e0e4736:f067aa0ba902b7:0:1")]), yes);
    let encoded = "4bf92f3577b34da6a3ce929d0e0e4736%3Af067aa0ba902b7%3A0%3A3";
    assert_eq!(sampled(&[("uber-trace-id", encoded)]), yes);
}

#[test]
fn a_later_version_of_the_field_is_read_as_far_as_it_is_known() {
    let field = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-will-be";
    assert_eq!(sampled(&[("traceparent", field)]), Some((ID, SPAN, Some(true))));
}

#[test]
fn what_is_not_to_the_letter_says_nothing() {
    for field in [
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
    ] {
        assert_eq!(sampled(&[("traceparent", field)]), None, "{field}");
    }
    for field in ["", "2", "-", "4bf92f3577b34da6-0", "4bf92f3577b34da6a-00f067aa0ba902b7-1", "a-b-c-d-e"] {
        assert_eq!(sampled(&[("b3", field)]), None, "{field}");
    }
    let long = "1".repeat(1000);
    for field in ["", "1:1:0", "1:1:0:1:1", "0:1:0:1", "1:0:0:1", "1:1:0:100", "1:1:x:1", &long] {
        assert_eq!(sampled(&[("uber-trace-id", field)]), None, "{field}");
    }
}

#[test]
fn of_two_fields_none_is_believed() {
    let one = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert_eq!(sampled(&[one, one]), None);
    let one = ("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1");
    assert_eq!(sampled(&[one, one]), None);
    let one = ("uber-trace-id", "1:1:0:1");
    assert_eq!(sampled(&[one, one]), None);
}

#[test]
fn a_form_that_nobody_asked_for_is_not_read() {
    let b3 = headers(&[("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1")]);
    assert_eq!(Propagators::DEFAULT.extract(&b3), None);
    let w3c = headers(&[("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]);
    assert_eq!(Propagators::EMPTY.with(B3).with(Jaeger).extract(&w3c), None);
}

fn state(fields: &[&str]) -> Option<String> {
    let mut all = headers(&[("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]);
    for field in fields {
        all.append("tracestate", HeaderValue::from_str(field).unwrap());
    }
    ALL.extract(&all).unwrap().state.map(|state| state.to_string())
}

#[test]
fn the_state_of_vendors_goes_on_within_its_bounds() {
    assert_eq!(state(&["a=1, b@c=2 , ,\t", "d=3"]).as_deref(), Some("a=1,b@c=2,d=3"));
    for wrong in ["a", "A=1", "=1", "a=", "a=1,a=2", "a=1\t2", "a=b=c", &format!("{}=1", "k".repeat(257))] {
        assert_eq!(state(&[wrong]), None, "{wrong}");
    }
    let many: Vec<String> = (0..33).map(|index| format!("k{index}=v")).collect();
    assert_eq!(state(&[&many.join(",")]), None);
    assert!(state(&[&many[..32].join(",")]).is_some());
    // A large member goes first, then those at the end.
    let large = format!("l={}", "x".repeat(200));
    let rest: Vec<String> = (0..10).map(|index| format!("k{index}={}", "x".repeat(60))).collect();
    let kept = state(&[&large, &rest.join(",")]).unwrap();
    assert!(kept.starts_with("k0=") && kept.len() <= 512 && kept.len() > 400, "{kept}");
}

#[test]
fn baggage_goes_on_within_its_bounds() {
    let baggage = |field: &str| Baggage::extract(&headers(&[("baggage", field)]));
    let good = baggage("user = ad%20a;ttl=5;flag , =x, bad key=1, tenant=7, q=\"");
    let pairs: Vec<_> = good.iter().map(|(key, value)| format!("{key}:{value}")).collect();
    assert_eq!(pairs, ["user:ad a", "tenant:7"]);
    assert_eq!(good.get("tenant").as_deref(), Some("7"));
    let many: Vec<String> = (0..100).map(|index| format!("k{index}=v")).collect();
    assert_eq!(baggage(&many.join(",")).iter().count(), baggage::MAX_MEMBERS);
    let large: Vec<String> = (0..10).map(|index| format!("k{index}={}", "x".repeat(1000))).collect();
    assert_eq!(baggage(&large.join(",")).iter().count(), 8);
    let mut full = baggage(&many.join(","));
    assert!(!full.set("one-more", "v"));
    assert!(full.set("k0", "w"));
    assert!(!full.set("no token", "v"));
    assert_eq!(full.get("k0").as_deref(), Some("w"));
}

#[test]
fn baggage_of_jaegers_clients_is_read_and_told() {
    let said = [("uberctx-tenant", "K%C3%B6ln%20%26%20Co"), ("uberctx-shop", "7"), ("uberctx-shop", "8")];
    let headers = headers(&[("baggage", "user=ada"), said[0], said[1], said[2]]);
    let baggage = ALL.baggage(&headers);
    assert_eq!(baggage.get("tenant").as_deref(), Some("Köln & Co"));
    assert_eq!(baggage.get("user").as_deref(), Some("ada"));
    assert_eq!(baggage.get("shop"), None, "it is there twice");
    assert!(Propagators::DEFAULT.baggage(&headers).get("tenant").is_none(), "nobody asked for it");
    let mut told = HeaderMap::new();
    told.insert("uberctx-before", HeaderValue::from_static("gone"));
    Propagators::EMPTY.with(Jaeger).inject_baggage(&baggage, &mut told);
    assert_eq!((told.len(), &told["uberctx-tenant"]), (2, &HeaderValue::from_static("K%C3%B6ln%20%26%20Co")));
    let read = Propagators::EMPTY.with(Jaeger).baggage(&told);
    assert_eq!((read.get("tenant"), read.get("user")), (baggage.get("tenant"), baggage.get("user")));
}

#[test]
fn baggage_of_jaegers_clients_has_the_same_bounds() {
    let mut headers = HeaderMap::new();
    for number in 0..200 {
        let name = HeaderName::try_from(format!("uberctx-{number}")).unwrap();
        headers.insert(name, HeaderValue::try_from("x".repeat(300)).unwrap());
    }
    let mut told = HeaderMap::new();
    let baggage = ALL.baggage(&headers);
    assert!(baggage.iter().count() > 10);
    baggage.inject(&mut told);
    assert!(told["baggage"].len() <= baggage::MAX_LENGTH);
}

fn any_field() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    const NAMES: &[&str] = &[
        "traceparent",
        "tracestate",
        "baggage",
        "b3",
        "x-b3-traceid",
        "x-b3-spanid",
        "x-b3-sampled",
        "x-b3-flags",
        "uber-trace-id",
    ];
    let near =
        "(00|ff|cc)?-?[0-9a-fA-F]{0,33}[-:][0-9a-f]{0,17}[-:]?[0-9a-fd]{0,3}([-:,=;][a-z0-9]{0,20}){0,40}";
    let value = prop_oneof![
        near.prop_map(String::into_bytes),
        "[a-z=;, %\"]{0,60}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..200),
    ];
    (proptest::sample::select(NAMES), value)
}

proptest! {
    #[test]
    fn whatever_comes_in_what_goes_out_is_within_the_bounds(fields in vec(any_field(), 0..8)) {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        if let Some(remote) = ALL.extract(&headers) {
            prop_assert!((remote.id == 0) == (remote.span == 0));
            prop_assert!(remote.state.is_none_or(|state| state.len() <= 512));
        }
        let baggage = ALL.baggage(&headers);
        let mut out = HeaderMap::new();
        baggage.inject(&mut out);
        prop_assert!(baggage.iter().count() <= baggage::MAX_MEMBERS);
        prop_assert!(out.values().all(|value| value.len() <= baggage::MAX_LENGTH));
        prop_assert_eq!(ALL.baggage(&out), baggage);
    }

    #[test]
    fn what_one_service_tells_the_next_one_reads(id in 1u128.., span in 1u64.., is_sampled: bool, is_random: bool) {
        for propagator in [TraceContext, B3, B3Multi, Jaeger] {
            let only = Propagators::EMPTY.with(propagator);
            let state = (propagator == TraceContext).then_some("vendor=1");
            let mut headers = HeaderMap::new();
            only.inject(&Span { id, span, is_sampled, is_random, state }, &mut headers);
            let remote = only.extract(&headers).unwrap();
            prop_assert_eq!((remote.id, remote.span, remote.is_sampled), (id, span, Some(is_sampled)));
            prop_assert_eq!(remote.is_random, is_random && propagator == TraceContext);
            prop_assert_eq!(remote.state.as_deref(), state);
        }
    }
}
