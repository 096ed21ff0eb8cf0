//! Rooms, as clients see them: over sockets in memory.

#![allow(clippy::unwrap_used)]

mod bounds;
mod client;
mod identity;
mod polling;
mod repeating;
mod resuming;
mod succeeding;
mod talking;

use client::Client;

use super::*;

/// Rooms of these declarations.
fn rooms(declared: impl IntoIterator<Item = Room>) -> Rooms {
    rooms_with(&Config::default(), declared)
}

fn rooms_with(config: &Config, declared: impl IntoIterator<Item = Room>) -> Rooms {
    declared.into_iter().fold(Rooms::builder(config), Builder::room).build().unwrap()
}

/// Rooms in which everybody may do everything.
fn open(pattern: &str) -> Room {
    Room::new(pattern).join(Access::Everyone).push(Access::Everyone)
}

fn topic(name: &str) -> Topic {
    Topic::new(name).unwrap()
}

#[test]
fn declarations_that_make_no_sense_are_told_apart() {
    let error = |room: Room| Rooms::builder(&Config::default()).room(room).build().unwrap_err().to_string();
    assert!(error(Room::new("a*b")).starts_with("`topic`: `a*b` is no pattern of rooms"));
    assert!(error(Room::new("a").slow(queue::Slow::Coalesce)).starts_with("`key`: "));
    let twice = Rooms::builder(&Config::default()).room(open("a:*")).room(open("a:*")).build();
    assert_eq!(twice.unwrap_err().to_string(), "`topic`: `a:*` is there twice; keep one");
    for path in ["", "socket", "/socket/", "/{any}"] {
        let config = Config { path: path.into(), ..Config::default() };
        assert_eq!(Rooms::builder(&config).build().unwrap_err().key(), "path", "{path}");
    }
}
