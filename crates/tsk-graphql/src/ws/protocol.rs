//! The protocol, as plain methods that take `now`.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::Value;

use crate::request::Request;

/// Where a connection is.
#[derive(Debug)]
pub(super) struct Protocol {
    phase: Phase,
    /// The operations that run, by what the client calls them.
    running: HashSet<Box<str>>,
    limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The client has to say who it is until then.
    Waiting(Instant),
    /// It has, and it is being looked at: until then as well, whoever is asked.
    Asked(Instant),
    Ready,
}

/// What a client has said.
#[derive(Debug)]
pub(super) enum Said<'a> {
    /// Who it is.
    Init(Option<Value>),
    Ping(Option<Value>),
    /// Nothing that is to be done anything about.
    Nothing,
    Subscribe {
        id: Box<str>,
        request: Request<'a>,
    },
    /// One operation more than may run at a time.
    TooMany {
        id: Box<str>,
    },
    /// An operation is to stop.
    Complete {
        id: Box<str>,
    },
}

/// Why a connection is closed: the codes are those of the protocol.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    /// At most 123 bytes.
    pub(super) reason: String,
}

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub(super) fn invalid(reason: &str) -> Self {
        Self::new(4400, reason)
    }

    pub(super) fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    pub(super) fn subprotocol() -> Self {
        Self::new(4406, "Subprotocol not acceptable")
    }

    fn timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }
}

/// The longest name of an operation, in bytes: its close reason has room for it.
const LONGEST: usize = 64;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", bound(deserialize = "'de: 'a"))]
enum Message<'a> {
    ConnectionInit { payload: Option<Value> },
    Ping { payload: Option<Value> },
    Pong {},
    Subscribe { id: Box<str>, payload: Request<'a> },
    Complete { id: Box<str> },
}

impl Protocol {
    /// A connection that has just been opened. `limit` operations may run on it at a time.
    pub(super) fn new(now: Instant, patience: Duration, limit: usize) -> Self {
        Self { phase: Phase::Waiting(now + patience), running: HashSet::new(), limit }
    }

