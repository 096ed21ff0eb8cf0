//! Clients that are connected by a WebSocket.

use std::{
    future::pending,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{Request, Response};
use tokio::sync::watch;
use tsk_core::{Body, Drain, Problem};

use super::{
    Inner,
    admission::{self, Asking},
    mailbox::Mailbox,
    registry::Transport,
    session::Session,
};
use crate::{CloseCode, Message, Sender, Socket};

/// How long a client has to agree that its socket is closed, and the socket to notice: the socket's own deadline is shorter.
const PATIENCE: Duration = Duration::from_secs(30);

/// Lets somebody connect.
pub(crate) async fn open(rooms: &Arc<Inner>, mut request: Request<Body>) -> Result<Response<Body>, Problem> {
    admission::check_version(request.uri().query())?;
    let handshake = crate::upgrade(&mut request, &rooms.sockets)?.protocols(&[admission::PROTOCOL]);
    let (mut parts, _) = request.into_parts();
    let Asking { admitted, client, drain, .. } = admission::admit(&mut parts).await?;
    let user = admitted.caller.as_ref().map(|caller| (&**caller.principal()).into());
    let waiting = usize::try_from(rooms.config.waiting.as_u64()).unwrap_or(usize::MAX);
    let connection =
        rooms.hub.connect(user, client, Transport::WebSocket, waiting).map_err(admission::crowded)?;
    let session = Session::new(rooms, &connection, admitted);
    rooms.start_keeper(drain.as_ref());
    let window = rooms.config.drain_window;
    let (response, opening) = handshake.into_parts();
    let hold = drain.as_ref().map(Drain::hold);
    tokio::spawn(async move {
        match opening.await {
            Ok(socket) => serve(socket, session, drain, window).await,
            Err(error) => tracing::debug!(%error, "a socket was not opened"),
        }
        drop(hold);
    });
    Ok(response)
}

pub(crate) async fn serve(mut socket: Socket, mut session: Session, drain: Option<Drain>, window: Duration) {
    let connection = Arc::clone(session.connection());
    let (mailbox, sender) = (&connection.mailbox, socket.sender());
    mailbox.attach(sender.clone());
    let expiry = session.expiry();
    let heard = async {
        while let Some(Ok(message)) = socket.recv().await {
            match message {
                Message::Text(text) => session.hear_text(&text).await,
                Message::Binary(bytes) => session.hear_bytes(&bytes).await,
                Message::Close(_) => {}
            }
        }
    };
    tokio::select! {
        () = heard => {}
        () = send(mailbox, &sender) => {}
        () = expire(expiry, mailbox) => {}
        () = drained(drain, window, mailbox) => {}
    }
}

/// Sends what the socket did not take at once, and closes it where that is due. It ends where the socket has.
async fn send(mailbox: &Mailbox, sender: &Sender) {
    loop {
        mailbox.changed().await;
        if let Some(closed) = mailbox.closed() {
            mailbox.flush();
            sender.close(closed.code, closed.reason);
            // Whoever receives sees it to the end.
            tokio::time::sleep(PATIENCE).await;
            return;
        }
        if sender.sent().await.is_err() {
            return;
        }
        mailbox.flush();
    }
}

/// Closes the socket once it is not believed any more who is there.
async fn expire(mut expiry: watch::Receiver<Option<SystemTime>>, mailbox: &Mailbox) {
    loop {
        let at = *expiry.borrow_and_update();
        let due = async {
            match at {
                Some(at) => {
                    tokio::time::sleep(at.duration_since(SystemTime::now()).unwrap_or_default()).await
                }
                None => pending().await,
            }
        };
        tokio::select! {
            changed = expiry.changed() => {
                if changed.is_err() {
                    return pending().await;
                }
            }
            () = due => {
                mailbox.close(CloseCode::Policy, "expired");
                return pending().await;
            }
        }
    }
}

/// Closes the socket some time after the service is told to stop, so that not all clients come back at once.
async fn drained(drain: Option<Drain>, window: Duration, mailbox: &Mailbox) {
    let Some(drain) = drain else { return pending().await };
    drain.started().await;
    tokio::time::sleep(window.mul_f64(fastrand::f64())).await;
    mailbox.close(CloseCode::Restart, "the server restarts");
    pending().await
}
