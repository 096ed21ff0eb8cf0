//! What operators see.

use serde_json::json;
use tsk_core::Insight as _;

use crate::{
    client::{ask, post},
    library::graphql,
};

#[tokio::test]
async fn operations_are_seen_by_name_with_what_they_took_and_cost_and_without_their_text() {
    let graphql = graphql();
    let greet = json!({ "query": "query Greet { hello authors(first: 2) { id } }" });
    for _ in 0..3 {
        post(&graphql, &greet).await;
    }
    ask(&graphql, "{ secret: broken }").await;
    let shown = graphql.snapshot();
    assert_eq!(graphql.name(), "graphql");
    assert_eq!(shown["kept"]["operations"], 2);
    let operations = shown["operations"].as_array().unwrap();
    let greet = operations.iter().find(|operation| operation["name"] == "Greet").unwrap();
    assert_eq!((&greet["type"], &greet["measured"]["runs"]), (&json!("query"), &json!(3)));
    assert_eq!(greet["measured"]["cost"], json!({ "estimated": 6, "actual": 6 }));
    let other = operations.iter().find(|operation| operation["name"] == "_other").unwrap();
    assert_eq!(other["measured"]["failed"], 1);
    assert!(!shown.to_string().contains("secret"), "{shown}");
}
