//! Rooms of `tsk web start`, with no code: the official client, browsers, and whoever only listens.

use std::io::{BufRead as _, BufReader, Write as _};

use serde_json::{Value, json};
use tsk_tests::{Chromium, Server, Site, curl, phoenix, phoenix_script, phoenix_with_token, run, until};

const ROOMS: &str = r#"
[[room]]
topic = "chat:*"
join = "everyone"
push = "everyone"
presence = true
history = { count = 50 }

[[room]]
topic = "closed"
join = "chat:join"
"#;

fn site() -> Site {
    Site::empty().file("tsk.toml", ROOMS)
}

#[test]
fn the_official_client_works_as_it_is_over_a_socket() {
    let site = site();
    let server = Server::start(&site);
    assert_eq!(phoenix("sockets", &server.url("/socket").replace("http", "ws")), "understood");
}

#[test]
fn the_official_client_works_as_it_is_by_polling() {
    let site = site();
    let server = Server::start(&site);
    assert_eq!(phoenix("polls", &server.url("/socket")), "understood");
}

/// The chat of the example, in two windows.
#[test]
fn two_windows_talk_to_each_other() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/tsk/examples/chat/");
    let read = |name: &str| std::fs::read(format!("{examples}{name}")).expect("the example is there");
    let site = site().file("public/index.html", read("index.html")).file("public/chat.js", read("chat.js"));
    let server = Server::start(&site);
    let (mut ada, mut bob) = (Chromium::start(), Chromium::start());
    ada.open(&server.url("/?nick=ada"));
    bob.open(&server.url("/?nick=bob"));
    until("they see each other", || {
        let there = |window: &mut Chromium| window.evaluate("document.getElementById('there').textContent");
        let seen = (there(&mut ada), there(&mut bob));
        if seen.0 == "ada, bob" && seen.1 == "ada, bob" { Ok(()) } else { Err(Box::new(seen)) }
    });
    ada.fill("#text", "hello <b>bob</b>");
    ada.evaluate("document.getElementById('say').requestSubmit()");
    until("both hear it, as text", || {
        let said = |window: &mut Chromium| window.evaluate("document.getElementById('said').innerHTML");
        let expected = "<li>ada: hello &lt;b&gt;bob&lt;/b&gt;</li>";
        let heard = (said(&mut ada), said(&mut bob));
        if heard.0 == expected && heard.1 == expected { Ok(()) } else { Err(Box::new(heard)) }
    });
}

#[test]
fn the_official_client_works_in_a_browser() {
    let page = r#"<!doctype html><script src=/phoenix.min.js></script><script>
        const socket = new Phoenix.Socket("/socket");
        socket.connect();
        const channel = socket.channel("chat:1");
        channel.on("bytes", (bytes) => (document.title = [...new Uint8Array(bytes)].join(" ")));
        channel.join().receive("ok", () => channel.push("bytes", new Uint8Array([1, 2, 255]).buffer));
    </script>"#;
    let site = site().file("public/index.html", page).file("public/phoenix.min.js", phoenix_script());
    let server = Server::start(&site);
    let mut window = Chromium::start();
    window.open(&server.url("/"));
    until("bytes", || match window.evaluate("document.title") {
        title if title == "1 2 255" => Ok(()),
        other => Err(other),
    });
}

