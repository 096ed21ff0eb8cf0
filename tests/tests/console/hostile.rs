//! What clients and others write is text on the page, whatever it is.

use std::sync::Arc;

use serde_json::{Value, json};
use tsk::core::Insight;
use tsk_tests::Chromium;

use super::shown::{Shown, mounted};

/// Markup that would run in some place or other, and breaks out of attributes, scripts and comments.
const HOSTILE: &str = "\"'><img src=x onerror=window.hostile=1><script>window.hostile=1</script>\
    <svg onload=window.hostile=1>--></script>javascript:window.hostile=1\r\n\r\ndata: {}";

/// Every text that a section reads.
fn hostile() -> Vec<Arc<dyn Insight>> {
    let text = HOSTILE;
    let span = json!({
        "seconds": 60.0, "requests": 5, "errors": 5, "cancelled": 0, "p50": 0.1, "p90": 0.2, "p99": 0.3, "p999": 0.4,
    });
    let times = json!({ "minute": span, "five_minutes": span, "start": span });
    let route = json!({ "method": text, "route": text, "minute": span, "five_minutes": span, "start": span });
    let inner = json!({
        "span": text, "depth": text, "name": text, "kind": text, "target": text, "offset_us": text, "duration_us": 5,
        "failed": true,
    });
    let trace = json!({
        "trace": text, "name": text, "status": text, "error": text, "start_unix_ms": 1, "duration_us": 9,
        "spans": [inner], "missing": 1,
    });
    let call = json!({
        "names": [{ "name": text, "count": 9, "failed": 9, "per_second": 1, "p50_us": 1, "p99_us": text }],
    });
    let check = json!([{
        "status": text, "probe": text, "since": text, "output": text, "observedValue": text, "observedUnit": text,
    }]);
    let line =
        json!({ "level": text, "message": text, "target": text, "timestamp": text, text: text }).to_string();
    let policy = json!({ "key": text, "decisions": { text: 3 }, "adaptive": { "tightened": { text: 1 } } });
    let refused = json!({ "policy": text, "account": text, "key": text, "count": 1, "last_seconds": 1 });
    let tight =
        json!({ "policy": text, "account": text, "key": text, "step": text, "seconds": 1, "reason": text });
    let shown = [
        ("http", json!({ "all": times, "history": [span], "routes": [route], "routes_with_requests": 1 })),
        ("traces", json!({ "failed": [trace], "slow": [trace] })),
        (
            "errors",
            json!({ "groups": [{ "type": text, "message": text, "route": text, "count": 1, "trace": text }] }),
        ),
        ("dependencies", json!({ "incoming": call, "outgoing": call })),
        (
            "health",
            json!({ "status": "fail", "serviceId": text, "releaseId": text, "output": text, "checks": { text: check },
                "probes": { text: false } }),
        ),
        ("limits", json!({ "policies": { text: policy }, "refused_most": [refused], "tight": [tight] })),
        (
            "overload",
            json!({ "limit": 1, "priorities": [{ "priority": text }], "moves": [{ "because": text }] }),
        ),
        ("limit-store", json!({ "connected": false, "reason": text })),
        (
            "slo",
            json!({ "objectives": [{ "name": text, "method": text, "route": text, "state": text,
                "percent": text, "alert": { "name": text, "seconds": text } }] }),
        ),
        (
            "usage",
            json!({ "consumers": [{ "id": text, "requests": 1, "figures": { "errors": text } }],
                "versions": [{ "version": text, "requests": 1, "top": [{ "id": text }] }],
                "routes": [{ "method": text, "route": text, "version": text, "top": [{ "id": text }] }] }),
        ),
        ("log", json!({ "lines": [{ "number": 1, "line": line }, { "number": 2, "line": text }] })),
        ("server", json!({ "connections": text, "busy": text })),
        (HOSTILE, json!({ text: [text] })),
    ];
    shown.into_iter().map(|(name, value): (_, Value)| Arc::new(Shown(name, value)) as _).collect()
}

#[test]
fn nothing_of_a_request_is_taken_for_markup() {
    let service = mounted(hostile());
    let mut browser = Chromium::start();
    browser.watch();
    browser.open(&service.url("/inner/console"));
    browser.until("!document.getElementById('log').hidden && !document.getElementById('also').hidden");
    let sections = browser.evaluate("document.querySelectorAll('main > section:not([hidden])').length");
    assert_eq!(sections, 12, "all of them show something");
    browser.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })");
    browser.until("document.querySelectorAll('.waterfall li').length === 2");
    // What the search has found is shown as well.
    browser.evaluate("document.querySelectorAll('tbody button')[0].click()");
    browser.until("document.querySelector('#traces input').value.includes('onerror')");
    assert_eq!(browser.evaluate("window.hostile === undefined"), true);
    let made = browser
        .evaluate("document.querySelectorAll('img, script:not([src]), svg[onload], [onerror]').length");
    assert_eq!(made, 0);
    let linked = browser
        .evaluate("[...document.querySelectorAll('a')].every((a) => a.getAttribute('href').startsWith('#'))");
    assert_eq!(linked, true);
    let (text, _) = browser.shown();
    assert!(
        text.matches("<img src=x onerror=window.hostile=1>").count() > 30,
        "it is shown as it is: {text}"
    );
    assert_eq!(browser.complaints(), &[] as &[String], "no section failed over it, and nothing was refused");
}

#[test]
fn what_has_another_shape_hides_no_other_section() {
    let strange = [json!(null), json!(7), json!("text"), json!([]), json!([[1]]), json!({ "a": null })];
    let names = ["traces", "errors", "dependencies", "health", "limits", "usage"];
    let mut shown: Vec<Arc<dyn Insight>> =
        names.into_iter().zip(strange).map(|(name, value)| Arc::new(Shown(name, value)) as _).collect();
    shown.push(Arc::new(Shown("log", json!({ "lines": [{ "number": 1, "line": "still here" }] }))));
    let service = mounted(shown);
    let mut browser = Chromium::start();
    browser.open(&service.url("/inner/console"));
    browser.until("document.body.innerText.includes('still here')");
}
