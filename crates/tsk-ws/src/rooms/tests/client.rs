//! A client that speaks the protocol, on the other end of a pipe.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::{io::DuplexStream, task::JoinHandle};
use tsk_core::{Authority, Budget, Drain, authority::Caller};

use super::super::{
    Inner, Rooms,
    registry::Transport,
    session::{Admitted, Session},
    socket,
};
use crate::{CloseFrame, Message, Role, Socket, Sockets};

pub(super) struct Client {
    socket: Socket,
    serving: JoinHandle<()>,
    reference: u64,
}

/// How somebody connects.
#[derive(Default)]
pub(super) struct Connecting {
    pub(super) caller: Option<Caller>,
    pub(super) authority: Option<Arc<dyn Authority>>,
    pub(super) budget: Budget,
    pub(super) drain: Option<Drain>,
    /// How much the connection holds that is not read.
    pub(super) pipe: usize,
}

impl Client {
    pub(super) fn connect(rooms: &Rooms) -> Self {
        Self::connect_as(rooms, Connecting::default())
    }

    pub(super) fn connect_as(rooms: &Rooms, connecting: Connecting) -> Self {
        let Connecting { caller, authority, budget, drain, pipe } = connecting;
        let (near, far) = tokio::io::duplex(if pipe == 0 { 1 << 20 } else { pipe });
        let session = session(&rooms.0, Admitted { caller, authority, budget });
        let window = rooms.0.config.drain_window;
        let far = Socket::over(far, Role::Server, &Sockets::default());
        rooms.0.start_keeper(drain.as_ref());
        let serving = tokio::spawn(socket::serve(far, session, drain, window));
        Self { socket: over(near), serving, reference: 0 }
    }

    pub(super) async fn send(&mut self, text: impl ToString) {
        self.socket.send(Message::text(text.to_string())).await.unwrap();
    }

    pub(super) async fn send_bytes(&mut self, bytes: Bytes) {
        self.socket.send(Message::binary(bytes)).await.unwrap();
    }

    /// What comes next, as JSON.
    pub(super) async fn next(&mut self) -> Value {
        match self.socket.recv().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn next_bytes(&mut self) -> Bytes {
        match self.socket.recv().await {
            Some(Ok(Message::Binary(bytes))) => bytes,
            other => panic!("{other:?}"),
        }
    }

    /// How it is closed, whatever comes before.
    pub(super) async fn closed(&mut self) -> CloseFrame {
        loop {
            match self.socket.recv().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame,
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Says something in the room, and gives what is answered, and what was heard before that.
    pub(super) async fn ask(&mut self, topic: &str, event: &str, payload: Value) -> (Value, Vec<Value>) {
        self.reference += 1;
        let reference = self.reference.to_string();
        self.send(json!(["1", reference, topic, event, payload])).await;
        let mut heard = Vec::new();
        loop {
            let message = self.next().await;
            if message[1] == json!(reference) && message[3] == "phx_reply" {
                return (message[4].clone(), heard);
            }
            heard.push(message);
        }
    }

    /// Comes into a room, and gives what it is told.
    pub(super) async fn join(&mut self, topic: &str, payload: Value) -> Value {
        let (answer, _) = self.ask(topic, "phx_join", payload).await;
        assert_eq!(answer["status"], "ok", "{answer}");
        answer["response"].clone()
    }

    /// Why it is refused.
    pub(super) async fn refused(&mut self, topic: &str, event: &str, payload: Value) -> Value {
        let (answer, _) = self.ask(topic, event, payload).await;
        assert_eq!(answer["status"], "error", "{answer}");
        answer["response"]["reason"].clone()
    }

    /// Is gone, as the server sees it at once: whatever is being done for it is dropped.
    pub(super) async fn vanish(self) {
        self.serving.abort();
        assert!(self.serving.await.unwrap_err().is_cancelled());
    }

    /// Goes, and waits until the server has noticed.
    pub(super) async fn leave(self) {
        drop(self.socket);
        self.serving.await.unwrap();
    }
}

fn over(io: DuplexStream) -> Socket {
    Socket::over(io, Role::Client, &Sockets::default())
}

fn session(rooms: &Arc<Inner>, admitted: Admitted) -> Session {
    let user = admitted.caller.as_ref().map(|caller| (&**caller.principal()).into());
    let waiting = rooms.config.waiting.as_u64() as usize;
    let connection = rooms.hub.connect(user, None, Transport::WebSocket, waiting).unwrap();
    Session::new(rooms, &connection, admitted)
}

impl Client {
    /// Sends, unless the other end takes nothing for a while or has closed.
    pub(super) async fn try_send(&mut self, text: impl ToString) -> bool {
        let sending = self.socket.send(Message::text(text.to_string()));
        let sent = tokio::time::timeout(std::time::Duration::from_secs(1), sending).await;
        matches!(sent, Ok(Ok(())))
    }
}
