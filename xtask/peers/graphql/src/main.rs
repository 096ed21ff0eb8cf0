//! One schema, by the product, by async-graphql and by juniper_hyper: `graphql ENGINE QUERY COUNT` prints what an answer took, in
//! nanoseconds of processor time, from the bytes of a body to the bytes of an answer. `graphql attack` has the product refuse
//! documents that ask for too much, and prints how long it took for each.

mod attack;
mod others;
mod tsk;

use std::time::Duration;

use bytes::Bytes;

/// What is asked.
fn body(query: &str) -> Bytes {
    let document = match query {
        "one" => "query One($id: Int!) { user(id: $id) { id name email } }",
        "fifty" => "query Fifty { users(first: 50) { id name email age active } }",
        "listed" => "query Listed { listed(first: 50) { id name email age active } }",
        "plain" => "query Plain { users(first: 50) { id friend { name } } }",
        "loaded" => "query Loaded { users(first: 50) { id loaded { name } } }",
        _ => panic!("a query is one, fifty, listed, plain or loaded, not {query}"),
    };
    let variables = if query == "one" { serde_json::json!({ "id": 7 }) } else { serde_json::json!({}) };
    serde_json::json!({ "query": document, "variables": variables }).to_string().into()
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (engine, query, count) = match &args[..] {
        [engine, query, count] => (engine.as_str(), query, count.parse::<u32>().expect("a number")),
        [attack] if attack == "attack" => return runtime.block_on(attack::run()),
        _ => panic!("graphql ENGINE QUERY COUNT, or graphql attack"),
    };
    let body = body(query);
    let took = runtime.block_on(async {
        match engine {
            "tsk" => measure(count, tsk::server(), async |tsk| tsk::answer(tsk, body.clone()).await).await,
            "async-graphql" => {
                measure(count, others::async_graphql(), async |schema| others::answer(schema, &body).await).await
            }
            "juniper_hyper" => {
                measure(count, others::juniper(), async |schema| others::answer_hyper(schema, body.clone()).await).await
            }
            _ => panic!("an engine is tsk, async-graphql or juniper_hyper, not {engine}"),
        }
    });
    println!("{}", took.as_nanos() as f64 / f64::from(count));
}

/// The time for so many answers, after a few that warm it up; all of them have data and no errors.
async fn measure<S>(count: u32, server: S, answer: impl AsyncFn(&S) -> Vec<u8>) -> Duration {
    let expected = answer(&server).await;
    assert!(expected.starts_with(b"{\"data\":{\"") || expected.starts_with(b"{\n  \"data\""), "{}", String::from_utf8_lossy(&expected));
    for _ in 0..count / 10 {
        answer(&server).await;
    }
    let started = ran();
    for _ in 0..count {
        assert_eq!(answer(&server).await.len(), expected.len());
    }
    ran() - started
}

/// The processor time of this thread.
pub(crate) fn ran() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux has it");
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.expect("the first number is the time on a processor"))
}
