//! Clients that listen by an event stream: `EventSource` of any browser. They say nothing.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body::{Body as HttpBody, Frame};
use tsk_core::{Body, BoxError, Drain, Problem};

use super::{
    Inner,
    admission::{self, Asking, parameter},
    live::Resume,
    mailbox::Taken,
    packet::Packet,
    phoenix::Payload,
    registry::{Connection, Transport},
    session::Session,
    topic::Topic,
};

/// How often something is sent although nothing is said, so that nobody in between takes the stream for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What is sent at most at once, but for a single message that is larger.
const MOST: usize = 64 << 10;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Lets somebody listen to the room that the query names. The header `Last-Event-ID`, or `last_event_id` in the query, says what it
/// has heard already; `latest` how many messages it wants to hear of before.
pub(crate) async fn open(rooms: &Arc<Inner>, request: Request<Body>) -> Result<Response<Body>, Problem> {
    let (mut parts, _) = request.into_parts();
    let topic = parameter(parts.uri.query(), "topic").and_then(|topic| Topic::new(&topic));
    let topic = topic.ok_or_else(|| {
        Problem::new(StatusCode::BAD_REQUEST).detail("The query names no room: `?topic=…`.")
    })?;
    let Asking { admitted, client, drain, .. } = admission::admit(&mut parts).await?;
    let heard = parts.headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let heard = heard.or_else(|| parameter(parts.uri.query(), "last_event_id"));
    let resume = match heard.filter(|heard| !heard.is_empty()) {
        Some(heard) => heard.parse().map_or(Resume::Lost, Resume::Since),
        None => {
            let latest = parameter(parts.uri.query(), "latest").and_then(|count| count.parse().ok());
            latest.map_or(Resume::Nothing, Resume::Latest)
        }
    };
    let user = admitted.caller.as_ref().map(|caller| (&**caller.principal()).into());
    let waiting = usize::try_from(rooms.config.waiting.as_u64()).unwrap_or(usize::MAX);
    let entered = rooms.hub.connect(user, client, Transport::EventStream, waiting);
    let connection = entered.map_err(admission::crowded)?;
    let mut session = Session::new(rooms, &connection, admitted);
    let entered = session.enter(&topic, None, None, &Payload::empty(), Some(resume)).await;
    entered.map_err(|refusal| {
        let status = match &*refusal.reason {
            "unmatched topic" => StatusCode::NOT_FOUND,
            "full" | "too many rooms" | "joined too often" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        };
        Problem::new(status).detail(refusal.reason)
    })?;
    rooms.start_keeper(drain.as_ref());
    let window = rooms.config.drain_window;
    let waiting = Box::pin(std::future::ready(Woken::Spoken));
    let body = Listening { connection, session, drain, window, waiting, is_over: false };
    let mut response = Response::new(Body::new(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // What nginx would hold back until it has enough of it.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// A stream of what is said. When it is dropped, the client has left.
struct Listening {
    connection: Arc<Connection>,
    session: Session,
    drain: Option<Drain>,
    window: Duration,
    waiting: Pin<Box<dyn Future<Output = Woken> + Send>>,
    is_over: bool,
}

enum Woken {
    Spoken,
    Quiet,
    Expired,
    Drained,
}

impl Listening {
    fn wait(&self) -> Pin<Box<dyn Future<Output = Woken> + Send>> {
        let (connection, drain) = (Arc::clone(&self.connection), self.drain.clone());
        let expiry = *self.session.expiry().borrow();
        let left = expiry.map(|at| at.duration_since(std::time::SystemTime::now()).unwrap_or_default());
        Box::pin(async move {
            let drained = async {
                match drain {
                    Some(drain) => drain.started().await,
                    None => std::future::pending().await,
                }
            };
            let expired = async {
                match left {
                    Some(left) => tokio::time::sleep(left).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = connection.mailbox.changed() => Woken::Spoken,
                () = drained => Woken::Drained,
                () = expired => Woken::Expired,
                () = tokio::time::sleep(HEARTBEAT) => Woken::Quiet,
            }
        })
    }
}

impl HttpBody for Listening {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            if self.is_over {
                return Poll::Ready(None);
            }
            match self.connection.mailbox.take(MOST) {
                Taken::Packets(packets) if packets.is_empty() => {}
                Taken::Packets(packets) => {
                    let events: String = packets.iter().map(Packet::to_event).collect();
                    return Poll::Ready(Some(Ok(Frame::data(events.into()))));
                }
                Taken::Closed => {
                    self.is_over = true;
                    continue;
                }
            }
            let woken = ready!(self.waiting.as_mut().poll(cx));
            self.waiting = self.wait();
            match woken {
                Woken::Spoken => {}
                Woken::Quiet => return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b":\n\n"))))),
                Woken::Expired => self.is_over = true,
                Woken::Drained => {
                    // Browsers come back by themselves: not all at once.
                    self.is_over = true;
                    let after = 1000 + self.window.mul_f64(fastrand::f64()).as_millis();
                    return Poll::Ready(Some(Ok(Frame::data(format!("retry: {after}\n\n").into()))));
                }
            }
        }
    }
}
