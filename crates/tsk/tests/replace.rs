//! A service whose application is replaced while it runs.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use tsk::{auth::access::Demand, prelude::*};

fn app(text: &'static str, change: impl FnOnce(&mut Config)) -> App {
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.http.drain_grace = Duration::ZERO;
    config.admin.enabled = false;
    change(&mut config);
    App::new(config).routes(Router::new().route(get("/", move || async move { text })))
}

/// All that the service answers on a connection of its own.
async fn ask(address: SocketAddr) -> String {
    tell(address, "GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n".into()).await
}

/// All that the service answers to a request.
async fn tell(address: SocketAddr, request: String) -> String {
    let asking = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    asking.await.unwrap()
}

#[tokio::test]
async fn routes_layers_and_settings_are_those_of_the_new_one() {
    let first = app("old", |_| {});
    let drain = first.drain();
    let bound = first.bind().await.unwrap();
    let (address, handle) = (bound.addresses()[0].tcp().unwrap(), bound.handle());
    let serving = tokio::spawn(bound.serve());
    assert!(ask(address).await.ends_with("old"));

    let second = app("new", |config| {
        config.http.request_id_header = "x-other-id".into();
        config.http.access_log = Some(tsk::http::access_log::Config {
            to: tsk::http::access_log::Target::File("/dev/null".into()),
            ..Default::default()
        });
    });
    let stop = second.drain();
    assert!(handle.replace(second).await.unwrap().is_empty());
    assert!(drain.is_started(), "the old one has nothing more to do");
    let answer = ask(address).await;
    assert!(answer.ends_with("new") && answer.contains("x-other-id: "), "{answer}");

    stop.start();
    serving.await.unwrap().unwrap();
    assert!(handle.replace(app("late", |_| {})).await.unwrap_err().is_stopped());
}

#[tokio::test]
async fn sessions_go_on_under_the_new_settings() {
    let app = |sessions: usize| {
        let count = |session: Session| async move {
            let count = session.get::<u32>("count").await?.unwrap_or(0) + 1;
            session.set("count", &count).await.map(|()| format!("count {count}"))
        };
        app("old", |config| {
            let settings = tsk::auth::config::SessionConfig { sessions, ..Default::default() };
            config.auth.session = Some(settings);
        })
        .routes(Router::new().route(get("/count", count)).access(Access::public()))
        .auth(|auth| auth.demand(Demand::new("/", Access::public())))
    };
    let ask = async |address: SocketAddr, cookie: &str| {
        let request =
            format!("GET /count HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncookie: {cookie}\r\n\r\n");
        tell(address, request).await
    };
    let bound = app(100).bind().await.unwrap();
    let (address, handle) = (bound.addresses()[0].tcp().unwrap(), bound.handle());
    let serving = tokio::spawn(bound.serve());
    let first = ask(address, "").await;
    let cookie = first.split_once("set-cookie: ").unwrap().1.split_once(';').unwrap().0;
    let second = app(200);
    let stop = second.drain();
    assert_eq!(handle.replace(second).await.unwrap(), ["auth.session.sessions"]);
    let second = ask(address, cookie).await;
    assert!(second.ends_with("count 2"), "{second}");
    stop.start();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn one_that_is_wrong_changes_nothing() {
    let first = app("old", |_| {});
    let drain = first.drain();
    let bound = first.bind().await.unwrap();
    let (address, handle) = (bound.addresses()[0].tcp().unwrap(), bound.handle());
    let serving = tokio::spawn(bound.serve());

    let wrong_routes = app("new", |_| {}).routes(Router::new().route(get("/", || async { "twice" })));
    assert!(handle.replace(wrong_routes).await.is_err());
    let wrong_settings = app("new", |config| config.http.max_connections = 0);
    assert!(handle.replace(wrong_settings).await.is_err());
    assert!(!drain.is_started());
    assert!(ask(address).await.ends_with("old"));

    drain.start();
    serving.await.unwrap().unwrap();
}

#[test]
fn an_application_is_checked_without_listening() {
    let table =
        app("hello", |config| config.http.listen = vec!["127.0.0.1:1".parse().unwrap()]).validate().unwrap();
    let templates: Vec<_> = table.iter().map(|endpoint| endpoint.to_string()).collect();
    assert_eq!(templates, ["GET /"]);
    assert!(app("hello", |config| config.http.request_id_header = "no name".into()).validate().is_err());
}

#[tokio::test]
async fn what_clients_have_used_up_is_kept() {
    let limited = |limit: u32, memory: u64| {
        app("hello", |config| {
            let limit = format!("[[limit]]\nname = 'all'\nlimit = {limit}\nwindow = '1h'");
            let text = Config::loader().text("tsk.toml", &limit).environment([("", ""); 0]).load::<Config>();
            config.limit = text.unwrap().limit;
            config.limits.memory = (memory << 20).to_string().parse().unwrap();
        })
    };
    let bound = limited(2, 16).bind().await.unwrap();
    let (address, handle) = (bound.addresses()[0].tcp().unwrap(), bound.handle());
    let serving = tokio::spawn(bound.serve());
    for expected in ["200 OK", "200 OK", "429 Too Many Requests"] {
        assert!(ask(address).await.starts_with(&format!("HTTP/1.1 {expected}")));
    }
    assert!(handle.replace(limited(2, 16)).await.unwrap().is_empty());
    assert!(ask(address).await.starts_with("HTTP/1.1 429"));
    // One that allows more begins anew.
    let last = limited(3, 32);
    let stop = last.drain();
    assert_eq!(handle.replace(last).await.unwrap(), ["limits.memory"]);
    assert!(ask(address).await.starts_with("HTTP/1.1 200"));
    stop.start();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_was_said_in_rooms_is_kept() {
    let with_room = |count: usize| {
        app("hello", |config| {
            let room =
                format!("[[room]]\ntopic = 'news'\njoin = 'everyone'\nhistory = {{ count = {count} }}");
            let text = Config::loader().text("tsk.toml", &room).environment([("", ""); 0]).load::<Config>();
            config.room = text.unwrap().room;
        })
    };
    let bound = with_room(10).bind().await.unwrap();
    let (address, handle) = (bound.addresses()[0].tcp().unwrap(), bound.handle());
    let serving = tokio::spawn(bound.serve());
    let news = tsk::ws::rooms::Topic::new("news").unwrap();
    let say = |n: &str| {
        let payload = tsk::ws::rooms::Payload::json(n).unwrap();
        handle.rooms().unwrap().broadcast(&news, "said", &payload).unwrap()
    };
    assert_eq!(say("1"), 1);
    let epoch = handle.rooms().unwrap().list()[0].epoch.clone();
    let last = with_room(20);
    let stop = last.drain();
    assert!(handle.replace(last).await.unwrap().is_empty());
    assert_eq!(say("2"), 2);
    // Whoever was told before goes on where it was.
    let listening = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "GET /socket/events?topic=news HTTP/1.1\r\nhost: test\r\nlast-event-id: {epoch}-0\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let (mut heard, mut byte) = (String::new(), [0]);
        while !heard.contains("data: 2\n") {
            stream.read_exact(&mut byte).unwrap();
            heard.push(byte[0].into());
        }
        heard
    });
    let heard = listening.await.unwrap();
    assert!(heard.contains("data: 1\n") && !heard.contains("history_gap"), "{heard}");
    stop.start();
    serving.await.unwrap().unwrap();
}
