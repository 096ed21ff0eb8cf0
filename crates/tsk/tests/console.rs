//! The console of a service, on its admin listener.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use tsk::core::Drain;
use tsk::prelude::*;

/// A service that runs until it is dropped.
struct Running {
    admin: String,
    public: String,
    drain: Drain,
}

impl Running {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
        config.admin.listen = Some("127.0.0.1:0".parse().unwrap());
        config.console.interval = Duration::from_millis(100);
        change(&mut config);
        let routes = Router::new().route(get("/users/{id}", || async { "ada" }));
        let app = App::new(config).routes(routes);
        let drain = app.drain();
        let bound = app.bind().await.unwrap();
        let admin = bound.admin_address().unwrap().tcp().unwrap().to_string();
        let public = bound.addresses()[0].tcp().unwrap().to_string();
        tokio::spawn(bound.serve());
        Self { admin, public, drain }
    }

    async fn get(&self, path: &str) -> String {
        let admin = self.admin.clone();
        let request = request(&admin, path);
        blocking(move || {
            let mut stream = TcpStream::connect(admin).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        })
        .await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.drain.start();
    }
}

fn request(host: &str, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")
}

async fn blocking<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// Somebody who looks on.
struct Looking(BufReader<TcpStream>);

impl Looking {
    async fn at(address: &str) -> Self {
        let (address, request) = (address.to_owned(), request(address, "/console/stream"));
        blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            Self(BufReader::new(stream))
        })
        .await
    }

    /// The next message that fits; `None` where the stream ends.
    async fn until(self, fits: fn(&Value) -> bool) -> Option<(Value, Self)> {
        let Self(mut lines) = self;
        blocking(move || {
            loop {
                let mut line = String::new();
                if lines.read_line(&mut line).unwrap() == 0 {
                    return None;
                }
                let Some(data) = line.strip_prefix("data: ") else { continue };
                let message = serde_json::from_str(data).unwrap();
                if fits(&message) {
                    return Some((message, Self(lines)));
                }
            }
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_what_is_asked_as_it_is_asked_and_ends_with_the_service() {
    let running = Running::start(|_| {}).await;
    let looking = Looking::at(&running.admin).await;
    let (message, looking) = looking.until(|_| true).await.unwrap();
    for name in ["http", "server", "health", "traces", "errors", "dependencies"] {
        assert!(message["names"].as_array().unwrap().contains(&name.into()), "{name}: {message}");
    }
    assert_eq!(message["changed"]["http"]["routes_with_requests"], 0);
    let (public, request) = (running.public.clone(), request(&running.public, "/users/42"));
    blocking(move || {
        let mut stream = TcpStream::connect(public).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    })
    .await;
    let (message, looking) =
        looking.until(|message| message["changed"]["http"]["routes_with_requests"] == 1).await.unwrap();
    assert_eq!(message["changed"]["http"]["routes"][0]["route"], "/users/{id}");
    assert_eq!(running.get("/insights/server").await.matches("\"accepted\":1").count(), 1);
    running.drain.start();
    assert!(looking.until(|_| false).await.is_none(), "who looks on does not hold up the end");
}

#[tokio::test]
async fn the_listener_names_the_page_and_not_its_parts() {
    let running = Running::start(|_| {}).await;
    let index = running.get("/").await;
    assert!(index.contains("GET    /console ") && !index.contains("console.js"), "{index}");
    assert!(running.get("/console").await.contains("<h1"));
    assert!(running.get("/console/console.js").await.contains("text/javascript"));
}

#[tokio::test]
async fn where_there_is_to_be_none_there_is_none() {
    let running = Running::start(|config| config.console.enabled = false).await;
    for path in ["/console", "/console/stream", "/console/console.js"] {
        assert!(running.get(path).await.starts_with("HTTP/1.1 404"), "{path}");
    }
}
