//! The protocol on a socket.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::request::Parts;
use serde_json::Value;
use tokio::time::{Instant, Sleep, sleep_until};
use tsk_core::{
    Budget, FromParts as _,
    upgrade::{Gone, MessageSocket, Opened, Payload},
};

use super::{
    caller, message,
    protocol::{Close, Protocol, Said},
};
use crate::{
    answers::Answers,
    engine::{Engine, Refusal},
    measured,
    outlet::{Given, Outlet},
    request::Request,
    told::{Code, Told},
    write,
};

/// Speaks the protocol on a socket, until one of both ends it.
pub(crate) async fn run(engine: Arc<Engine>, parts: Parts, opened: Opened) {
    let Opened { mut socket, protocol } = opened;
    let close = match protocol {
        Some(_) => Session::new(engine, parts, &mut *socket).run().await,
        None => Some(Close::subprotocol()),
    };
    if let Some(Close { code, reason }) = close {
        socket.close(code, &reason);
        // The close is sent while somebody listens.
        while poll_fn(|cx| socket.poll_receive(cx)).await.is_some() {}
    }
}

struct Session<'s> {
    engine: Arc<Engine>,
    parts: Arc<Parts>,
    /// One for all that is asked for over the socket.
    budget: Budget,
    socket: &'s mut dyn MessageSocket,
    protocol: Protocol,
    /// Who the client is, while that is being looked at.
    asking: Option<Asking>,
    running: Vec<Running>,
    /// Whose turn it is to say something: a subscription that always has something to say leaves room for others.
    turn: usize,
    /// What is said before anything else.
    replies: Vec<String>,
    /// Wakes at the deadline of what the client has to say, and when the proof of who it is expires.
    timer: Option<Pin<Box<Sleep>>>,
    expires: Option<Instant>,
}

type Asking = Pin<Box<dyn Future<Output = Result<(), Close>> + Send>>;

/// An operation, with the messages that come of it.
struct Running {
    id: Box<str>,
    messages: Given<String>,
}

/// How much is said before the client is listened to, and how often in turn before others have theirs: a subscription may always
/// have something to say, and a client as well.
const MESSAGES: usize = 16;
const ROUNDS: usize = 16;

/// Replies that may wait for room before no more is read.
const REPLIES: usize = 8;

impl<'s> Session<'s> {
    fn new(engine: Arc<Engine>, mut parts: Parts, socket: &'s mut dyn MessageSocket) -> Self {
        let Ok(budget) = Budget::from_parts(&mut parts);
        let settings = &engine.config.sockets;
        let protocol = Protocol::new(Instant::now().into_std(), settings.init_timeout, settings.operations);
        let timer = protocol.deadline().map(|deadline| Box::pin(sleep_until(deadline.into())));
        Self {
            engine,
            parts: Arc::new(parts),
            budget,
            socket,
            protocol,
            asking: None,
            running: Vec::new(),
            turn: 0,
            replies: Vec::new(),
            timer,
            expires: None,
        }
    }

