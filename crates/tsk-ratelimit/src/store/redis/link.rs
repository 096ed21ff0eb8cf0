//! The connection to a server, and the next one.

use std::{future::Future, time::Duration};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::TlsConnector;

use super::{Settings, Shared, Url, backoff::Backoff, exchange::Exchange, greeting, script, tls};
use crate::Error;

/// How long it may take until there is a connection and the server has let us in, for which no request waits.
const CONNECT: Duration = Duration::from_secs(2);

/// How a server is reached.
pub(super) struct Link {
    settings: Settings,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Link {
    pub(super) fn new(settings: Settings) -> Result<Self, Error> {
        let tls = if settings.url.is_secure { Some(tls::connector(&settings)?) } else { None };
        Ok(Self { settings, tls })
    }

    pub(super) fn url(&self) -> &Url {
        &self.settings.url
    }

    pub(super) fn secret(&self) -> &[u8] {
        self.settings.secret.as_bytes()
    }

    pub(super) fn prefix(&self) -> &str {
        &self.settings.prefix
    }
}

impl Shared {
    /// Connects again and again, one attempt at a time, and never at once.
    pub(super) async fn keep_connected(&self) {
        let mut backoff = Backoff::new();
        loop {
            let reason = self.connect(&mut backoff).await;
            self.lost(reason);
            sleep(backoff.pause(fastrand::f64())).await;
        }
    }

    /// Connects, and goes on until that ends, with the reason.
    async fn connect(&self, backoff: &mut Backoff) -> String {
        let Link { settings, tls } = &self.link;
        let stream = match within(CONNECT, reach(&settings.url)).await {
            Ok(stream) => stream,
            Err(reason) => return reason,
        };
        let Some((connector, name)) = tls else { return self.serve(stream, backoff).await };
        let secured = async {
            let stream = connector.connect(name.clone(), stream).await;
            stream.map_err(|error| format!("there is no TLS: {error}"))
        };
        match within(CONNECT, secured).await {
            Ok(stream) => self.serve(stream, backoff).await,
            Err(reason) => reason,
        }
    }

    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin, backoff: &mut Backoff) -> String {
        let settings = &self.link.settings;
        let name = match within(CONNECT, greeting::greet(&mut stream, settings)).await {
            Ok(name) => name,
            Err(reason) => return reason,
        };
        // The one request that finds out whether others would be answered, and in time.
        let mut bytes = Vec::new();
        script::probe(&mut bytes, &settings.prefix);
        if let Err(reason) = within(settings.timeout, greeting::ask(&mut stream, &bytes, 1)).await {
            return reason;
        }
        let since = Instant::now();
        let open = self.queue.open(name);
        self.found();
        let reason = Exchange::new(stream, &self.queue, settings.timeout).run().await;
        drop(open);
        backoff.worked(since.elapsed());
        reason
    }

    fn found(&self) {
        let url = &self.link.settings.url;
        tracing::info!(%url, "limits are shared in Redis");
        self.outages().lasts = false;
        self.connected.send_replace(());
    }

    fn lost(&self, reason: String) {
        let url = &self.link.settings.url;
        let mut outages = self.outages();
        if outages.lasts {
            tracing::debug!(%url, reason, "Redis still cannot be asked");
        } else {
            tracing::warn!(%url, reason, "Redis cannot be asked; each limit holds as it is to in an outage");
            outages.count += 1;
            outages.lasts = true;
        }
        outages.reason = Some(reason);
    }
}

async fn reach(url: &Url) -> Result<TcpStream, String> {
    let stream = TcpStream::connect((&*url.host, url.port)).await;
    let stream = stream.map_err(|error| format!("there is no connection: {error}"))?;
    // So that a write never waits for the answer to the one before. Where it cannot be had, answers are later.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

async fn within<T>(time: Duration, of: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(time, of).await.unwrap_or_else(|_| Err(format!("there was no answer within {time:?}")))
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.settings.fmt(f)
    }
}
