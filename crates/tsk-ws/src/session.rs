//! The task of a socket: its handler, the drain, and how it ends.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

use tsk_core::Drain;

use crate::{CloseCode, CloseFrame, Socket, handshake::Opening, link::Link};

/// Runs a handler on a socket, and sees the socket closed.
pub(crate) fn spawn<F, R>(opening: Opening, handler: F, drain: Option<Drain>)
where
    F: FnOnce(Socket) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    // Taken before the answer is sent, so that a drain that begins now waits for it.
    let hold = drain.as_ref().map(Drain::hold);
    tokio::spawn(async move {
        let socket = match opening.await {
            Ok(socket) => socket,
            Err(error) => return tracing::debug!(%error, "a socket was not opened"),
        };
        let link = Arc::clone(socket.link());
        run(handler(socket), &link, drain).await;
        // The handler has dropped the socket, which has begun to close.
        while poll_fn(|cx| link.poll_receive(cx)).await.is_some() {}
        drop(hold);
    });
}

/// Runs a handler to its end, and closes the socket when the service drains.
async fn run(handler: impl Future<Output = ()>, link: &Link, drain: Option<Drain>) {
    let mut handler = std::pin::pin!(handler);
    let mut drained: Option<Pin<Box<dyn Future<Output = ()> + Send>>> =
        drain.map(|drain| Box::pin(async move { drain.started().await }) as _);
    poll_fn(|cx| {
        if let Some(future) = &mut drained
            && future.as_mut().poll(cx).is_ready()
        {
            drained = None;
            let reason = "the server restarts".into();
            link.close(Some(&CloseFrame { code: CloseCode::Restart, reason }));
        }
        match handler.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
}