    /// `None` where the client has closed it.
    async fn run(mut self) -> Option<Close> {
        poll_fn(|cx| match self.poll(cx) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(None),
            Err(close) => Poll::Ready(Some(close)),
        })
        .await
    }

    /// Does what can be done, and is ready once the socket has ended.
    fn poll(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, Close> {
        for _ in 0..ROUNDS {
            self.look_at_the_clock(cx)?;
            self.look_at_the_client(cx)?;
            let is_sent = self.speak(cx);
            let Ok(is_sent) = is_sent else { return Ok(Poll::Ready(())) };
            let is_heard = match self.listen(cx)? {
                Some(is_heard) => is_heard,
                None => return Ok(Poll::Ready(())),
            };
            if !is_sent && !is_heard {
                let flushed = self.socket.poll_flush(cx);
                return Ok(if let Poll::Ready(Err(Gone)) = flushed {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                });
            }
        }
        // Others have their turn.
        cx.waker().wake_by_ref();
        Ok(Poll::Pending)
    }

    fn look_at_the_clock(&mut self, cx: &mut Context<'_>) -> Result<(), Close> {
        let Some(timer) = &mut self.timer else { return Ok(()) };
        if timer.as_mut().poll(cx).is_pending() {
            return Ok(());
        }
        self.timer = None;
        let now = Instant::now();
        self.protocol.tick(now.into_std())?;
        if self.expires.is_some_and(|expires| expires <= now) {
            return Err(Close::forbidden());
        }
        Ok(())
    }

    fn look_at_the_client(&mut self, cx: &mut Context<'_>) -> Result<(), Close> {
        let Some(asking) = &mut self.asking else { return Ok(()) };
        let Poll::Ready(result) = asking.as_mut().poll(cx) else { return Ok(()) };
        self.asking = None;
        result?;
        self.protocol.acknowledged();
        self.replies.push(message::acknowledge());
        self.expires = caller::left(&self.parts).and_then(|left| Instant::now().checked_add(left));
        self.timer = self.expires.map(|expires| Box::pin(sleep_until(expires)));
        // It is polled before anything is waited for, and may have expired by now.
        self.look_at_the_clock(cx)
    }

    /// Says what there is to say while there is room, and whether it was anything.
    fn speak(&mut self, cx: &mut Context<'_>) -> Result<bool, Gone> {
        let mut is_sent = false;
        for _ in 0..MESSAGES {
            let Poll::Ready(ready) = self.socket.poll_ready(cx) else { break };
            ready?;
            let Some(text) = self.next_message(cx) else { break };
            self.socket.send(Payload::Text(text));
            is_sent = true;
        }
        Ok(is_sent)
    }

    fn next_message(&mut self, cx: &mut Context<'_>) -> Option<String> {
        if !self.replies.is_empty() {
            return Some(self.replies.remove(0));
        }
        let mut looked_at = 0;
        while looked_at < self.running.len() {
            let at = self.turn % self.running.len();
            match self.running[at].messages.poll_next(cx) {
                Poll::Ready(Some(text)) => {
                    self.turn = at + 1;
                    return Some(text);
                }
                Poll::Ready(None) => {
                    let ended = self.running.remove(at);
                    self.protocol.ended(&ended.id);
                }
                Poll::Pending => {
                    self.turn = at + 1;
                    looked_at += 1;
                }
            }
        }
        None
    }

    /// Hears what the client says, and whether it was anything; `None` once it says no more.
    fn listen(&mut self, cx: &mut Context<'_>) -> Result<Option<bool>, Close> {
        // Who does not read is not heard.
        if self.replies.len() >= REPLIES {
            return Ok(Some(false));
        }
        match self.socket.poll_receive(cx) {
            Poll::Pending => Ok(Some(false)),
            Poll::Ready(None) => Ok(None),
            Poll::Ready(Some(Payload::Binary(_))) => Err(Close::invalid("Messages are text")),
            Poll::Ready(Some(Payload::Text(text))) => {
                self.hear(&text)?;
                Ok(Some(true))
            }
        }
    }

    fn hear(&mut self, text: &str) -> Result<(), Close> {
        match self.protocol.receive(text)? {
            Said::Nothing => {}
            Said::Ping(payload) => self.replies.push(message::pong(payload.as_ref())),
            Said::Init(payload) => self.ask(payload),
            Said::Complete { id } => self.running.retain(|running| running.id != id),
            Said::Subscribe { id, request } => self.start(id, request),
            Said::TooMany { id } => {
                let most = self.engine.config.sockets.operations;
                let told = Told::limit(
                    "operations",
                    format!("At most {most} operations run over a socket at a time."),
                );
                self.replies.push(refused(&id, &[told]));
            }
        }
        Ok(())
    }

    fn ask(&mut self, payload: Option<Value>) {
        let parts = Arc::clone(&self.parts);
        self.asking = Some(Box::pin(async move { caller::authenticate(&parts, payload.as_ref()).await }));
    }

    fn start(&mut self, id: Box<str>, request: Request<'_>) {
        let (engine, parts, budget) =
            (Arc::clone(&self.engine), caller::head(&self.parts), self.budget.clone());
        let request = request.into_owned();
        let name = id.clone();
        let messages = Given::new(move |outlet| async move {
            let last = match answer(&engine, &name, request, parts, &budget, &outlet).await {
                Ok(()) => message::complete(&name),
                Err(Refusal::Told(told)) => refused(&name, &told),
                Err(Refusal::Spent(problem)) => {
                    refused(&name, &[Told::new(Code::TooMany, problem.to_string())])
                }
            };
            outlet.send(last).await;
        });
        self.running.push(Running { id, messages });
    }
}

/// Runs an operation to its end.
async fn answer(
    engine: &Arc<Engine>,
    id: &str,
    request: Request<'static>,
    parts: Parts,
    budget: &Budget,
    outlet: &Outlet<String>,
) -> Result<(), Refusal> {
    let operation = engine.prepare(&request)?;
    let mut answers = Answers::new(engine, operation, parts, request.variables, budget).await?;
    while let Some(answer) = poll_fn(|cx| answers.poll_next(cx)).await {
        outlet.send(message::next(id, answer?)).await;
    }
    Ok(())
}

/// The message of an operation that is not run.
fn refused(id: &str, told: &[Told]) -> String {
    if let Some(told) = told.first() {
        measured::refused(told.code.name());
    }
    let mut errors = Vec::new();
    write::list(&mut errors, told);
    message::error(id, errors)
}
