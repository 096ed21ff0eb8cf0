//! Sockets for components that do not know that they are WebSockets.

use std::task::{Context, Poll, ready};

use http::{Response, request::Parts};
use tsk_core::{
    Body, IntoResponse, Problem, Upgrade,
    upgrade::{Gone, MessageSocket, Opened, Payload, Session},
};

use crate::{CloseCode, Handshake, Message, Socket, Sockets};

impl Upgrade for Sockets {
    fn upgrade(&self, parts: &mut Parts, protocols: &[&'static str], session: Session) -> Response<Body> {
        let handshake = match Handshake::read(parts, self.clone()) {
            Ok(handshake) => handshake.protocols(protocols),
            Err(problem) => return Problem::into_response(problem),
        };
        let chosen = handshake.meta().protocol.as_deref();
        let protocol = protocols.iter().copied().find(|protocol| chosen == Some(protocol));
        handshake.accept(move |socket| session(Opened { socket: Box::new(socket), protocol }))
    }
}

impl MessageSocket for Socket {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Payload>> {
        Poll::Ready(match ready!(self.link().poll_receive(cx)) {
            Some(Ok(Message::Text(text))) => Some(Payload::Text(text.as_str().to_owned())),
            Some(Ok(Message::Binary(bytes))) => Some(Payload::Binary(bytes)),
            Some(Ok(Message::Close(_)) | Err(_)) | None => None,
        })
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        self.link().poll_room(cx, false).map_err(|_| Gone)
    }

    fn send(&mut self, payload: Payload) {
        let message = match payload {
            Payload::Text(text) => Message::text(text),
            Payload::Binary(bytes) => Message::Binary(bytes),
        };
        // Whoever asks for room, or receives, learns that the socket is closed.
        let _ = self.link().queue(message);
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        self.link().poll_room(cx, true).map_err(|_| Gone)
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.sender().close(CloseCode::from(code), reason);
    }
}
