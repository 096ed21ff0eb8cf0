//! The admin listener of a service, as an operator finds it.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use tsk::core::{Drain, Insight};
use tsk::prelude::*;

/// A service that runs until it is dropped, and where its admin listener is.
struct Running {
    address: String,
    drain: Drain,
}

impl Running {
    async fn start(app: impl FnOnce(App) -> App) -> Self {
        let mut config = Config::default();
        config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
        config.admin.listen = Some("127.0.0.1:0".parse().unwrap());
        let app = app(App::new(config));
        let drain = app.drain();
        let bound = app.bind().await.unwrap();
        let address = bound.admin_address().unwrap().tcp().unwrap().to_string();
        tokio::spawn(bound.serve());
        Self { address, drain }
    }

    /// The status and the body of an answer.
    async fn get(&self, path: &str) -> (u16, String) {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        let address = self.address.clone();
        let asking = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = asking.await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.drain.start();
    }
}

struct Jobs;

impl Insight for Jobs {
    fn name(&self) -> &str {
        "jobs"
    }

    fn snapshot(&self) -> Value {
        json!({ "waiting": 3 })
    }
}

#[tokio::test]
async fn what_the_application_shows_can_be_looked_into() {
    let running = Running::start(|app| app.insight(Jobs)).await;
    let names: Vec<String> = serde_json::from_str(&running.get("/insights").await.1).unwrap();
    assert!(names.contains(&"jobs".to_owned()), "{names:?}");
    assert_eq!(running.get("/insights/jobs").await, (200, r#"{"waiting":3}"#.to_owned()));
    let (status, problem) = running.get("/insights/nothing").await;
    assert!(status == 404 && problem.contains("`/insights` has the names"), "{problem}");
}

#[test]
fn two_of_one_name_are_refused() {
    let error = App::new(Config::default()).insight(Jobs).insight(Jobs).check().unwrap_err();
    assert_eq!(error.to_string(), "two insights are called `jobs`: give one another name");
}