    /// What a message says.
    ///
    /// # Errors
    ///
    /// The connection is closed for it.
    pub(super) fn receive<'a>(&mut self, text: &'a str) -> Result<Said<'a>, Close> {
        let message = serde_json::from_str(text).map_err(|_| Close::invalid("Invalid message"))?;
        match (message, self.phase) {
            (Message::ConnectionInit { payload }, Phase::Waiting(until)) => {
                self.phase = Phase::Asked(until);
                if payload.as_ref().is_some_and(|payload| !payload.is_object()) {
                    return Err(Close::invalid("The payload of connection_init is no object"));
                }
                Ok(Said::Init(payload))
            }
            (Message::ConnectionInit { .. }, Phase::Asked(_) | Phase::Ready) => {
                Err(Close::new(4429, "Too many initialisation requests"))
            }
            (Message::Ping { payload }, _) => Ok(Said::Ping(payload)),
            (Message::Pong {}, _) => Ok(Said::Nothing),
            (Message::Subscribe { .. }, Phase::Waiting(_) | Phase::Asked(_)) => {
                Err(Close::new(4401, "Unauthorized"))
            }
            (Message::Subscribe { id, payload: request }, Phase::Ready) => self.subscribe(id, request),
            (Message::Complete { id }, _) => {
                self.running.remove(&id);
                Ok(Said::Complete { id })
            }
        }
    }

    fn subscribe<'a>(&mut self, id: Box<str>, request: Request<'a>) -> Result<Said<'a>, Close> {
        if id.is_empty() || id.len() > LONGEST {
            return Err(Close::invalid("The id of an operation has 1 to 64 bytes"));
        }
        if self.running.contains(&id) {
            return Err(Close::new(4409, format!("Subscriber for {id} already exists")));
        }
        if self.running.len() >= self.limit {
            return Ok(Said::TooMany { id });
        }
        self.running.insert(id.clone());
        Ok(Said::Subscribe { id, request })
    }

    /// Says that the client is who it says.
    pub(super) fn acknowledged(&mut self) {
        self.phase = Phase::Ready;
    }

    /// Says that an operation has ended: what it was called may be used again.
    pub(super) fn ended(&mut self, id: &str) {
        self.running.remove(id);
    }

    /// Until when the client has to say who it is.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Waiting(until) | Phase::Asked(until) => Some(until),
            Phase::Ready => None,
        }
    }

    /// Says what time it is.
    ///
    /// # Errors
    ///
    /// The client has not said who it is.
    pub(super) fn tick(&self, now: Instant) -> Result<(), Close> {
        match self.phase {
            Phase::Waiting(until) | Phase::Asked(until) if until <= now => Err(Close::timeout()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn open(limit: usize) -> (Protocol, Instant) {
        let now = Instant::now();
        (Protocol::new(now, 3 * SECOND, limit), now)
    }

    fn ready(limit: usize) -> Protocol {
        let (mut protocol, _) = open(limit);
        assert!(matches!(protocol.receive(r#"{"type":"connection_init"}"#), Ok(Said::Init(None))));
        protocol.acknowledged();
        protocol
    }

    fn code(protocol: &mut Protocol, text: &str) -> u16 {
        protocol.receive(text).unwrap_err().code
    }

    const SUBSCRIBE: &str =
        r#"{"id":"1","type":"subscribe","payload":{"query":"{ hello }","variables":{"a":1}}}"#;

    #[test]
    fn what_is_no_message_closes_with_4400() {
        for text in [
            "",
            "7",
            "[]",
            "{}",
            "null",
            r#"{"type":"unknown"}"#,
            r#"{"type":7}"#,
            r#"{"type":"subscribe"}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":1,"payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":[]}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"connection_ack"}"#,
        ] {
            assert_eq!(code(&mut ready(1), text), 4400, "{text}");
        }
        assert_eq!(code(&mut open(1).0, r#"{"type":"connection_init","payload":[]}"#), 4400);
        let long =
            format!(r#"{{"type":"subscribe","id":"{}","payload":{{"query":"{{a}}"}}}}"#, "x".repeat(65));
        assert_eq!(code(&mut ready(1), &long), 4400);
    }

    #[test]
    fn who_subscribes_before_it_is_acknowledged_is_closed_with_4401() {
        let (mut protocol, _) = open(1);
        assert_eq!(code(&mut protocol, SUBSCRIBE), 4401);
        let (mut protocol, _) = open(1);
        protocol.receive(r#"{"type":"connection_init","payload":{"a":1}}"#).unwrap();
        assert_eq!(code(&mut protocol, SUBSCRIBE), 4401);
        protocol.acknowledged();
        assert!(matches!(protocol.receive(SUBSCRIBE), Ok(Said::Subscribe { .. })));
    }

    #[test]
    fn who_does_not_say_who_it_is_is_closed_with_4408() {
        let (mut protocol, now) = open(1);
        assert_eq!(protocol.deadline(), Some(now + 3 * SECOND));
        assert!(protocol.tick(now + 2 * SECOND).is_ok());
        // A ping is no word of who it is.
        assert!(matches!(protocol.receive(r#"{"type":"ping"}"#), Ok(Said::Ping(None))));
        assert_eq!(protocol.tick(now + 3 * SECOND).unwrap_err().code, 4408);
        // Nor is it enough to have said so, where whoever looks at it does not answer.
        protocol.receive(r#"{"type":"connection_init"}"#).unwrap();
        assert_eq!(protocol.tick(now + 3 * SECOND).unwrap_err().code, 4408);
        protocol.acknowledged();
        assert!(protocol.tick(now + 9 * SECOND).is_ok() && protocol.deadline().is_none());
    }

    #[test]
    fn a_name_that_is_in_use_closes_with_4409_and_is_free_once_it_has_ended() {
        let mut protocol = ready(9);
        protocol.receive(SUBSCRIBE).unwrap();
        assert_eq!(
            protocol.receive(SUBSCRIBE).unwrap_err(),
            Close::new(4409, "Subscriber for 1 already exists")
        );
        protocol.ended("1");
        protocol.receive(SUBSCRIBE).unwrap();
        assert!(matches!(protocol.receive(r#"{"type":"complete","id":"1"}"#), Ok(Said::Complete { .. })));
        protocol.receive(SUBSCRIBE).unwrap();
    }

    #[test]
    fn saying_twice_who_it_is_closes_with_4429() {
        assert_eq!(code(&mut ready(1), r#"{"type":"connection_init"}"#), 4429);
        let (mut protocol, _) = open(1);
        protocol.receive(r#"{"type":"connection_init"}"#).unwrap();
        assert_eq!(code(&mut protocol, r#"{"type":"connection_init"}"#), 4429);
    }

    #[test]
    fn no_more_operations_run_at_a_time_than_may() {
        let mut protocol = ready(2);
        let subscribe =
            |id: u8| format!(r#"{{"id":"{id}","type":"subscribe","payload":{{"query":"{{ hello }}"}}}}"#);
        protocol.receive(&subscribe(1)).unwrap();
        protocol.receive(&subscribe(2)).unwrap();
        assert!(matches!(protocol.receive(&subscribe(3)), Ok(Said::TooMany { .. })));
        protocol.ended("2");
        assert!(matches!(protocol.receive(&subscribe(3)), Ok(Said::Subscribe { .. })));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_message_or_closes(text in ".{0,200}") {
            let mut protocol = ready(1);
            if let Err(close) = protocol.receive(&text) {
                proptest::prop_assert!((4400..4430).contains(&close.code) && close.reason.len() <= 123);
            }
        }
    }
}
