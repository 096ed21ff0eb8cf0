//! Who may do what, for how long.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::StatusCode;
use serde_json::json;
use tsk_core::{
    Authority, Budget, Principal, Problem,
    authority::{Authenticating, Caller},
    budget::{Account, Debit},
    principal::Kind,
};

use super::{client::Connecting, *};

/// Knows whoever shows its own name, for another hour, and what `ada` may.
#[derive(Debug)]
struct Names;

impl Authority for Names {
    fn authenticate<'a>(&'a self, proof: &'a str) -> Authenticating<'a> {
        let name = proof.strip_prefix("Bearer ").unwrap_or_default().to_owned();
        Box::pin(async move {
            match &*name {
                "" | "nobody" => Err(Problem::new(StatusCode::UNAUTHORIZED)),
                name => Ok(caller(name, Duration::from_secs(3600))),
            }
        })
    }

    fn permits(&self, caller: &Caller, permission: &str) -> bool {
        caller.principal().id() == "ada" && permission == "chat:join"
    }
}

fn caller(name: &str, left: Duration) -> Caller {
    let principal = Principal::new(name, Kind::User).expires(SystemTime::now() + left);
    Caller::new(Arc::new(principal), None)
}

fn known(name: &str, left: Duration) -> Connecting {
    Connecting { caller: Some(caller(name, left)), authority: Some(Arc::new(Names)), ..Default::default() }
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn who_may_join_is_asked_of_the_authority() {
    let rooms = rooms([
        Room::new("chat:*").join(Access::Permission("chat:join".into())),
        Room::new("news").join(Access::Authenticated),
        Room::new("inbox:{principal}").join(Access::Authenticated),
    ]);
    let mut ada = Client::connect_as(&rooms, known("ada", HOUR));
    ada.join("chat:1", json!({})).await;
    ada.join("inbox:ada", json!({})).await;
    let mut eve = Client::connect_as(&rooms, known("eve", HOUR));
    assert_eq!(eve.refused("chat:1", "phx_join", json!({})).await, "unauthorized");
    assert_eq!(eve.refused("inbox:ada", "phx_join", json!({})).await, "unauthorized");
    assert_eq!(eve.refused("nowhere", "phx_join", json!({})).await, "unmatched topic");
    eve.join("news", json!({})).await;
    let mut stranger = Client::connect(&rooms);
    assert_eq!(stranger.refused("news", "phx_join", json!({})).await, "unauthorized");
    assert_eq!(rooms.tell(&topic("inbox:ada"), "ada", "mail", &Payload::json("1").unwrap()), 1);
    assert_eq!(ada.next().await, json!([null, null, "inbox:ada", "mail", 1]));
}

#[tokio::test(start_paused = true)]
async fn a_socket_ends_with_the_proof_by_which_it_was_opened() {
    let rooms = rooms([open("chat:*")]);
    let mut ada = Client::connect_as(&rooms, known("ada", Duration::from_secs(5)));
    ada.join("chat:1", json!({})).await;
    let frame = ada.closed().await;
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1008, "expired"));
}

#[tokio::test(start_paused = true)]
async fn who_it_is_can_be_proved_again_in_place_by_the_same_alone() {
    let rooms = rooms([open("chat:*")]);
    let mut ada = Client::connect_as(&rooms, known("ada", Duration::from_secs(5)));
    for proof in [json!({ "token": "eve" }), json!({ "token": "nobody" }), json!({}), json!([])] {
        assert_eq!(ada.refused("phoenix", "authenticate", proof).await, "unauthenticated");
    }
    assert_eq!(ada.ask("phoenix", "authenticate", json!({ "token": "ada" })).await.0["status"], "ok");
    tokio::time::sleep(Duration::from_secs(10)).await;
    ada.join("chat:1", json!({})).await;
}

#[tokio::test]
async fn a_user_is_disconnected_wherever_it_is() {
    let rooms = rooms([open("chat:*")]);
    let (mut one, mut two) =
        (Client::connect_as(&rooms, known("ada", HOUR)), Client::connect_as(&rooms, known("ada", HOUR)));
    let mut bob = Client::connect_as(&rooms, known("bob", HOUR));
    one.join("chat:1", json!({})).await;
    let members = rooms.members(&topic("chat:1")).unwrap();
    assert_eq!((members.len(), members[0].user.as_deref()), (1, Some("ada")));
    assert_eq!(rooms.disconnect_user("ada"), 2);
    assert_eq!(u16::from(one.closed().await.code), 1008);
    assert_eq!(u16::from(two.closed().await.code), 1008);
    bob.join("chat:1", json!({})).await;
    assert!(!rooms.disconnect(99));
}

#[tokio::test]
async fn a_user_is_in_a_room_so_many_times_and_no_more() {
    let mut config = config::RoomConfig::new("chat:*");
    config.members_per_user = 2;
    let rooms = rooms([Room::configured(config).join(Access::Everyone)]);
    let ada = || Client::connect_as(&rooms, known("ada", HOUR));
    let (mut one, mut two, mut three) = (ada(), ada(), ada());
    one.join("chat:1", json!({})).await;
    two.join("chat:1", json!({})).await;
    assert_eq!(three.refused("chat:1", "phx_join", json!({})).await, "joined too often");
    // Of other rooms, and of others, that says nothing; nor of who is not known.
    three.join("chat:2", json!({})).await;
    Client::connect_as(&rooms, known("bob", HOUR)).join("chat:1", json!({})).await;
    let mut strangers = [(); 3].map(|()| Client::connect(&rooms));
    for stranger in &mut strangers {
        stranger.join("chat:1", json!({})).await;
    }
    one.leave().await;
    three.join("chat:1", json!({})).await;
}

#[tokio::test]
async fn whoever_speaks_is_named_by_the_server() {
    let mut config = config::RoomConfig::new("chat:*");
    config.from = Some("from".into());
    let rooms = rooms([Room::configured(config).join(Access::Everyone).push(Access::Everyone)]);
    let mut eve = Client::connect_as(&rooms, known("eve", HOUR));
    eve.join("chat:1", json!({})).await;
    let (_, heard) = eve.ask("chat:1", "said", json!({ "from": "ada", "text": "hi" })).await;
    assert_eq!(heard[0][4], json!({ "from": "eve", "text": "hi" }));
}

/// Allows so much, and no more.
#[derive(Debug)]
struct Purse(std::sync::atomic::AtomicU32);

impl Account for Purse {
    fn debit(&self, units: u32) -> Debit<'_> {
        use std::sync::atomic::Ordering::SeqCst;
        let left = self.0.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(units));
        Debit::Done(left.map(drop).map_err(|_| Problem::new(StatusCode::TOO_MANY_REQUESTS)))
    }
}

#[tokio::test]
async fn messages_are_charged_and_heartbeats_are_not() {
    let rooms = rooms([open("chat:*")]);
    let budget = Budget::new(Purse(2.into()));
    let mut ada = Client::connect_as(&rooms, Connecting { budget, ..Default::default() });
    ada.join("chat:1", json!({})).await;
    assert_eq!(ada.ask("chat:1", "said", json!({})).await.0["status"], "ok");
    assert_eq!(ada.refused("chat:1", "said", json!({})).await, "rate limited");
    assert_eq!(ada.refused("chat:2", "phx_join", json!({})).await, "rate limited");
    assert_eq!(ada.ask("phoenix", "heartbeat", json!({})).await.0["status"], "ok");
}
