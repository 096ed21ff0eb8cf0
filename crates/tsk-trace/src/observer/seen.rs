//! What is kept of a request until its end, in memory that is used again.

use std::cell::RefCell;

use http::{HeaderMap, StatusCode, Version, header};
use tsk_core::{Head, Problem, context::RequestId, observe::Answer};

use crate::{
    current::Found,
    record::Exception,
    redact::Secrets,
    route::Method,
    texts::{Text, Texts},
};

/// What is kept of a request until its end: in this order, so that most requests touch its beginning alone.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Seen {
    pub(super) parent: u64,
    pub(super) method: Method,
    pub(super) version: Version,
    /// Whether the request itself says that it came by `https`.
    pub(super) says_secure: bool,
    /// Whether the answer goes on until somebody leaves.
    pub(super) is_stream: bool,
    pub(super) found: Found,
    /// As they came, with secrets in the query, until they are made to [`tell`](Self::tell).
    pub(super) texts: Texts,
}

const POOL_SIZE: usize = 64;

thread_local! {
    #[expect(clippy::vec_box, reason = "a request has its box, and gives it back")]
    static POOL: RefCell<Vec<Box<Seen>>> = const { RefCell::new(Vec::new()) };
}

impl Seen {
    #[inline]
    pub(super) fn take() -> Box<Self> {
        let pooled = POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten();
        pooled.unwrap_or_else(Self::fresh)
    }

    #[cold]
    fn fresh() -> Box<Self> {
        Box::new(Self {
            parent: 0,
            method: Method::of(&http::Method::GET),
            version: Version::HTTP_11,
            says_secure: false,
            is_stream: false,
            found: Found::default(),
            texts: Texts::new(),
        })
    }

    /// Forgets what belongs to the request, and keeps the memory for another.
    #[inline]
    pub(super) fn put_back(mut self: Box<Self>) {
        let found = &mut self.found;
        if found.exceptions.capacity() + found.spans.capacity() > 0 {
            *found = Found::default();
        }
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < POOL_SIZE {
                pool.push(self);
            }
        });
    }

    /// Copies what will be wanted at the end.
    #[inline]
    pub(super) fn fill(&mut self, head: &Head<'_>, parent: u64, is_sampled: bool) {
        self.parent = parent;
        self.method = Method::of(head.method);
        self.version = head.version;
        // A request of HTTP/1.1 does not say it, and one of HTTP/2 says what a proxy before us was asked.
        self.says_secure = head.uri.scheme_str() == Some("https");
        // To know whom the request comes from takes its headers, where it does not come from its peer. The context keeps it.
        let _ = head.client();
        self.is_stream = false;
        self.texts.clear();
        self.texts.push(Text::Path, head.uri.path().as_bytes());
        if let Some(query) = head.uri.query() {
            self.texts.push(Text::Query, query.as_bytes());
        }
        // Of those that will mostly be forgotten, what takes looking for is left out.
        if is_sampled {
            self.fill_fields(head);
        }
    }

    fn fill_fields(&mut self, head: &Head<'_>) {
        let (mut host, mut agent) =
            (head.uri.authority().map(|authority| authority.as_str().as_bytes()), None);
        // One pass over the names costs less than to look up both.
        for (name, value) in head.headers {
            if *name == header::HOST {
                host.get_or_insert(value.as_bytes());
            } else if *name == header::USER_AGENT {
                agent.get_or_insert(value.as_bytes());
            }
        }
        self.texts.push(Text::Host, host.unwrap_or_default());
        self.texts.push(Text::Agent, agent.unwrap_or_default());
    }

    #[inline]
    pub(super) fn answered(&mut self, answer: Answer<'_>) {
        self.is_stream = answer.status == StatusCode::SWITCHING_PROTOCOLS
            || answer.length.is_none() && is_event_stream(answer.headers);
        if answer.status.is_server_error() {
            self.failed(answer);
        }
    }

    #[cold]
    fn failed(&mut self, answer: Answer<'_>) {
        if let Some(problem) = answer.extensions.get::<Problem>() {
            self.found.add_exception(Exception::of_problem(problem));
        }
    }

    /// Makes of the texts what may be told of the request.
    #[inline]
    pub(super) fn tell(&mut self, secrets: &Secrets, id: Option<&RequestId>) {
        if !self.texts.get(Text::Query).is_empty() {
            self.redact(secrets);
        }
        if let Some(id) = id {
            self.texts.push(Text::Id, id.as_bytes());
        }
    }

    /// Takes secrets out of the query.
    fn redact(&mut self, secrets: &Secrets) {
        let mut texts = Texts::new();
        texts.push(Text::Path, self.texts.get(Text::Path));
        let query = String::from_utf8_lossy(self.texts.get(Text::Query));
        secrets.pieces(&query, |piece| texts.push(Text::Query, piece.as_bytes()));
        texts.push(Text::Host, self.texts.get(Text::Host));
        texts.push(Text::Agent, self.texts.get(Text::Agent));
        self.texts = texts;
    }
}

#[cold]
fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    kind.is_some_and(|kind| kind.starts_with(b"text/event-stream"))
}
