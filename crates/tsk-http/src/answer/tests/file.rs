//! Files as the answers of handlers.

use std::{
    fs::{self, File},
    time::{Duration, UNIX_EPOCH},
};

use super::super::*;
use crate::{
    Files, Query, Router, State, get, post,
    testing::{Client, Response},
};

#[derive(serde::Deserialize)]
struct Asked {
    path: String,
}

async fn serve(
    State(files): State<Files>,
    Query(asked): Query<Asked>,
    file: FileRequest,
) -> http::Response<tsk_core::Body> {
    file.serve(&files, asked.path).await
}

fn site() -> (tempfile::TempDir, Client) {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("root");
    fs::create_dir_all(root.join("deep")).unwrap();
    fs::write(directory.path().join("outside.txt"), "secret").unwrap();
    fs::write(root.join("deep/index.html"), "an index").unwrap();
    fs::write(root.join("deep/a b%.txt"), "0123456789").unwrap();
    let file = File::options().write(true).open(root.join("deep/a b%.txt")).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(784_111_777)).unwrap();
    let routes = Router::new().route(get("/file", serve)).route(post("/file", serve));
    let routes = routes.state(Files::new(&root).unwrap()).build().unwrap();
    (directory, Client::of(&routes))
}

const PATH: &str = "/file?path=deep/a%20b%25.txt";

fn seen(response: &Response) -> (u16, Option<&str>) {
    (response.status().as_u16(), response.header("content-length"))
}

#[tokio::test]
async fn a_file_is_answered_with_as_files_does() {
    let (_directory, client) = site();
    let whole = client.get(PATH).await;
    assert_eq!(seen(&whole), (200, Some("10")));
    assert_eq!(whole.header("content-type"), Some("text/plain; charset=utf-8"));
    let tag = whole.header("etag").unwrap().to_owned();
    assert_eq!(whole.text().await, "0123456789");

    let part = client.get(PATH).header("range", "bytes=2-4").await;
    assert_eq!((seen(&part), part.header("content-range")), ((206, Some("3")), Some("bytes 2-4/10")));
    assert_eq!(part.text().await, "234");
    assert_eq!(client.get(PATH).header("if-none-match", &*tag).await.status(), 304);
    assert_eq!(client.get(PATH).header("range", "bytes=20-").await.status(), 416);

    let head = client.head(PATH).await;
    assert_eq!(seen(&head), (200, Some("10")));
    assert_eq!(head.text().await, "");
    let posted = client.post(PATH).header("if-none-match", &*tag).header("range", "bytes=0-1").await;
    assert_eq!(posted.text().await, "0123456789", "the conditions of a POST are not of this file");
}

#[tokio::test]
async fn what_leads_elsewhere_is_not_there() {
    let (directory, client) = site();
    let absolute = directory.path().join("outside.txt").display().to_string();
    for path in [
        "none",
        "../outside.txt",
        "deep/../../outside.txt",
        "deep",
        "%252e%252e/outside.txt",
        ".hidden",
        &absolute,
    ] {
        let response = client.get(&format!("/file?path={path}")).await;
        assert_eq!(response.status(), 404, "{path}");
        assert!(!response.text().await.contains("secret"), "{path}");
    }
}
