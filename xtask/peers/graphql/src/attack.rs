//! Documents that ask for too much.

use std::time::Instant;

use crate::tsk;

/// Prints how long each is looked at, in milliseconds, the slowest of ten times.
pub(crate) async fn run() {
    let graphql = tsk::server();
    for (name, body) in bodies() {
        let mut slowest = 0.0_f64;
        for _ in 0..10 {
            let body = body.clone().into();
            let started = Instant::now();
            let answer = tsk::answer(&graphql, body).await;
            slowest = slowest.max(started.elapsed().as_secs_f64() * 1_000.0);
            assert!(answer.starts_with(b"{\"errors\""), "{}", String::from_utf8_lossy(&answer));
        }
        println!("{name}: {slowest:.3} ms");
    }
}

fn bodies() -> Vec<(&'static str, String)> {
    let mut bomb = "{ user(id: 1) { ...F0 } }".to_owned();
    for at in 0..25 {
        bomb += &format!(" fragment F{at} on User {{ ...F{next} ...F{next} }}", next = at + 1);
    }
    bomb += " fragment F25 on User { id }";
    let fields = |count: usize, of: &dyn Fn(usize) -> String| format!("{{ {} }}", (0..count).map(of).collect::<String>());
    let one = |document: String| serde_json::json!({ "query": document }).to_string();
    vec![
        ("2^25 by nested fragments", one(bomb)),
        ("2,000 aliases", one(fields(2_000, &|at| format!("a{at}: user(id: 1) {{ id }} ")))),
        ("5,000 directives", one(format!("{{ user(id: 1) {} {{ id }} }}", "@skip(if: false) ".repeat(5_000)))),
        ("depth 200", one(format!("{{ user(id: 1) {} {{ id }} {} }}", "{ friend ".repeat(200), "}".repeat(200)))),
        ("100,000 braces", one("{".repeat(100_000))),
        ("a batch of 500", serde_json::Value::from_iter((0..500).map(|_| serde_json::json!({ "query": "{ user(id: 1) { id } }" }))).to_string()),
    ]
}
