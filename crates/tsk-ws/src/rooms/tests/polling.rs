//! Clients that poll.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use data_encoding::BASE64;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower_service::Service;
use tsk_core::{
    Authority, Body, Peer, Principal, Problem, RequestContext,
    authority::{Authenticating, Caller},
    context::{Params, Scope},
    principal::Kind,
};

use super::{
    super::{clock, longpoll},
    client::Client,
    *,
};
use crate::Sockets;

/// Believes whoever shows a name: `late` until now, others for an hour.
#[derive(Debug)]
struct Names;

impl Authority for Names {
    fn authenticate<'a>(&'a self, proof: &'a str) -> Authenticating<'a> {
        let name = proof.strip_prefix("Bearer ").unwrap_or_default().to_owned();
        Box::pin(async move {
            if name == "nobody" {
                return Err(Problem::new(StatusCode::UNAUTHORIZED));
            }
            let left = Duration::from_secs(if name == "late" { 0 } else { 3600 });
            let principal = Principal::new(&*name, Kind::User).expires(SystemTime::now() + left);
            Ok(Caller::new(Arc::new(principal), None))
        })
    }

    fn permits(&self, _: &Caller, _: &str) -> bool {
        false
    }
}

/// One request of somebody by that name, if it has one.
async fn ask(rooms: &Rooms, name: Option<&str>, query: &str, body: Option<&str>) -> Value {
    let scope = Scope::new(Default::default(), Peer::Local).with_authority(Arc::new(Names));
    let mut request = Request::builder().uri(format!("/longpoll?vsn=2.0.0{query}"));
    if let Some(name) = name {
        request = request.header("x-phoenix-authtoken", name);
    }
    let method = if body.is_some() { "POST" } else { "GET" };
    let mut request = request.method(method).body(Body::from(body.unwrap_or_default().to_owned())).unwrap();
    RequestContext::attach(request.extensions_mut(), &Arc::new(scope), usize::MAX, Params::default());
    let mut response = rooms.endpoint().call(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut text = Vec::new();
    while let Some(chunk) = response.body_mut().chunk().await.unwrap() {
        text.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&text).unwrap()
}

/// Begins to poll, and gives what is to be added to the query from then on.
pub(super) async fn begin(rooms: &Rooms, name: Option<&str>) -> String {
    let begun = ask(rooms, name, "", None).await;
    assert_eq!(begun["status"], 410);
    format!("&token={}", begun["token"].as_str().unwrap())
}

fn said(reference: &str, event: &str) -> String {
    json!(["1", reference, "chat:1", event, {}]).to_string()
}

#[tokio::test]
async fn each_line_is_a_message_and_bytes_are_in_base64() {
    let rooms = rooms([open("chat:*")]);
    let mut ada = Client::connect(&rooms);
    ada.join("chat:1", json!({})).await;
    let token = begin(&rooms, None).await;
    // A push of bytes, as the protocol has it: sort, lengths, join_ref, ref, topic, event, payload.
    let bytes = BASE64.encode(b"\x00\x01\x01\x06\x0513chat:1bytes\x00\xff");
    let lines = [said("1", "phx_join"), said("2", "said"), String::new(), bytes].join("\n");
    assert_eq!(ask(&rooms, None, &token, Some(&lines)).await["status"], 200);
    assert_eq!(ada.next().await[3], "said");
    assert!(ada.next_bytes().await.ends_with(b"\x00\xff"));
    let answered = ask(&rooms, None, &token, None).await;
    assert_eq!(answered["status"], 200);
    let messages: Vec<Value> = answered["messages"].as_array().unwrap().clone();
    let messages = messages.iter().map(|text| serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap());
    let events: Vec<String> = messages.map(|message| message[3].as_str().unwrap().to_owned()).collect();
    assert_eq!(events, ["phx_reply", "said", "phx_reply", "bytes", "phx_reply"]);
}

#[tokio::test]
async fn a_request_has_so_many_lines_and_bytes_and_no_more() {
    let config = crate::Config { max_message: bytesize::ByteSize::kib(64), ..Default::default() };
    let sockets = Sockets::new(&config).unwrap();
    let rooms = Rooms::builder(&Config { burst: 1000, ..Config::default() }).sockets(&sockets);
    let rooms = rooms.room(open("chat:*")).build().unwrap();
    let token = begin(&rooms, None).await;
    let lines = |count: usize| vec![r#"[null,"1","phoenix","heartbeat",{}]"#; count].join("\n");
    assert_eq!(ask(&rooms, None, &token, Some(&lines(200))).await["status"], 200);
    assert_eq!(ask(&rooms, None, &token, Some(&lines(201))).await["status"], 413);
    let one = lines(1);
    let long = |length: usize| format!("{}{one}", " ".repeat(length - one.len()));
    assert_eq!(ask(&rooms, None, &token, Some(&long(64 << 10))).await["status"], 200);
    assert_eq!(ask(&rooms, None, &token, Some(&long((64 << 10) + 1))).await["status"], 413);
    // What was refused was not heard in part.
    let messages = ask(&rooms, None, &token, None).await["messages"].as_array().unwrap().len();
    assert_eq!(messages, 201);
}

#[tokio::test]
async fn a_token_is_of_use_to_nobody_else() {
    let rooms = rooms([open("chat:*")]);
    let token = begin(&rooms, Some("ada")).await;
    assert_eq!(ask(&rooms, Some("eve"), &token, Some(&said("1", "phx_join"))).await["status"], 410);
    for other in [Some("eve"), None] {
        let begun = ask(&rooms, other, &token, None).await;
        assert_eq!(begun["status"], 410);
        assert!(!token.ends_with(begun["token"].as_str().unwrap()));
    }
    assert_eq!(ask(&rooms, Some("nobody"), &token, None).await["status"], 403);
    assert_eq!(ask(&rooms, Some("ada"), &token, Some(&said("1", "phx_join"))).await["status"], 200);
    assert_eq!(rooms.members(&topic("chat:1")).unwrap()[0].user.as_deref(), Some("ada"));
}

/// The official client shows who it is with what it asks for, and not with what it says.
#[tokio::test]
async fn what_is_said_needs_no_more_than_the_token() {
    let rooms = rooms([open("chat:*")]);
    let token = begin(&rooms, Some("ada")).await;
    assert_eq!(ask(&rooms, None, &token, Some(&said("1", "phx_join"))).await["status"], 200);
    assert_eq!(rooms.members(&topic("chat:1")).unwrap()[0].user.as_deref(), Some("ada"));
    let guessed = format!("{}0", &token[..token.len() - 1]);
    let guessed = if guessed == token { format!("{}1", &token[..token.len() - 1]) } else { guessed };
    assert_eq!(ask(&rooms, None, &guessed, Some(&said("2", "said"))).await["status"], 410);
}

#[tokio::test(start_paused = true)]
async fn who_polls_no_more_has_left() {
    let rooms = rooms([open("chat:*")]);
    let token = begin(&rooms, None).await;
    ask(&rooms, None, &token, Some(&said("1", "phx_join"))).await;
    assert_eq!(rooms.list()[0].members, 1);
    // Nothing is said: it is told so in time, and is there.
    ask(&rooms, None, &token, None).await;
    let waited = tokio::time::Instant::now();
    assert_eq!(ask(&rooms, None, &token, None).await["status"], 204);
    assert_eq!(waited.elapsed(), longpoll::WINDOW);
    let timeout = Config::default().poll_timeout;
    rooms.0.polls.sweep(clock::now() + timeout, timeout);
    assert_eq!(rooms.list()[0].members, 1);
    rooms.0.polls.sweep(clock::now() + timeout + longpoll::WINDOW, timeout);
    assert!(rooms.list().is_empty() && rooms.connections().is_empty());
    assert_eq!(ask(&rooms, None, &token, Some(&said("2", "said"))).await["status"], 410);
}

#[tokio::test]
async fn who_is_not_believed_any_more_has_left() {
    let rooms = rooms([open("chat:*")]);
    let late = begin(&rooms, Some("late")).await;
    let ada = begin(&rooms, Some("ada")).await;
    ask(&rooms, Some("late"), &late, Some(&said("1", "phx_join"))).await;
    ask(&rooms, Some("ada"), &ada, Some(&said("1", "phx_join"))).await;
    rooms.0.polls.sweep(clock::now(), Config::default().poll_timeout);
    let left = rooms.members(&topic("chat:1")).unwrap();
    assert_eq!((left.len(), left[0].user.as_deref()), (1, Some("ada")));
    assert_eq!(ask(&rooms, Some("late"), &late, Some(&said("2", "said"))).await["status"], 410);
}
