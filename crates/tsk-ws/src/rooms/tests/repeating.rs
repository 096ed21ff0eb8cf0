//! What a client sends again, because its answer was lost: code decides of it once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::*;

/// Code that counts how often it decides, each time once it is let to.
#[derive(Clone)]
struct Code {
    count: Arc<AtomicUsize>,
    begun: Arc<Semaphore>,
    let_through: Arc<Semaphore>,
}

impl Code {
    fn new(let_through: usize) -> Self {
        let [begun, let_through] = [0, let_through].map(|permits| Arc::new(Semaphore::new(permits)));
        Self { count: Arc::default(), begun, let_through }
    }

    /// What it decides is what it is asked for.
    fn room(&self, config: config::RoomConfig) -> Room {
        let code = self.clone();
        Room::configured(config).join(Access::Everyone).push(Access::Everyone).on_push(move |push: Push| {
            let code = code.clone();
            async move {
                let count = code.count.fetch_add(1, Relaxed) + 1;
                code.begun.add_permits(1);
                code.let_through.acquire().await.unwrap().forget();
                match push.event() {
                    "taken" => Ok(Answer::taken()),
                    "reply" => Ok(Answer::reply(Payload::of(&count).unwrap())),
                    "said" => Ok(Answer::broadcast()),
                    "both" => Ok(Answer::broadcast().with_reply(Payload::of(&count).unwrap())),
                    "large" => Ok(Answer::reply(Payload::of(&"x".repeat(recent::MAX_RESPONSES)).unwrap())),
                    _ => Err(format!("refused {count}").into()),
                }
            }
        })
    }

    fn count(&self) -> usize {
        self.count.load(Relaxed)
    }

    async fn begun(&self) {
        self.begun.acquire().await.unwrap().forget();
    }
}

fn rooms_of(code: &Code) -> Rooms {
    rooms([code.room(config::RoomConfig::new("chat:*"))])
}

async fn member(rooms: &Rooms) -> Client {
    let mut client = Client::connect(rooms);
    client.join("chat:1", json!({})).await;
    client
}

fn named(id: &str) -> Value {
    json!({ "message_id": id })
}

/// Says something that is not answered yet.
async fn say(client: &mut Client, event: &str, id: &str) {
    client.send(json!(["1", "9", "chat:1", event, { "message_id": id }])).await;
}

async fn answer(client: &mut Client) -> Value {
    loop {
        let message = client.next().await;
        if message[3] == "phx_reply" {
            return message[4].clone();
        }
    }
}

#[tokio::test]
async fn what_was_decided_is_not_decided_again_and_answered_alike() {
    let code = Code::new(100);
    let rooms = rooms_of(&code);
    let mut ada = member(&rooms).await;
    for (number, (event, first, again)) in [
        ("taken", json!({}), json!({ "duplicate": true })),
        ("reply", json!(2), json!(2)),
        ("said", json!({}), json!({ "duplicate": true })),
        ("both", json!(4), json!(4)),
    ]
    .into_iter()
    .enumerate()
    {
        let (answer, _) = ada.ask("chat:1", event, named(event)).await;
        assert_eq!(answer, json!({ "status": "ok", "response": first }), "{event}");
        let (answer, heard) = ada.ask("chat:1", event, named(event)).await;
        assert_eq!(answer, json!({ "status": "ok", "response": again }), "{event}");
        assert_eq!((heard, code.count()), (Vec::<Value>::new(), number + 1), "{event}");
    }
    // What is too large to be remembered is not done again for that.
    let (answer, _) = ada.ask("chat:1", "large", named("large")).await;
    assert_eq!(answer["response"].as_str().map(str::len), Some(recent::MAX_RESPONSES));
    let (answer, _) = ada.ask("chat:1", "large", named("large")).await;
    assert_eq!((&answer["response"], code.count()), (&json!({ "duplicate": true }), 5));
}

#[tokio::test]
async fn who_was_alone_and_comes_back_is_known_although_nothing_is_kept() {
    let code = Code::new(100);
    let rooms = rooms_of(&code);
    let mut ada = member(&rooms).await;
    ada.ask("chat:1", "both", named("m1")).await;
    ada.leave().await;
    let mut ada = member(&rooms).await;
    assert_eq!(ada.ask("chat:1", "both", named("m1")).await.0["response"], 1);
    assert_eq!(code.count(), 1);
}

#[tokio::test]
async fn what_is_sent_again_while_it_is_decided_waits_and_is_answered_alike() {
    let code = Code::new(0);
    let rooms = rooms_of(&code);
    let (mut ada, mut again) = (member(&rooms).await, member(&rooms).await);
    for (event, status, response) in
        [("both", "ok", json!(1)), ("other", "error", json!({ "reason": "refused 2" }))]
    {
        say(&mut ada, event, event).await;
        code.begun().await;
        say(&mut again, event, event).await;
        // Whoever says something else is not held up.
        code.let_through.add_permits(1);
        let expected = json!({ "status": status, "response": response });
        assert_eq!((answer(&mut ada).await, answer(&mut again).await), (expected.clone(), expected));
    }
    assert_eq!(code.count(), 2);
    // A refusal is not remembered: what was not done may be done later.
    code.let_through.add_permits(1);
    assert_eq!(ada.refused("chat:1", "other", named("other")).await, "refused 3");
}

#[tokio::test]
async fn who_is_gone_before_it_is_decided_has_it_decided_for_who_sends_it_again() {
    let code = Code::new(0);
    let rooms = rooms_of(&code);
    let (mut ada, mut again) = (member(&rooms).await, member(&rooms).await);
    say(&mut ada, "both", "m1").await;
    code.begun().await;
    say(&mut again, "both", "m1").await;
    ada.vanish().await;
    code.let_through.add_permits(1);
    assert_eq!(answer(&mut again).await, json!({ "status": "ok", "response": 2 }));
}

#[tokio::test]
async fn where_nothing_is_remembered_and_where_nothing_is_named_code_decides_each_time() {
    let code = Code::new(100);
    let mut config = config::RoomConfig::new("chat:*");
    config.remember = 0;
    let rooms = rooms([code.room(config)]);
    let mut ada = member(&rooms).await;
    for count in 1..3 {
        assert_eq!(ada.ask("chat:1", "both", named("m1")).await.0["response"], count);
    }
    let rooms = rooms_of(&code);
    let mut ada = member(&rooms).await;
    for count in 3..5 {
        assert_eq!(ada.ask("chat:1", "both", json!({})).await.0["response"], count);
    }
}

#[tokio::test]
async fn nothing_is_left_of_what_was_decided_but_what_is_remembered() {
    let code = Code::new(1000);
    let rooms = rooms_of(&code);
    let mut ada = member(&rooms).await;
    for number in 0..200 {
        ada.ask("chat:1", "taken", named(&number.to_string())).await;
        ada.refused("chat:1", "other", named(&format!("other {number}"))).await;
    }
    let left = rooms.0.hub.with_existing(&topic("chat:1"), |room| room.deciding().len());
    assert_eq!(left, Some(0));
}
