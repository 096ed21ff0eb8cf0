//! What a socket is at: open, closing, gone; what it has to send, and until when.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;
use tungstenite::protocol::frame::coding::OpCode;

use crate::{
    CloseCode, CloseFrame, Message, Prepared, Role,
    config::Limits,
    decoder::{Decoder, Event, is_sendable},
    deflate::{Agreement, Compressor, MAX_BITS},
    error::{Error, Fault, Kind},
    frame::{self, CLOSE, Framed, PING, PONG},
    mask,
    outbox::Outbox,
};

/// With more than this queued, only the last ping is answered (RFC 6455 §5.5.3): who sends pings and reads nothing gets no
/// queue of pongs.
const MAX_PONGS: usize = 4 * 1024;

/// RFC 6455 without a connection: bytes in, messages out, and the other way round. It takes `now`.
#[derive(Debug)]
pub(crate) struct Protocol {
    role: Role,
    limits: Arc<Limits>,
    decoder: Decoder,
    /// Where messages are compressed, and what does it.
    agreement: Option<Agreement>,
    compressor: Compressor,
    pub(crate) outbox: Outbox,
    phase: Phase,
    /// The last ping that found no room to be answered.
    late: Option<Bytes>,
    /// Whether something of the protocol itself is queued.
    is_urgent: bool,
    /// When something last came, and when a message last came or went.
    heard: Instant,
    active: Instant,
    /// When the other end was asked whether it is there, as long as nothing has come since.
    asked: Option<Instant>,
    /// Since when the system has taken nothing of what is queued.
    stalled: Option<Instant>,
    /// How long the last answer to a ping was under way, and when that ping was sent.
    round_trip: Option<Duration>,
    pinged: Option<Instant>,
}

/// How far a socket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// We have said that we close, and wait for the other end to agree.
    Closing {
        until: Instant,
    },
    /// All that is said has been said. What is queued is sent. After a fault what still comes is thrown away, so that the system does
    /// not take back the reason along with it.
    Leaving {
        until: Instant,
        is_lingering: bool,
    },
    Gone,
}

/// What is next for whoever has the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// Send, receive.
    On,
    /// Send what is queued, say that no more will come, and throw away what comes until the other end has gone.
    Linger,
    /// Send what is queued, and go.
    Leave,
    /// Go.
    Gone,
}

impl Protocol {
    pub(crate) fn new(role: Role, limits: Arc<Limits>, agreement: Option<Agreement>, now: Instant) -> Self {
        Self {
            role,
            limits,
            decoder: Decoder::new(role, agreement),
            agreement,
            compressor: Compressor::default(),
            outbox: Outbox::default(),
            phase: Phase::Open,
            late: None,
            is_urgent: false,
            heard: now,
            active: now,
            asked: None,
            stalled: None,
            round_trip: None,
            pinged: None,
        }
    }

    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    pub(crate) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    pub(crate) fn course(&self) -> Course {
        match self.phase {
            Phase::Open | Phase::Closing { .. } => Course::On,
            Phase::Leaving { is_lingering: true, .. } => Course::Linger,
            Phase::Leaving { is_lingering: false, .. } => Course::Leave,
            Phase::Gone => Course::Gone,
        }
    }

    /// Whether what is queued should not wait for more.
    pub(crate) fn is_urgent(&self) -> bool {
        self.is_urgent && !self.outbox.is_empty()
    }

    /// Takes what has come, up to the end of the first message. `None` where there is none.
    pub(crate) fn receive(&mut self, input: &mut &[u8], now: Instant) -> Result<Option<Message>, Error> {
        if !input.is_empty() {
            self.heard = now;
            self.asked = None;
        }
        while self.course() == Course::On {
            match self.decoder.decode(input, &self.limits) {
                Ok(None) => return Ok(None),
                Ok(Some(Event::Message(message))) => {
                    self.active = now;
                    return Ok(Some(message));
                }
                Ok(Some(Event::Ping(payload))) => self.answer(payload),
                Ok(Some(Event::Pong(_))) => {
                    if let Some(pinged) = self.pinged.take() {
                        self.round_trip = Some(now - pinged);
                    }
                }
                Ok(Some(Event::Close(frame))) => {
                    if self.phase == Phase::Open {
                        self.push(CLOSE, frame::close(frame.as_ref()));
                    }
                    self.leave(false, now);
                    return Ok(Some(Message::Close(frame)));
                }
                Err(fault) => {
                    self.fail(fault, now);
                    return Err(fault.into());
                }
            }
        }
        Ok(None)
    }

