//! What is said and heard while there is a connection.

use bytes::Bytes;

use super::*;
use crate::rooms::{Answer, Welcome};

#[tokio::test(start_paused = true)]
async fn what_is_said_is_answered_and_heard() {
    let rooms = rooms(kept(10));
    let network = Network::new(&rooms);
    let (ada, bob) = (network.client(), network.client());
    let mut heard_by_bob = bob.join("chat:1").await.unwrap();
    let lobby = ada.join("chat:1").await.unwrap();
    let reply = lobby.push("said", &json!({ "text": "hello" })).await.unwrap();
    assert_eq!((reply.offset(), reply.is_duplicate()), (Some(1), false));
    let message =
        next(
            &mut heard_by_bob,
            |event| if let Event::Message(message) = event { Some(message) } else { None },
        )
        .await;
    assert_eq!((message.event(), message.position().unwrap().offset), ("said", 1));
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Chat {
        Said { text: String },
    }
    assert_eq!(message.typed::<Chat>().unwrap(), Chat::Said { text: "hello".into() });
    assert_eq!(heard_by_bob.position().unwrap().offset, 1);
}

#[tokio::test(start_paused = true)]
async fn bytes_are_said_and_counted() {
    let rooms = rooms(kept(10));
    let network = Network::new(&rooms);
    let client = network.client();
    let mut room = client.join("chat:1").await.unwrap();
    for bytes in [&b"\x00\xff"[..], b""] {
        room.push_payload("bytes", Payload::Binary(Bytes::from_static(bytes))).await.unwrap();
    }
    for offset in 1..=2 {
        let message =
            next(&mut room, |event| if let Event::Message(message) = event { Some(message) } else { None })
                .await;
        assert_eq!(message.position().unwrap().offset, offset);
        assert!(matches!(message.payload(), Payload::Binary(_)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_application_is_told_something_by_who_joins_and_answers() {
    let room = open("chat:*")
        .on_join(async |join| match join.payload() {
            Payload::Json(json) if json.get().contains("let me in") => {
                Ok(Welcome::new().with("motto", "be kind"))
            }
            _ => Err("say the word".into()),
        })
        .on_push(async |push| match push.event() {
            "ask" => Ok(Answer::reply(Payload::of(&json!({ "n": 42 })).unwrap())),
            _ => Err("what?".into()),
        });
    let rooms = rooms(room);
    let client = Network::new(&rooms).client();
    let refused = client.join("chat:1").await.unwrap_err();
    assert_eq!(
        (refused.reason(), refused.to_string().as_str()),
        (Some("say the word"), "the server refuses: say the word")
    );
    let room = client.join("chat:1").params(&json!({ "word": "let me in" })).await.unwrap();
    assert_eq!(room.joined().read::<Value>().unwrap()["motto"], "be kind");
    assert_eq!(room.push("ask", &json!({})).await.unwrap().read::<Value>().unwrap(), json!({ "n": 42 }));
    assert_eq!(room.push("other", &json!({})).await.unwrap_err().reason(), Some("what?"));
    for event in ["", "phx_join", "presence_diff"] {
        assert!(room.push(event, &json!({})).await.unwrap_err().is_setting(), "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_is_joined_once_and_left_with_its_channel() {
    let rooms = rooms(open("chat:*"));
    let client = Network::new(&rooms).client();
    let room = client.join("chat:1").await.unwrap();
    assert!(client.join("chat:1").await.unwrap_err().is_taken());
    assert!(client.join("\n").await.unwrap_err().is_setting());
    assert_eq!(rooms.members(&Topic::new("chat:1").unwrap()).unwrap().len(), 1);
    let speaker = room.speaker();
    room.leave().await;
    assert!(rooms.members(&Topic::new("chat:1").unwrap()).is_none_or(|members| members.is_empty()));
    assert!(speaker.push("said", &json!({})).await.unwrap_err().is_closed());
    let mut again = client.join("chat:1").await.unwrap();
    again.push("said", &json!({ "n": 1 })).await.unwrap();
    assert_eq!(heard(&mut again).await, 1);
    assert_eq!(client.rooms(), 1);
    drop(again);
    assert_eq!(client.rooms(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_is_there_is_seen() {
    let rooms = rooms(open("chat:*").presence());
    let network = Network::new(&rooms);
    let (ada, bob) = (network.client(), network.client());
    let mut seen = ada.join("chat:1").presence(&json!({ "nick": "ada" })).await.unwrap();
    let mut roster = seen.watch_roster();
    roster.wait_for(|roster| roster.len() == 1).await.unwrap();
    let room = bob.join("chat:1").presence(&json!({ "nick": "bob" })).await.unwrap();
    let nick = |changes: &[(Box<str>, serde_json::Map<String, Value>)]| changes[0].1["nick"].clone();
    let joins = next(&mut seen, |event| match event {
        Event::Presence(changes) => {
            changes.joins.iter().any(|(_, meta)| meta["nick"] == "bob").then_some(changes)
        }
        _ => None,
    });
    assert_eq!(nick(&joins.await.joins), "bob");
    assert_eq!(seen.roster().len(), 2);
    room.restate(&json!({ "nick": "bob", "is_away": true })).await.unwrap();
    let restated = next(&mut seen, |event| match event {
        Event::Presence(changes) => {
            changes.joins.iter().any(|(_, meta)| meta.contains_key("is_away")).then_some(changes)
        }
        _ => None,
    });
    assert_eq!(nick(&restated.await.leaves), "bob");
    assert!(room.restate(&1).await.unwrap_err().is_setting());
    network.cut();
    // Whoever comes back is as it said last, to who comes after.
    room.push("said", &json!({})).await.unwrap();
    let late = network.client().join("chat:1").await.unwrap();
    late.watch_roster().wait_for(|roster| !roster.is_empty()).await.unwrap();
    let there = late.roster();
    assert!(there.iter().any(|(_, metas)| metas[0].get("is_away") == Some(&json!(true))), "{there:?}");
    late.leave().await;
    room.leave().await;
    next(&mut seen, |event| if let Event::Rejoined(_) = event { Some(()) } else { None }).await;
    roster.wait_for(|roster| roster.len() == 1).await.unwrap();
    assert_eq!(seen.roster().iter().next().unwrap().1[0]["nick"], "ada");
}
