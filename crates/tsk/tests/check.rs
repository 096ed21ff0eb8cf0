//! What is found without a start, and what is left alone.

#![allow(clippy::unwrap_used)]

use std::net::TcpListener;

use tsk::http::access_log::{self, Target};
use tsk::http::{Listen, Server, tls};
use tsk::prelude::*;

fn refusal(change: impl FnOnce(&mut Config)) -> (Option<String>, String) {
    let mut config = Config::default();
    change(&mut config);
    let mut errors: Vec<tsk::Error> = Server::check(&config.http).into_iter().map(Into::into).collect();
    errors.extend(App::new(config).validate().err());
    assert_eq!(errors.len(), 1, "{errors:?}");
    let error = errors.remove(0);
    (error.key().map(str::to_owned), error.to_string())
}

#[test]
fn finds_what_would_stop_the_start_and_names_the_setting() {
    for (key, change) in [
        ("http.listen", (|config| config.http.listen.clear()) as fn(&mut Config)),
        ("http.max_connections", |config| config.http.max_connections = 0),
        ("http.head_limit", |config| config.http.head_limit = "1MiB".parse().unwrap()),
        ("http.h2.max_streams", |config| config.http.h2.max_streams = 0),
        ("http.idle_timeout", |config| config.http.idle_timeout = Default::default()),
        ("http.listen[0].protocols", |config| config.http.listen[0].protocols.clear()),
        ("http.listen[1].tls", |config| {
            let tls = Some(tls::Config::new("/nowhere/cert.pem", "/nowhere/key.pem"));
            config.http.listen.push(Listen { tls, ..Listen::tcp("127.0.0.1", 0) });
        }),
        ("admin.token", |config| config.admin.token = Some("short".to_owned().into())),
        ("admin.listen", |config| config.admin.listen = Some("0.0.0.0:9464".parse().unwrap())),
        ("console.interval", |config| config.console.interval = Default::default()),
        ("http.request_id_header", |config| config.http.request_id_header = "a b".into()),
        ("http.compression.gzip_level", |config| config.http.compression.gzip_level = 10),
        ("http.compression.types", |config| config.http.compression.types = vec!["text".into()]),
        ("http.decompression.max_ratio", |config| config.http.decompression.max_ratio = 0),
        ("http.cors.origins", |config| config.http.cors.origins = vec!["example.com".into()]),
        ("http.security_headers.referrer_policy", |config| {
            config.http.security_headers.referrer_policy = "\n".into();
        }),
        ("http.access_log.headers", |config| {
            config.http.access_log =
                Some(access_log::Config { headers: vec!["cookie".into()], ..Default::default() });
        }),
    ] {
        let (named, message) = refusal(change);
        let named = named.unwrap_or_else(|| panic!("{key}: {message}"));
        assert!(named.starts_with(key), "{key}: {message}");
    }
}

#[test]
fn finds_routes_that_contradict_each_other() {
    let routes = Router::new().route(get("/a", || async {})).route(get("/a", || async {}));
    let error = App::new(Config::default()).routes(routes).validate().unwrap_err();
    assert!(error.http().is_some_and(|error| error.is_routes()) && error.key().is_none());
}

#[test]
fn finds_rooms_that_would_be_cut_off_while_they_are_closed() {
    let mut config = Config::default();
    config.rooms.drain_window = config.http.drain_timeout;
    App::new(config.clone()).validate().unwrap();
    let declared = App::new(config.clone()).room(tsk::ws::rooms::Room::new("chat:*"));
    let error = declared.validate().unwrap_err();
    assert_eq!(error.key(), Some("rooms.drain_window"));
    assert_eq!(
        error.to_string(),
        "`rooms.drain_window`: 30s is not shorter than `http.drain_timeout`, 30s: clients would be cut off before their turn; lower \
         the one or raise the other"
    );
    let mut named = config.clone();
    named.room = vec![tsk::ws::rooms::RoomConfig::new("chat:*")];
    assert_eq!(App::new(named).validate().unwrap_err().key(), Some("rooms.drain_window"));
    config.rooms.drain_window -= std::time::Duration::from_millis(1);
    App::new(config).room(tsk::ws::rooms::Room::new("chat:*")).validate().unwrap();
}

#[test]
fn neither_listens_nor_makes_a_file() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("access.log");
    let mut config = Config::default();
    config.http.listen = vec![Listen::tcp("127.0.0.1", taken.local_addr().unwrap().port())];
    config.http.access_log =
        Some(access_log::Config { to: Target::File(file.clone()), ..Default::default() });
    App::new(config).validate().unwrap();
    assert!(!file.exists());
}
