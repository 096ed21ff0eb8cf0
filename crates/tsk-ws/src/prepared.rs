//! Messages that many are sent.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tungstenite::protocol::frame::coding::OpCode;

use crate::{Message, config::Deflate, deflate, frame};

/// A message for any number of sockets: it is framed and compressed once, and shared.
///
/// ```
/// use tsk_ws::{Message, Prepared, Sender};
///
/// fn tell_all(members: &[Sender], news: String) {
///     let news = Prepared::new(Message::text(news));
///     for member in members {
///         // Whoever is too slow to be told is left out.
///         let _ = member.try_share(&news);
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Prepared(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    opcode: OpCode,
    /// As a server sends it, header and all.
    framed: Bytes,
    header: usize,
    /// The same, compressed, with the largest window; made when the first socket wants it. `None` inside where that is no shorter.
    deflated: OnceLock<Option<Bytes>>,
}

impl Prepared {
    /// Prepares a message.
    pub fn new(message: Message) -> Self {
        let (opcode, payload) = frame::parts(message);
        let header = frame::header(opcode, false, None);
        let mut framed = Vec::with_capacity(header.len(payload.len() as u64) + payload.len());
        frame::write(&header, payload.len(), &mut framed);
        let header = framed.len();
        framed.extend_from_slice(&payload);
        Self(Arc::new(Shared { opcode, framed: framed.into(), header, deflated: OnceLock::new() }))
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        &self.0.framed[self.0.header..]
    }

    /// Whether it closes whoever it is sent to.
    pub(crate) fn is_close(&self) -> bool {
        self.0.opcode == frame::CLOSE
    }

    pub(crate) fn opcode(&self) -> OpCode {
        self.0.opcode
    }

    pub(crate) fn bytes(&self) -> Bytes {
        self.0.framed.slice(self.0.header..)
    }

    /// As a server sends it that compresses.
    pub(crate) fn deflated(&self, deflate: &Deflate) -> Option<&Bytes> {
        let make = || {
            let payload = deflate::compressed(self.payload(), deflate::MAX_BITS, deflate.level)?;
            let mut framed = Vec::with_capacity(payload.len() + 10);
            frame::write(&frame::header(self.opcode(), true, None), payload.len(), &mut framed);
            framed.extend_from_slice(&payload);
            Some(framed.into())
        };
        if self.payload().len() < deflate.min_size || self.is_close() {
            return None;
        }
        self.0.deflated.get_or_init(make).as_ref()
    }

    pub(crate) fn framed(&self) -> &Bytes {
        &self.0.framed
    }
}

impl From<Message> for Prepared {
    fn from(message: Message) -> Self {
        Self::new(message)
    }
}
