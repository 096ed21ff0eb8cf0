use super::*;

fn login() -> Explained {
    Explained {
        policy: "login".into(),
        key: "address".into(),
        routes: vec!["POST /login".into()],
        quota: Allowed { limit: 10, window_seconds: 60.0, burst: 10 },
        tier: None,
        cost: 1,
        would_refuse: false,
        dry_run: false,
        exempt: false,
        account: Some(State { remaining: 4, reset_seconds: 36, retry_after_seconds: None }),
        outage: None,
        refused: None,
        adapted: None,
    }
}

#[test]
fn an_explanation_can_be_read() {
    let adapted = Adapted {
        step: 2,
        tight_for_seconds: 40,
        calm_windows_needed: 4,
        reason: Some(Why {
            signal: "rate".into(),
            observed: 80.0,
            usual: 20.0,
            bound: 40.0,
            compared_with: "own".into(),
            text: "80 requests in a window: 20.0 are usual for it, and more than 40.0 are not".into(),
        }),
    };
    let refused = Explained {
        policy: "search".into(),
        key: "principal+route".into(),
        routes: vec!["GET /search".into(), "GET /search/{term}".into()],
        quota: Allowed { limit: 150, window_seconds: 60.0, burst: 5 },
        would_refuse: true,
        cost: 3,
        account: Some(State { remaining: 1, reset_seconds: 2, retry_after_seconds: Some(1) }),
        refused: Some(Refusals { count: 12, error: 2, last_seconds: 3 }),
        adapted: Some(adapted),
        ..login()
    };
    let explanation = Explanation { subject: "ada".into(), limits: vec![login(), refused], unasked: vec![] };
    assert_eq!(
        explanation.to_string(),
        "\
ada

login: 10 in 60 s by address, on POST /login
  a request would be let through: 4 of 10 are left

search: 150 in 60 s, 5 at once by principal+route, on GET /search and 1 more
  a request would be refused: 1 of 5 are left, enough in 1 s; it costs 3
  refused 12 times at most, 10 at least, in the last ten to twenty minutes, last 3 s ago
  tightened to a quarter of the rule for 40 s; 80 requests in a window: 20.0 are usual for it, and more than 40.0 are not; \
4 more windows as usual give a step back"
    );
    let unasked = Unasked { policy: "login".into(), key: "address".into(), lacks: "address".into() };
    let explanation = Explanation { subject: "ada".into(), limits: vec![], unasked: vec![unasked] };
    assert_eq!(
        explanation.to_string(),
        "ada: no limit is asked\n\nlogin: goes by address, and no address was given"
    );
}

#[test]
fn what_holds_while_nobody_answers_is_said() {
    for (outage, told) in [
        ("open", "requests are let through meanwhile"),
        ("closed", "requests are refused meanwhile, with 503"),
        ("25%", "this server limits by itself meanwhile, to 25%"),
    ] {
        let limit = Explained { account: None, outage: Some(outage.into()), ..login() };
        let lines = limit.to_string();
        assert_eq!(
            lines.lines().nth(1).unwrap_or_default(),
            format!("  the account is kept elsewhere, which does not answer: {told}")
        );
    }
}
