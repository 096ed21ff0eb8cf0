//! Clients that poll: the fallback of the official client where sockets do not get through.
//!
//! Every answer is a 200, with the status in it. A GET without a token is answered with 410 and a token to come again with; with
//! one it waits for messages. A POST has messages, one a line.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use data_encoding::{BASE64, HEXLOWER};
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde_json::json;
use tsk_core::{Body, Drain, Problem};

use super::{
    Inner,
    admission::{self, Asking, parameter},
    clock,
    mailbox::Taken,
    packet::Packet,
    registry::{Transport, User},
    session::Session,
};

/// How long a GET waits for something to be said. The official client gives up after 20 s.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);

/// What is answered at most at once, but for a single message that is larger.
const MOST: usize = 256 << 10;

/// The most that a POST may have. The official client sends a hundred messages at once.
const MOST_LINES: usize = 200;

/// Those who poll.
#[derive(Debug, Default)]
pub(crate) struct Polls(Mutex<HashMap<Box<str>, Arc<Poller>>>);

#[derive(Debug)]
struct Poller {
    user: Option<User>,
    /// Whether it has shown who it is by the token of the official client, which it shows with a GET alone.
    by_token: bool,
    session: tokio::sync::Mutex<Session>,
    connection: Arc<super::registry::Connection>,
    seen: Mutex<Instant>,
}

impl Polls {
    pub(crate) fn is_empty(&self) -> bool {
        self.polls().is_empty()
    }

    /// Forgets those who have not polled for so long, or whose proof of who they are has expired.
    pub(crate) fn sweep(&self, now: Instant, timeout: Duration) {
        let is_gone = |poller: &Poller| {
            let has_expired = poller.session.try_lock().is_ok_and(|session| {
                (*session.expiry().borrow()).is_some_and(|expiry| expiry <= std::time::SystemTime::now())
            });
            has_expired || now.saturating_duration_since(*poller.seen()) >= timeout + WINDOW
        };
        let gone: Vec<Arc<Poller>> =
            self.polls().extract_if(|_, poller| is_gone(poller)).map(|(_, poller)| poller).collect();
        // Outside the lock: their sessions leave their rooms.
        drop(gone);
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        let gone = std::mem::take(&mut *self.polls());
        // As above.
        drop(gone);
    }

