//! What a probe costs: nothing is allocated to know the answer.

use http::Method;
use tsk_core::check::Finding;
use tsk_health::{Health, Kind, Settings};

#[test]
fn the_answer_to_a_probe_is_read_without_an_allocation() {
    let settings = Settings { groups: vec!["data".into()], ..Kind::Readiness.into() };
    let mut builder = Health::builder();
    for name in ["a", "b", "c", "d", "e"] {
        builder = builder.check(name, settings.clone(), || async { Finding::pass() });
    }
    let health = builder.build().expect("sound settings");
    health.started();
    let counted = allocation_counter::measure(|| {
        for path in ["/livez", "/readyz", "/startupz", "/healthz/data", "/healthz/none", "/users/42"] {
            std::hint::black_box(health.holds(path));
        }
    });
    assert_eq!(counted.count_total, 0);
    // Where the server keeps the header maps of requests, as that of tsk does, the answer takes one of them.
    let answer = health.probe(&Method::GET, "/readyz").expect("it is a probe");
    tsk_core::respond::recycle(answer.into_parts().0.headers);
    let counted = allocation_counter::measure(|| {
        std::hint::black_box(health.probe(&Method::GET, "/readyz"));
    });
    assert_eq!(counted.count_total, 0);
}