#[test]
fn whoever_only_listens_hears_what_is_said_and_goes_on_where_it_was() {
    let site = site();
    let server = Server::start(&site);
    let ask = |extra: &str| {
        let mut stream = server.connect();
        let head = format!("GET /socket/events?topic=chat%3A1 HTTP/1.1\r\nhost: localhost\r\n{extra}\r\n");
        stream.write_all(head.as_bytes()).expect("the server reads");
        BufReader::new(stream).lines().map(|line| line.expect("in time"))
    };
    let mut listening = ask("");
    assert!(listening.next().is_some_and(|line| line.ends_with("200 OK")));
    assert!(listening.by_ref().any(|line| line == "event: presence_state"));
    // Somebody who polls says something.
    let url = server.url("/socket/longpoll?vsn=2.0.0");
    let asked = |args: &[&str]| -> Value { serde_json::from_str(curl(args).text()).expect("it is JSON") };
    let token = asked(&[&url])["token"].as_str().expect("a token").to_owned();
    let lines =
        [json!(["1", "1", "chat:1", "phx_join", {}]), json!(["1", "2", "chat:1", "said", { "n": 1 }])];
    let body = lines.map(|line| line.to_string()).join("\n");
    let sent = asked(&[&format!("{url}&token={token}"), "--data-binary", &body]);
    assert_eq!(sent["status"], 200);
    let id = listening.by_ref().find_map(|line| line.strip_prefix("id: ").map(str::to_owned));
    let id = id.expect("what is said has a place");
    assert!(listening.by_ref().any(|line| line == r#"data: {"n":1}"#));
    let again = body.replace(r#""n":1"#, r#""n":2"#);
    curl(&[&format!("{url}&token={token}"), "--data-binary", &again]);
    let mut listening = ask(&format!("last-event-id: {id}\r\n"));
    assert!(listening.by_ref().any(|line| line == "event: said"));
    assert_eq!(listening.next().as_deref(), Some(r#"data: {"n":2}"#));
    let closed = curl(&[&server.url("/socket/events?topic=closed")]);
    assert_eq!(closed.status, 403);
}

#[test]
fn operators_see_who_is_there_speak_and_disconnect() {
    let site = site();
    let server = Server::start(&site);
    let mut stream = server.connect();
    let head = "GET /socket/events?topic=chat%3A1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("the server reads");
    let mut listening = BufReader::new(stream).lines().map(|line| line.expect("in time"));
    assert!(listening.by_ref().any(|line| line == "event: presence_state"));
    let tsk = |args: &[&str]| {
        let ended = run(site.folder(), args);
        (ended.status.code(), ended.lines.join("\n"))
    };
    let (code, listed) = tsk(&["rooms", "list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).expect("it is JSON");
    assert_eq!((code, &listed[0]["topic"], &listed[0]["members"]), (Some(0), &json!("chat:1"), &json!(1)));
    let (_, said) = tsk(&["rooms", "publish", "chat:1", "notice", r#"{"text":"soon"}"#]);
    assert_eq!(said.trim_end(), "said, as number 1 in the room");
    assert!(listening.by_ref().any(|line| line == r#"data: {"text":"soon"}"#));
    let (_, members) = tsk(&["rooms", "members", "chat:1", "--json"]);
    let members: Value = serde_json::from_str(&members).expect("it is JSON");
    assert_eq!(members[0]["transport"], "sse");
    let number = members[0]["connection"].to_string();
    let (_, closed) = tsk(&["rooms", "disconnect", "--connection", &number]);
    assert_eq!(closed.trim_end(), "1 connection is closed");
    // The stream ends.
    listening.for_each(drop);
    assert_eq!(tsk(&["rooms", "members", "nowhere"]).0, Some(1));
    assert_eq!(tsk(&["rooms", "disconnect"]).0, Some(2));
}

#[test]
fn the_official_client_shows_a_token() {
    let site = Site::empty().file("public/index.html", "");
    let site = site.file("tsk.toml", format!("[auth]\napi_keys = \"keys.json\"\n{ROOMS}"));
    let create = |scope: &str| {
        let named = ["auth", "keys", "create", "--name", "chat", "--owner", "ada", "--scope", scope];
        let ended = run(site.folder(), named);
        ended.lines.into_iter().find(|line| line.starts_with("tsk_live_")).expect("it prints the key")
    };
    let (good, poor) = (create("chat:join"), create("chat:look"));
    let server = Server::start(&site);
    let mut wrong = good.clone();
    wrong.replace_range(20..21, if &good[20..21] == "a" { "b" } else { "a" });
    for (transport, url) in
        [("sockets", server.url("/socket").replace("http", "ws")), ("polls", server.url("/socket"))]
    {
        assert_eq!(phoenix_with_token(transport, &url, &good), "joined", "{transport}");
        assert_eq!(phoenix_with_token(transport, &url, &poor), "unauthorized", "{transport}");
        assert_eq!(phoenix_with_token(transport, &url, &wrong), "not let in", "{transport}");
    }
}

#[test]
fn what_is_said_is_charged_to_the_limits() {
    let limited = r#"
[[limit]]
name = "all"
limit = 6
window = "1h"

[[room]]
topic = "dear"
join = "everyone"
push = "everyone"
cost = 2
"#;
    let site = Site::empty().file("tsk.toml", limited);
    let server = Server::start(&site);
    let url = server.url("/socket/longpoll?vsn=2.0.0");
    let asked = |args: &[&str]| -> Value { serde_json::from_str(curl(args).text()).expect("it is JSON") };
    // One for the request, one for the next and one for the join, and two for what is said: of six, one is left.
    let token = asked(&[&url])["token"].as_str().expect("a token").to_owned();
    let url = format!("{url}&token={token}");
    let said = |reference: &str, event: &str| json!(["1", reference, "dear", event, {}]).to_string();
    let lines = [said("1", "phx_join"), said("2", "said"), said("3", "said")].join("\n");
    assert_eq!(asked(&[&url, "--data-binary", &lines])["status"], 200);
    let answered = asked(&[&url]);
    let messages = answered["messages"].as_array().expect("messages").iter();
    let messages =
        messages.map(|text| serde_json::from_str::<Value>(text.as_str().expect("text")).expect("JSON"));
    let heard: Vec<Value> =
        messages.map(|message| json!([message[1], message[3], message[4]["status"]])).collect();
    let expected = json!([
        ["1", "phx_reply", "ok"],
        [null, "said", null],
        ["2", "phx_reply", "ok"],
        ["3", "phx_reply", "error"]
    ]);
    assert_eq!(Value::from(heard), expected);
    // That was the last of six.
    assert_eq!(curl(&[&url]).status, 429);
}