    fn polls(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<Poller>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Poller {
    fn seen(&self) -> MutexGuard<'_, Instant> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a GET.
pub(crate) async fn poll(rooms: &Arc<Inner>, request: Request<Body>) -> Result<Response<Body>, Problem> {
    admission::check_version(request.uri().query())?;
    let (mut parts, _) = request.into_parts();
    let asking = match admission::admit(&mut parts).await {
        Ok(asking) => asking,
        Err(problem) if problem.status().is_client_error() => return Ok(answer(json!({ "status": 403 }))),
        Err(problem) => return Err(problem),
    };
    let token = parameter(parts.uri.query(), "token").filter(|token| token != "null");
    let Some((token, poller)) = token.and_then(|token| find(rooms, token, &asking)) else {
        return begin(rooms, asking);
    };
    *poller.seen() = clock::now();
    let packets = wait(&poller, asking.drain.as_ref()).await;
    *poller.seen() = clock::now();
    Ok(match packets {
        Taken::Packets(packets) if packets.is_empty() => {
            answer(json!({ "status": 204, "token": token, "messages": [] }))
        }
        Taken::Packets(packets) => {
            let messages: Vec<String> = packets.iter().map(Packet::to_text).collect();
            answer(json!({ "status": 200, "token": token, "messages": messages }))
        }
        Taken::Closed => {
            rooms.polls.polls().remove(&*token);
            // Its session is gone, and so it joins again.
            answer(json!({ "status": 410, "token": token, "messages": [] }))
        }
    })
}

fn begin(rooms: &Arc<Inner>, asking: Asking) -> Result<Response<Body>, Problem> {
    let Asking { admitted, by_token, client, drain } = asking;
    let user = admitted.caller.as_ref().map(|caller| User::from(&**caller.principal()));
    let waiting = usize::try_from(rooms.config.waiting.as_u64()).unwrap_or(usize::MAX);
    let entered = rooms.hub.connect(user.clone(), client, Transport::LongPoll, waiting);
    let connection = entered.map_err(admission::crowded)?;
    let session = tokio::sync::Mutex::new(Session::new(rooms, &connection, admitted));
    let token = token();
    let poller = Poller { user, by_token, session, connection, seen: Mutex::new(clock::now()) };
    rooms.polls.polls().insert(token.clone(), Arc::new(poller));
    rooms.start_keeper(drain.as_ref());
    Ok(answer(json!({ "status": 410, "token": token, "messages": [] })))
}

/// Whoever shows a token that nobody can guess, and is who has been given it.
fn find(rooms: &Inner, token: String, asking: &Asking) -> Option<(String, Arc<Poller>)> {
    let poller = rooms.polls.polls().get(&*token).map(Arc::clone)?;
    let user = asking.admitted.caller.as_ref().map(|caller| User::from(&**caller.principal()));
    (poller.user == user).then_some((token, poller))
}

/// The same for a POST, of which the official client says nowhere whose it is but by a token that nobody can guess.
fn find_of_post(rooms: &Inner, token: String, asking: &Asking) -> Option<Arc<Poller>> {
    let is_unsaid = asking.admitted.caller.is_none();
    if let Some(poller) = rooms.polls.polls().get(&*token).filter(|poller| is_unsaid && poller.by_token) {
        return Some(Arc::clone(poller));
    }
    find(rooms, token, asking).map(|(_, poller)| poller)
}

async fn wait(poller: &Poller, drain: Option<&Drain>) -> Taken {
    let mailbox = &poller.connection.mailbox;
    let spoken = async {
        loop {
            match mailbox.take(MOST) {
                Taken::Packets(packets) if packets.is_empty() => mailbox.changed().await,
                taken => return taken,
            }
        }
    };
    let drained = async {
        match drain {
            Some(drain) => drain.started().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        taken = spoken => taken,
        () = tokio::time::sleep(WINDOW) => Taken::Packets(Vec::new()),
        () = drained => Taken::Packets(Vec::new()),
    }
}

/// Answers a POST.
pub(crate) async fn publish(rooms: &Arc<Inner>, request: Request<Body>) -> Result<Response<Body>, Problem> {
    admission::check_version(request.uri().query())?;
    let (mut parts, body) = request.into_parts();
    let asking = match admission::admit(&mut parts).await {
        Ok(asking) => asking,
        Err(problem) if problem.status().is_client_error() => return Ok(answer(json!({ "status": 403 }))),
        Err(problem) => return Err(problem),
    };
    let token = parameter(parts.uri.query(), "token");
    let Some(poller) = token.and_then(|token| find_of_post(rooms, token, &asking)) else {
        return Ok(answer(json!({ "status": 410 })));
    };
    *poller.seen() = clock::now();
    let most = rooms.sockets.limits().message;
    let Some(text) = read(body, most).await? else { return Ok(answer(json!({ "status": 413 }))) };
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    if lines.len() > MOST_LINES {
        return Ok(answer(json!({ "status": 413 })));
    }
    let mut session = poller.session.lock().await;
    for line in lines {
        match BASE64.decode(line.as_bytes()) {
            // Text begins with a bracket, which base64 does not have.
            Err(_) => session.hear_text(line).await,
            Ok(bytes) => session.hear_bytes(&Bytes::from(bytes)).await,
        }
    }
    Ok(answer(json!({ "status": 200 })))
}

/// A body of at most so many bytes; `None` where it is larger, or no text.
async fn read(mut body: Body, most: usize) -> Result<Option<String>, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.chunk().await.map_err(Problem::from)? {
        if bytes.len() + chunk.len() > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8(bytes.into()).ok())
}

fn answer(value: serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// What nobody can guess: 128 bits.
fn token() -> Box<str> {
    let bytes: [u8; 16] = rand::random();
    HEXLOWER.encode(&bytes).into()
}
