//! Operations that are kept.

use bytesize::ByteSize;
use serde_json::json;
use tsk_graphql::Config;

use crate::{
    client::{ask, post},
    library::graphql,
};

#[tokio::test]
async fn an_operation_is_run_again_with_other_variables() {
    let graphql = graphql();
    for id in 0..3 {
        let request =
            json!({ "query": "query($id: Int!) { author(id: $id) { id } }", "variables": { "id": id } });
        assert_eq!(post(&graphql, &request).await.json()["data"]["author"]["id"], id);
    }
    assert!(format!("{graphql:?}").contains("operations: 1"), "{graphql:?}");
}

#[tokio::test]
async fn what_clients_make_up_takes_no_more_memory_than_is_allowed() {
    let config = Config { cache: ByteSize::kib(64), ..Config::default() };
    let graphql = graphql().config(&config).unwrap();
    for at in 0..500 {
        assert_eq!(
            ask(&graphql, &format!("{{ a{at}: hello }}")).await.json()["data"][format!("a{at}")],
            "hello you"
        );
    }
    let debug = format!("{graphql:?}");
    let bytes = debug.split("bytes: ").nth(1).unwrap().split([' ', ',', '}']).next().unwrap();
    assert!(bytes.parse::<u64>().unwrap() <= 64 << 10, "{debug}");
}

#[tokio::test]
async fn nothing_is_kept_where_there_is_no_room() {
    let graphql = graphql().config(&Config { cache: ByteSize(0), ..Config::default() }).unwrap();
    assert_eq!(ask(&graphql, "{ hello }").await.json()["data"]["hello"], "hello you");
    assert!(format!("{graphql:?}").contains("operations: 0"));
}