    /// The other end has said that nothing more comes.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        let is_early = self.course() == Course::On;
        self.go();
        if is_early {
            let error =
                std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the other end went without a word");
            return Err(error.into());
        }
        Ok(())
    }

    /// A message as it is to be sent next: to be written at once where nothing is queued, and else to be
    /// [queued](Self::queue). A close is queued, as it is to be followed.
    pub(crate) fn send(&mut self, message: Message, now: Instant) -> Result<Option<Framed>, Error> {
        if let Message::Close(frame) = message {
            self.close(frame.as_ref(), now);
            return Ok(None);
        }
        self.check_open()?;
        self.active = now;
        let (opcode, payload) = frame::parts(message);
        Ok(Some(match self.deflated(&payload) {
            Some(deflated) => self.framed(opcode, true, deflated.into()),
            None => self.framed(opcode, false, payload),
        }))
    }

    /// The same for a message that many are sent.
    pub(crate) fn share(&mut self, prepared: &Prepared, now: Instant) -> Result<Option<Framed>, Error> {
        self.check_open()?;
        self.active = now;
        if prepared.is_close() {
            self.phase = Phase::Closing { until: now + self.limits.close_timeout };
            self.push(CLOSE, prepared.bytes());
            return Ok(None);
        }
        Ok(Some(match self.role {
            Role::Client => self.framed(prepared.opcode(), false, prepared.bytes()),
            Role::Server => {
                let framed = self.shared_deflated(prepared).unwrap_or_else(|| prepared.framed());
                Framed::shared(framed.clone())
            }
        }))
    }

    /// Queues a frame of a message.
    pub(crate) fn queue(&mut self, frame: Framed) {
        self.outbox.push(frame);
    }

    /// A message that many are sent, compressed, if it is sent so here.
    fn shared_deflated<'p>(&mut self, prepared: &'p Prepared) -> Option<&'p Bytes> {
        let deflate = self.limits.deflate.as_ref()?;
        let deflated =
            prepared.deflated(deflate).filter(|_| self.agreement.is_some_and(|it| it.bits == MAX_BITS))?;
        // The other end remembers it, and what compresses here does not.
        self.compressor.forget();
        Some(deflated)
    }

    fn deflated(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let (agreement, deflate) = (self.agreement?, self.limits.deflate.as_ref()?);
        if payload.len() < deflate.min_size {
            return None;
        }
        self.compressor.compress(payload, agreement, deflate.level)
    }

    /// Whether a payload of so many bytes may be queued. One that would be sent at once always may.
    pub(crate) fn check_room(&self, length: usize) -> Result<(), Error> {
        let is_full = !self.outbox.is_empty() && self.outbox.len().saturating_add(length) > self.limits.queue;
        if is_full { Err(Error::new(Kind::Full)) } else { Ok(()) }
    }

    pub(crate) fn ping(&mut self, now: Instant) {
        if self.is_open() {
            self.pinged = Some(now);
            self.push(PING, Bytes::new());
        }
    }

    /// Begins to close, unless it has begun.
    pub(crate) fn close(&mut self, frame: Option<&CloseFrame>, now: Instant) {
        if !self.is_open() {
            return;
        }
        // Who names a code that may not be sent has none to tell (RFC 6455 §7.4.1).
        let frame = frame.filter(|frame| is_sendable(frame.code.into()));
        self.phase = Phase::Closing { until: now + self.limits.close_timeout };
        self.push(CLOSE, frame::close(frame));
    }

    /// Gives up: nothing is sent or received any more.
    pub(crate) fn go(&mut self) {
        self.phase = Phase::Gone;
        self.outbox.clear();
        (self.late, self.stalled) = (None, None);
    }

    /// Notes how many bytes of the outbox the system has taken.
    pub(crate) fn sent(&mut self, count: usize, now: Instant) {
        self.outbox.take(count);
        self.stalled = (!self.outbox.is_empty()).then_some(now);
        self.is_urgent &= !self.outbox.is_empty();
        if self.outbox.is_empty()
            && let Some(payload) = self.late.take()
            && self.is_open()
        {
            self.push(PONG, payload);
        }
    }

    /// Notes that the system takes nothing more for now.
    pub(crate) fn blocked(&mut self, now: Instant) {
        self.stalled.get_or_insert(now);
    }

    /// When there is something to do, if nothing else happens.
    ///
    /// Whether the other end is there can be told only where all that has come `is_read`.
    pub(crate) fn due(&self, is_read: bool) -> Option<Instant> {
        let Limits { heartbeat, heartbeat_timeout, idle, send_timeout, .. } = *self.limits;
        let stalled = self.stalled.map(|since| since + send_timeout);
        let own = match self.phase {
            Phase::Closing { until } | Phase::Leaving { until, .. } => Some(until),
            Phase::Open if is_read => {
                let heartbeat = match self.asked {
                    Some(asked) => Some(asked + heartbeat_timeout),
                    None => heartbeat.map(|heartbeat| self.heard + heartbeat),
                };
                earlier(heartbeat, idle.map(|idle| self.active + idle))
            }
            Phase::Open | Phase::Gone => None,
        };
        earlier(stalled, own)
    }

    /// Does what is due. `is_read` is as for [`due`](Self::due).
    pub(crate) fn tick(&mut self, now: Instant, is_read: bool) -> Result<(), Error> {
        let limits = Arc::clone(&self.limits);
        if self.stalled.is_some_and(|since| now >= since + limits.send_timeout) {
            return Err(self.time_out("the other end takes nothing of what it is sent"));
        }
        match self.phase {
            Phase::Closing { until } if now >= until => {
                return Err(self.time_out("the other end did not agree to close"));
            }
            Phase::Leaving { until, .. } if now >= until => self.go(),
            Phase::Open if is_read => {
                match self.asked {
                    Some(asked) if now >= asked + limits.heartbeat_timeout => {
                        return Err(self.time_out("the other end does not answer"));
                    }
                    None if limits.heartbeat.is_some_and(|heartbeat| now >= self.heard + heartbeat) => {
                        self.asked = Some(now);
                        self.ping(now);
                    }
                    _ => {}
                }
                if limits.idle.is_some_and(|idle| now >= self.active + idle) {
                    let reason = "nothing was said for too long".into();
                    self.close(Some(&CloseFrame { code: CloseCode::Away, reason }), now);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.is_open() { Ok(()) } else { Err(Error::new(Kind::Closed)) }
    }

    fn time_out(&mut self, what: &'static str) -> Error {
        self.go();
        Error::new(Kind::TimedOut(what))
    }

    fn answer(&mut self, payload: Bytes) {
        if self.outbox.len() > MAX_PONGS {
            self.late = Some(payload);
        } else if self.is_open() {
            self.push(PONG, payload);
        }
    }

    fn fail(&mut self, Fault { code, reason }: Fault, now: Instant) {
        if self.phase == Phase::Open {
            let frame = CloseFrame { code, reason: reason.into() };
            self.push(CLOSE, frame::close(Some(&frame)));
        }
        self.leave(true, now);
    }

    fn leave(&mut self, is_lingering: bool, now: Instant) {
        self.phase = Phase::Leaving { until: now + self.limits.close_timeout, is_lingering };
    }

    /// Queues a control frame.
    fn push(&mut self, opcode: OpCode, payload: Bytes) {
        self.is_urgent = true;
        let frame = self.framed(opcode, false, payload);
        self.outbox.push(frame);
    }

    fn framed(&self, opcode: OpCode, is_deflated: bool, payload: Bytes) -> Framed {
        let key = (self.role == Role::Client).then(mask::random);
        let header = frame::header(opcode, is_deflated, key);
        let payload = match key {
            None => payload,
            Some(key) => {
                let mut covered = payload.to_vec();
                mask::apply(&mut covered, key);
                covered.into()
            }
        };
        Framed::new(&header, payload)
    }
}

fn earlier(first: Option<Instant>, second: Option<Instant>) -> Option<Instant> {
    match (first, second) {
        (Some(first), Some(second)) => Some(first.min(second)),
        (first, second) => first.or(second),
    }
}
