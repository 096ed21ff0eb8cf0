//! PostgreSQL.

use std::{
    fmt,
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    Config,
    config::SslMode,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_rustls::{TlsConnector, client, rustls::pki_types::ServerName};
use tsk_core::{
    Check,
    check::{Checking, Finding},
};

use crate::{
    tls::{self, Tls},
    url::Url,
};

/// Whether a database lets us in and answers to an empty query.
pub struct Postgres {
    config: Config,
    tls: Connector,
}

impl Postgres {
    /// A database at `postgres://user:password@host:port/name`.
    ///
    /// With `?sslmode=require`, `verify-ca` or `verify-full` it is reached over TLS, whose certificate has to be right in
    /// every case; otherwise without.
    ///
    /// # Errors
    ///
    /// A URL that is none of these, in a line.
    pub fn new(url: &Url, tls: Tls) -> Result<Self, String> {
        let wrong = "it is no URL of PostgreSQL; write postgres://user:password@host:5432/database";
        let is_scheme = ["postgres://", "postgresql://"].iter().any(|scheme| url.text().starts_with(scheme));
        // libpq has names for how much is verified; here it is everything, always.
        let text = url.text().replace("sslmode=verify-full", "sslmode=require");
        let text = text.replace("sslmode=verify-ca", "sslmode=require");
        // What the parser says may show what it could not read.
        let mut config: Config = text.parse().ok().filter(|_| is_scheme).ok_or_else(|| wrong.to_owned())?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong.to_owned());
        }
        // Where TLS is merely preferred, whoever is in between decides that there is none.
        if config.get_ssl_mode() == SslMode::Prefer {
            config.ssl_mode(SslMode::Disable);
        }
        if config.get_application_name().is_none() {
            config.application_name("tsk-health");
        }
        Ok(Self { config, tls: Connector { connector: tls.connector()?, name: None } })
    }

    async fn look(&self) -> Result<(), String> {
        let (client, connection) =
            self.config.connect(self.tls.clone()).await.map_err(|error| reason(&error))?;
        // Both at once, and both end with the check: nothing is left running.
        let asked = async {
            let asked = client.simple_query("").await;
            drop(client);
            asked
        };
        let (asked, _) = tokio::join!(asked, connection);
        asked.map(drop).map_err(|error| reason(&error))
    }
}

/// The error itself says where it happened; what it was, its source.
fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("{} {}", error.code().code(), error.message());
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    format!("there is no connection: {innermost}")
}

impl Check for Postgres {
    fn check(&self) -> Checking<'_> {
        Box::pin(async move { self.look().await.map_or_else(Finding::fail, |()| Finding::pass()) })
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("hosts", &self.config.get_hosts()).finish_non_exhaustive()
    }
}

/// rustls, as the driver wants it.
#[derive(Clone)]
struct Connector {
    connector: TlsConnector,
    name: Option<ServerName<'static>>,
}

impl<S> MakeTlsConnect<S> for Connector
where
    Self: TlsConnect<S, Stream = Secured, Error = io::Error>,
{
    type Stream = Secured;
    type TlsConnect = Self;
    type Error = io::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Self, io::Error> {
        // Without TLS it is made all the same, and a path of a socket is no name.
        Ok(Self { connector: self.connector.clone(), name: tls::name(domain).ok() })
    }
}

impl TlsConnect<tokio_postgres::Socket> for Connector {
    type Stream = Secured;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Secured>> + Send>>;

    fn connect(self, stream: tokio_postgres::Socket) -> Self::Future {
        Box::pin(async move {
            let name = self
                .name
                .ok_or_else(|| io::Error::other("it has no name that a certificate could be for"))?;
            self.connector.connect(name, stream).await.map(Secured)
        })
    }
}

struct Secured(client::TlsStream<tokio_postgres::Socket>);

impl TlsStream for Secured {
    /// The certificate is verified, which is what binding would add to one that is not.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn made(url: &str) -> Result<Postgres, String> {
        Postgres::new(&Url::from(url), Tls::new(None).unwrap())
    }

    #[test]
    fn tls_is_there_when_it_is_asked_for_and_then_certain() {
        for (query, mode) in [
            ("", SslMode::Disable),
            ("?sslmode=disable", SslMode::Disable),
            ("?sslmode=prefer", SslMode::Disable),
            ("?sslmode=require", SslMode::Require),
            ("?sslmode=verify-full&connect_timeout=3", SslMode::Require),
        ] {
            let postgres = made(&format!("postgres://me:secret@db/shop{query}")).unwrap();
            assert_eq!(postgres.config.get_ssl_mode(), mode, "{query}");
        }
    }

    #[test]
    fn nothing_of_a_url_is_shown() {
        for url in
            ["postgres://", "host=db password=xyzzy", "postgres://me:xyzzy@db:port/x", "mysql://me:xyzzy@db"]
        {
            let error = made(url).unwrap_err();
            assert!(error.starts_with("it is no URL of PostgreSQL") && !error.contains("xyzzy"), "{error}");
        }
        let shown = format!("{:?}", made("postgres://me:xyzzy@db/shop").unwrap());
        assert!(shown.contains("db") && !shown.contains("xyzzy"), "{shown}");
    }
}
