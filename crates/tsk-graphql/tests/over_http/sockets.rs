//! Operations over a socket: graphql-transport-ws, on a socket that is in memory.

use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use http::{Request, Response, StatusCode, request::Parts};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower_service::Service as _;
use tsk_core::{
    Authority, Body, Peer, Principal, Problem, RequestContext, RouteTable, Scope, Upgrade,
    authority::{Authenticating, Caller},
    context::Params,
    principal::Kind,
    upgrade::{Gone, MessageSocket, Opened, Payload, Session},
};
use tsk_graphql::{Config, Sockets};

use crate::library::graphql;

/// What the server has sent.
#[derive(Debug, PartialEq)]
enum Sent {
    Message(Value),
    Close(u16),
}

struct Socket {
    received: UnboundedReceiver<Payload>,
    sent: UnboundedSender<Sent>,
    is_closed: bool,
}

impl MessageSocket for Socket {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Payload>> {
        if self.is_closed { Poll::Ready(None) } else { self.received.poll_recv(cx) }
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        Poll::Ready(if self.sent.is_closed() { Err(Gone) } else { Ok(()) })
    }

    fn send(&mut self, payload: Payload) {
        let Payload::Text(text) = payload else { panic!("messages are text") };
        let _ = self.sent.send(Sent::Message(serde_json::from_str(&text).unwrap()));
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        Poll::Ready(Ok(()))
    }

    fn close(&mut self, code: u16, reason: &str) {
        assert!(reason.len() <= 123);
        let _ = self.sent.send(Sent::Close(code));
        self.is_closed = true;
    }
}

/// Opens the socket that is in it.
struct Opener {
    socket: Mutex<Option<Socket>>,
    protocol: Option<&'static str>,
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opener")
    }
}

impl Upgrade for Opener {
    fn upgrade(&self, _: &mut Parts, protocols: &[&'static str], session: Session) -> Response<Body> {
        assert_eq!(protocols, ["graphql-transport-ws"]);
        let socket = Box::new(self.socket.lock().unwrap().take().unwrap());
        tokio::spawn(session(Opened { socket, protocol: self.protocol }));
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response
    }
}

/// Whoever says `Bearer ada` is Ada, for an hour, or `Bearer brief`, for no time at all.
#[derive(Debug)]
struct Believer;

impl Authority for Believer {
    fn authenticate<'a>(&'a self, proof: &'a str) -> Authenticating<'a> {
        Box::pin(async move {
            let left = match proof {
                "Bearer ada" => Duration::from_secs(3600),
                "Bearer brief" => Duration::ZERO,
                "Bearer silence" => std::future::pending().await,
                _ => return Err(Problem::new(StatusCode::UNAUTHORIZED)),
            };
            let ada = Principal::new("ada", Kind::User).expires(SystemTime::now() + left);
            Ok(Caller::new(ada.into(), None))
        })
    }

    fn permits(&self, _: &Caller, _: &str) -> bool {
        false
    }
}

/// The end of a client.
struct Client {
    says: UnboundedSender<Payload>,
    hears: UnboundedReceiver<Sent>,
}

impl Client {
    async fn open(protocol: Option<&'static str>) -> Self {
        let ((says, received), (sent, hears)) = (unbounded_channel(), unbounded_channel());
        let socket = Socket { received, sent, is_closed: false };
        let opener = Arc::new(Opener { socket: Mutex::new(Some(socket)), protocol });
        let sockets = Sockets { operations: 2, ..Sockets::default() };
        let mut graphql = graphql().config(&Config { sockets, ..Config::default() }).unwrap().sockets(opener);
        let scope =
            Scope::new(Arc::new(RouteTable::default()), Peer::default()).with_authority(Arc::new(Believer));
        let mut request =
            Request::get("/graphql").header("upgrade", "websocket").body(Full::default()).unwrap();
        RequestContext::attach(request.extensions_mut(), &Arc::new(scope), 0, Params::default());
        let response = graphql.call(request as Request<Full<bytes::Bytes>>).await.unwrap();
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        Self { says, hears }
    }

    /// One that is acknowledged.
    async fn ready() -> Self {
        let mut client = Self::open(Some("graphql-transport-ws")).await;
        client.say(json!({ "type": "connection_init" }));
        client.hear(json!({ "type": "connection_ack" })).await;
        client
    }

    fn say(&self, message: Value) {
        self.says.send(Payload::Text(message.to_string())).unwrap();
    }

    fn subscribe(&self, id: &str, document: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": document } }));
    }

