//! Joining, speaking, being answered, leaving.

use serde_json::json;

use super::*;

#[tokio::test]
async fn everybody_in_a_room_hears_what_is_said_there_and_nobody_else_does() {
    let rooms = rooms([open("chat:*")]);
    let (mut ada, mut bob, mut eve) =
        (Client::connect(&rooms), Client::connect(&rooms), Client::connect(&rooms));
    assert_eq!(ada.join("chat:1", json!({})).await, json!({}));
    bob.join("chat:1", json!({})).await;
    eve.join("chat:2", json!({})).await;
    let (answer, heard) = ada.ask("chat:1", "said", json!({ "text": "hello" })).await;
    let said = json!([null, null, "chat:1", "said", { "text": "hello" }]);
    assert_eq!((answer, heard), (json!({ "status": "ok", "response": {} }), vec![said.clone()]));
    assert_eq!(bob.next().await, said);
    let (_, heard) = eve.ask("phoenix", "heartbeat", json!({})).await;
    assert!(heard.is_empty(), "{heard:?}");
}

#[tokio::test]
async fn bytes_go_as_bytes() {
    let rooms = rooms([open("chat:*")]);
    let (mut ada, mut bob) = (Client::connect(&rooms), Client::connect(&rooms));
    ada.join("chat:1", json!({})).await;
    bob.join("chat:1", json!({})).await;
    ada.send_bytes(b"\x00\x01\x01\x06\x0419chat:1said\xff".to_vec().into()).await;
    assert_eq!(&*bob.next_bytes().await, b"\x02\x06\x04chat:1said\xff");
    assert_eq!(&*ada.next_bytes().await, b"\x02\x06\x04chat:1said\xff");
    assert_eq!(
        ada.next().await,
        json!(["1", "9", "chat:1", "phx_reply", { "status": "ok", "response": {} }])
    );
}

#[tokio::test]
async fn code_decides_who_comes_in_and_what_is_told() {
    let room = open("chat:*")
        .on_join(async |join: Join| match join.json::<serde_json::Value>()?["nick"].as_str() {
            Some(nick) => Ok(Welcome::new().with("hello", nick)),
            None => Err("a nick, please".into()),
        })
        .on_push(async |push: Push| match push.event() {
            "shout" => Ok(Answer::broadcast_other("said", Payload::json(r#"{"text":"HELLO"}"#).unwrap())),
            "ask" => Ok(Answer::reply(Payload::json("42").unwrap())),
            _ => Err("unknown event".into()),
        });
    let rooms = rooms([room]);
    let mut ada = Client::connect(&rooms);
    assert_eq!(ada.refused("chat:1", "phx_join", json!({})).await, "a nick, please");
    assert_eq!(ada.join("chat:1", json!({ "nick": "ada" })).await, json!({ "hello": "ada" }));
    let (_, heard) = ada.ask("chat:1", "shout", json!({})).await;
    assert_eq!(heard, [json!([null, null, "chat:1", "said", { "text": "HELLO" }])]);
    assert_eq!(ada.ask("chat:1", "ask", json!({})).await.0, json!({ "status": "ok", "response": 42 }));
    assert_eq!(ada.refused("chat:1", "other", json!({})).await, "unknown event");
}

#[tokio::test]
async fn nobody_says_what_clients_believe_of_the_server_alone() {
    let rooms = rooms([open("chat:*")]);
    let mut eve = Client::connect(&rooms);
    eve.join("chat:1", json!({})).await;
    for event in ["phx_close", "phx_error", "chan_reply_1", "presence_state", "history_gap"] {
        assert_eq!(eve.refused("chat:1", event, json!({})).await, "reserved event", "{event}");
    }
}

#[tokio::test]
async fn whoever_leaves_is_answered_and_hears_no_more() {
    let rooms = rooms([open("chat:*")]);
    let mut ada = Client::connect(&rooms);
    ada.join("chat:1", json!({})).await;
    assert_eq!(ada.ask("chat:1", "phx_leave", json!({})).await.0["status"], "ok");
    assert_eq!(ada.next().await, json!(["1", "1", "chat:1", "phx_close", {}]));
    assert_eq!(ada.refused("chat:1", "said", json!({})).await, "unmatched topic");
    assert!(rooms.list().is_empty(), "a room in which nobody is and of which nothing is kept is forgotten");
}

#[tokio::test]
async fn whoever_joins_again_means_the_new_join_alone() {
    let rooms = rooms([open("chat:*")]);
    let mut ada = Client::connect(&rooms);
    ada.join("chat:1", json!({})).await;
    ada.send(json!(["7", "7", "chat:1", "phx_join", {}])).await;
    let mut told = [ada.next().await, ada.next().await];
    told.sort_by_key(|message| message[3].to_string());
    assert_eq!(told[0], json!(["1", "1", "chat:1", "phx_close", {}]));
    assert_eq!(told[1][0], "7");
    // What is still said by the former is not heard.
    assert_eq!(ada.refused("chat:1", "said", json!({})).await, "unmatched topic");
    assert_eq!(rooms.list()[0].members, 1);
}

#[tokio::test]
async fn the_service_speaks_and_tells_one_alone() {
    let rooms = rooms([Room::new("chat:*").join(Access::Everyone)]);
    let mut ada = Client::connect(&rooms);
    ada.join("chat:1", json!({})).await;
    assert_eq!(ada.refused("chat:1", "said", json!({})).await, "unauthorized");
    rooms.broadcast(&topic("chat:1"), "notice", &Payload::json("1").unwrap()).unwrap();
    assert_eq!(ada.next().await, json!([null, null, "chat:1", "notice", 1]));
    assert_eq!(rooms.tell(&topic("chat:1"), "ada", "notice", &Payload::empty()), 0);
    assert!(rooms.broadcast(&topic("other"), "notice", &Payload::empty()).is_err());
}

#[tokio::test(start_paused = true)]
async fn those_in_a_room_see_who_comes_and_goes() {
    let rooms = rooms([open("chat:*").presence()]);
    let mut ada = Client::connect(&rooms);
    ada.join("chat:1", json!({ "presence": { "nick": "ada" } })).await;
    let state = ada.next().await;
    assert_eq!(state[3], "presence_state");
    let metas = &state[4]["guest-1"]["metas"];
    assert_eq!(metas[0]["nick"], "ada");
    assert_eq!(ada.next().await[3], "presence_diff");

    let mut bob = Client::connect(&rooms);
    bob.join("chat:1", json!({ "presence": { "nick": "bob" } })).await;
    assert_eq!(bob.next().await[4].as_object().unwrap().len(), 2);
    assert_eq!(ada.next().await[4]["joins"]["guest-2"]["metas"][0]["nick"], "bob");
    let (answer, _) = bob.ask("chat:1", "presence_update", json!({ "nick": "bobby" })).await;
    assert_eq!(answer["status"], "ok");
    let diff = ada.next().await;
    assert_eq!(diff[4]["joins"]["guest-2"]["metas"][0]["nick"], "bobby");
    assert_eq!(diff[4]["leaves"]["guest-2"]["metas"][0]["nick"], "bob");
    bob.leave().await;
    assert_eq!(ada.next().await[4]["leaves"]["guest-2"]["metas"][0]["nick"], "bobby");
}
