//! What a client can be told.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue};
use tsk_core::{BoxError, Drain};

use super::{
    Client, Error, Held, WhenFull,
    driver::{Line, Shared, Token},
    engine::Engine,
    settings::Settings,
};
use crate::client::{Connector, Request};

/// A client in the making.
#[must_use = "there is no client before it connects"]
pub struct Builder {
    url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    parameters: Vec<(String, String)>,
    connector: Option<Connector>,
    token: Option<Token>,
    drain: Option<Drain>,
    settings: Settings,
}

impl Builder {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            headers: Vec::new(),
            parameters: Vec::new(),
            connector: None,
            token: None,
            drain: None,
            settings: Settings::default(),
        }
    }

    /// Says how connections are made, and what holds for their sockets. Default: [`Connector::default`].
    pub fn connector(mut self, connector: Connector) -> Self {
        self.connector = Some(connector);
        self
    }

    /// Says something more at each connection.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds a parameter to the query of the URL, as `params` of the official client.
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Shows a bearer token, which is asked for at each connection: one that has expired is not shown again. Where there is none, another
    /// attempt is made later, as where the server is away.
    ///
    /// ```
    /// use tsk_ws::rooms::client::Client;
    ///
    /// async fn read() -> std::io::Result<String> {
    ///     std::fs::read_to_string("/run/secrets/token")
    /// }
    ///
    /// let builder = Client::builder("wss://chat.example.com/socket").token(read);
    /// ```
    pub fn token<F, R, E>(mut self, token: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.token = Some(Box::new(move || {
            let token = token();
            Box::pin(async move { token.await.map_err(Into::into) })
        }));
        self
    }

    /// Closes the client when a service drains, which waits until what is said is answered, for at most the [deadline](Self::deadline).
    /// Default: it is closed by whoever has it.
    pub fn drain(mut self, drain: &Drain) -> Self {
        self.drain = Some(drain.clone());
        self
    }

    /// How often the server is asked whether it is there, and how long it has to answer before the connection is given up. Default: every
    /// 30 s, and 10 s.
    pub fn heartbeat(mut self, every: Duration, timeout: Duration) -> Self {
        (self.settings.heartbeat, self.settings.heartbeat_timeout) = (every, timeout);
        self
    }

    /// How long a join or a push waits for its answer, the time without a connection included. Default: 10 s.
    ///
    /// What is sent again is done once for as long as the server remembers it, 2 min by default: a longer deadline may outlast that.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// How long it is waited before another attempt to connect: at random, up to `first`, which doubles with each attempt, to `most`.
    /// Default: 500 ms, and 30 s.
    pub fn backoff(mut self, first: Duration, most: Duration) -> Self {
        (self.settings.first_wait, self.settings.longest_wait) = (first, most);
        self
    }

    /// How many pushes may wait to be sent and answered, over all rooms, and how many bytes of them. Default: 1,000, and 1 MiB.
    pub fn queue(mut self, count: usize, bytes: usize) -> Self {
        (self.settings.queue, self.settings.queue_bytes) = (count, bytes);
        self
    }

    /// What happens when as much waits to be sent as may. Default: [`WhenFull::Refuse`].
    pub fn when_full(mut self, when_full: WhenFull) -> Self {
        self.settings.when_full = when_full;
        self
    }

    /// How many events of a room may wait to be heard by the application, and how many bytes of them. Beyond that the oldest are dropped,
    /// and a gap says so. Default: 1,024, and 1 MiB.
    pub fn inbox(mut self, count: usize, bytes: usize) -> Self {
        (self.settings.inbox, self.settings.inbox_bytes) = (count, bytes);
        self
    }

    /// In how many rooms it may be. Default: 64, as a server of ours lets a connection be in.
    pub fn channels(mut self, channels: usize) -> Self {
        self.settings.channels = channels;
        self
    }

    /// Begins to connect, in a task of this runtime that ends with the client. There need be no server yet.
    ///
    /// # Errors
    ///
    /// A URL, a header or a bound that makes no sense.
    pub fn connect(self) -> Result<Client, Error> {
        self.settings.check()?;
        let mut request = Request::new(&self.target()).map_err(|error| Error::setting(error.to_string()))?;
        for (name, value) in self.headers {
            request = request.header(name, value).map_err(|error| Error::setting(error.to_string()))?;
        }
        let deadline = self.settings.deadline;
        let engine = Engine::new(self.settings);
        let state = engine.state();
        let shared = Shared::new(engine);
        let line = Line {
            shared: Arc::clone(&shared),
            connector: self.connector.unwrap_or_default(),
            request,
            token: self.token,
            drain: self.drain,
            patience: deadline,
        };
        tokio::spawn(line.run());
        Ok(Client(Arc::new(Held { shared, state, deadline })))
    }

    /// The URL with the name of the transport, and the version that is spoken.
    fn target(&self) -> String {
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let mut target = format!("{}/websocket?vsn=2.0.0", path.trim_end_matches('/'));
        if !query.is_empty() {
            target.push('&');
            target.push_str(query);
        }
        for (name, value) in &self.parameters {
            target.push_str(&format!("&{}={}", encoded(name), encoded(value)));
        }
        target
    }
}

fn encoded(text: &str) -> percent_encoding::PercentEncode<'_> {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
}

impl fmt::Debug for Builder {
    /// What is said at a connection may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("settings", &self.settings).finish_non_exhaustive()
    }
}
