//! What clients are told, and when.

use super::*;
use crate::{Headers, baseline::Settings};

/// The names of the headers that answers have, to a request that is allowed and to one that is refused.
async fn names(limits: Limits) -> [Vec<String>; 2] {
    let served = serve(limits, routes([]));
    let names = async || {
        let (_, headers) = served.ask(ANYBODY, 0).await;
        headers.keys().map(ToString::to_string).filter(|name| !name.starts_with("content-")).collect()
    };
    [names().await, names().await]
}

#[tokio::test]
async fn which_answers_say_how_much_is_left_is_for_the_server_to_say() {
    const BOTH: &[&str] = &["ratelimit", "ratelimit-policy"];
    const WITH_REFUSAL: &[&str] = &["retry-after", "ratelimit", "ratelimit-policy"];
    const RETRY: &[&str] = &["retry-after"];
    for (headers, allowed, refused) in [
        (Headers::Always, BOTH, WITH_REFUSAL),
        (Headers::Refusals, &[], WITH_REFUSAL),
        (Headers::Never, &[], RETRY),
    ] {
        let limits = || Limits::new(store()).headers(headers);
        let rule = || Rule::per_hour(1).name("api");
        let wide = || Rule::per_hour(1).by(Key::constant()).name("all");
        for limits in [limits().rule(rule()), limits().rule(rule().adaptive(Settings::default()))] {
            assert_eq!(names(limits).await, [allowed, refused], "{headers:?}");
        }
        for adaptive in [wide(), wide().adaptive(Settings::default())] {
            let [mut both, mut refusal] = names(limits().rule(rule()).rule(adaptive)).await;
            // Each name is there once, however many fields it has.
            both.dedup();
            refusal.dedup();
            assert_eq!([both, refusal], [allowed, refused], "{headers:?}");
        }
    }
}

#[tokio::test]
async fn the_old_headers_are_there_on_request_where_the_others_are() {
    let limits = || Limits::new(store()).rule(Rule::per_hour(9)).legacy_headers(true);
    let served = serve(limits(), routes([]));
    let (_, headers) = served.ask(ANYBODY, 0).await;
    assert_eq!(text(&headers, "x-ratelimit-remaining"), ["8"]);
    assert_eq!(text(&headers, "x-ratelimit-reset"), ["400"]);
    for (headers, expected) in [(Headers::Refusals, [false, true]), (Headers::Never, [false, false])] {
        let limits = Limits::new(store()).rule(Rule::per_hour(1)).legacy_headers(true).headers(headers);
        let has = names(limits).await.map(|names| names.iter().any(|name| name == "x-ratelimit-reset"));
        assert_eq!(has, expected, "{headers:?}");
    }
}

#[test]
fn the_documentation_tells_of_limits_and_of_what_answers_say_of_them() {
    for (headers, allowed, refused) in
        [(Headers::Always, true, true), (Headers::Refusals, false, true), (Headers::Never, false, false)]
    {
        let limits = Limits::new(store()).rule(Rule::per_minute(600).burst(20).name("api")).headers(headers);
        let mut declared = Declared::default();
        declared.1.responses.entry(200).or_default();
        let mut routes = routes([declared, Declared::default().unlimited()]);
        routes.describe(&limits);
        let responses = &routes.get(0).operation().responses;
        assert!(responses[&429].description.contains("- `api`: 600 per minute and address, 20 at once"));
        assert!(responses[&429].headers.contains_key("retry-after"));
        assert_eq!(responses[&200].headers.contains_key("ratelimit"), allowed, "{headers:?}");
        assert_eq!(responses[&429].headers.contains_key("ratelimit-policy"), refused, "{headers:?}");
        assert!(!routes.get(1).operation().responses.contains_key(&429));
    }
}