    async fn hear(&mut self, message: Value) {
        assert_eq!(self.hears.recv().await, Some(Sent::Message(message)));
    }

    async fn hear_close(&mut self, code: u16) {
        assert_eq!(self.hears.recv().await, Some(Sent::Close(code)));
        assert_eq!(self.hears.recv().await, None);
    }
}

#[tokio::test]
async fn queries_and_subscriptions_are_answered_until_they_are_complete() {
    let mut client = Client::ready().await;
    client.subscribe("a", "{ hello }");
    client.hear(json!({ "id": "a", "type": "next", "payload": { "data": { "hello": "hello you" } } })).await;
    client.hear(json!({ "id": "a", "type": "complete" })).await;
    // The name is free again.
    client.subscribe("a", "subscription { count(to: 2) }");
    client.hear(json!({ "id": "a", "type": "next", "payload": { "data": { "count": 1 } } })).await;
    client.hear(json!({ "id": "a", "type": "next", "payload": { "data": { "count": 2 } } })).await;
    client.hear(json!({ "id": "a", "type": "complete" })).await;
}

#[tokio::test]
async fn what_is_not_run_is_an_error_with_its_list() {
    let mut client = Client::ready().await;
    client.subscribe("a", "{ nothing }");
    let Some(Sent::Message(message)) = client.hears.recv().await else { panic!("closed") };
    assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("a")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    client.say(json!({ "type": "ping", "payload": { "at": 1 } }));
    client.hear(json!({ "type": "pong", "payload": { "at": 1 } })).await;
}

#[tokio::test]
async fn no_more_operations_run_at_a_time_than_may_and_who_stops_one_may_begin_another() {
    let mut client = Client::ready().await;
    client.subscribe("a", "subscription { forever }");
    client.subscribe("b", "subscription { forever }");
    client.subscribe("c", "{ hello }");
    let Some(Sent::Message(message)) = client.hears.recv().await else { panic!("closed") };
    assert_eq!(
        (&message["type"], &message["payload"][0]["extensions"]["limit"]),
        (&json!("error"), &json!("operations"))
    );
    client.say(json!({ "type": "complete", "id": "a" }));
    client.subscribe("c", "{ hello }");
    client.hear(json!({ "id": "c", "type": "next", "payload": { "data": { "hello": "hello you" } } })).await;
}

#[tokio::test]
async fn a_subscription_that_never_rests_leaves_room_for_others() {
    let mut client = Client::ready().await;
    client.subscribe("a", "subscription { count(to: 1000) }");
    client.subscribe("b", "{ hello }");
    let mut before = 0;
    while let Some(Sent::Message(message)) = client.hears.recv().await {
        if message["id"] == "b" {
            break;
        }
        before += 1;
    }
    // As many as were sent before it was heard, and then every other.
    assert!(before < 1000, "{before}");
}

#[tokio::test]
async fn who_offers_another_protocol_is_closed_with_4406() {
    Client::open(None).await.hear_close(4406).await;
}

#[tokio::test]
async fn what_is_no_message_is_closed_with_4400_and_nothing_runs_on() {
    let mut client = Client::ready().await;
    client.subscribe("a", "subscription { forever }");
    client.says.send(Payload::Binary(bytes::Bytes::new())).unwrap();
    client.hear_close(4400).await;
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_closed_with_4408() {
    Client::open(Some("graphql-transport-ws")).await.hear_close(4408).await;
    let mut client = Client::open(Some("graphql-transport-ws")).await;
    client.say(json!({ "type": "connection_init", "payload": { "Authorization": "Bearer silence" } }));
    client.hear_close(4408).await;
}

#[tokio::test]
async fn who_is_not_believed_is_closed_with_4403() {
    for proof in [json!("Bearer eve"), json!(7), json!("")] {
        let mut client = Client::open(Some("graphql-transport-ws")).await;
        client.say(json!({ "type": "connection_init", "payload": { "Authorization": proof } }));
        client.hear_close(4403).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whose_proof_expires_is_closed_with_4403() {
    let init = |proof: &str| json!({ "type": "connection_init", "payload": { "authorization": proof } });
    let mut client = Client::open(Some("graphql-transport-ws")).await;
    client.say(init("Bearer brief"));
    client.hear_close(4403).await;
    let mut client = Client::open(Some("graphql-transport-ws")).await;
    client.say(init("Bearer ada"));
    client.hear(json!({ "type": "connection_ack" })).await;
    client.subscribe("a", "subscription { forever }");
    client.hear_close(4403).await;
}
