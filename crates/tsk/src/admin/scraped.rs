//! A listener for scrapers alone, for a cluster in which they come from other machines.

use std::{sync::Arc, time::Duration};

use tsk_core::Drain;
use tsk_http::{Router, Server, config::Socket, server::Address};
use tsk_metrics::{Metrics, Scrape};

use super::{
    Config,
    guard::{self, is_of_this_machine},
};
use crate::{Error, stack::Layers};

/// Connections at a time: there are few who scrape.
const MAX_CONNECTIONS: usize = 16;

/// The listener, which listens and does not serve yet.
#[derive(Debug)]
pub(crate) struct Scraped {
    server: Server,
    guard: guard::Rules,
}

impl Scraped {
    /// Where it is to listen, if anywhere.
    pub(crate) fn check(config: &tsk_metrics::Config) -> Result<Option<Socket>, Error> {
        let Some(listen) = config.listen.as_ref().filter(|_| config.enabled) else { return Ok(None) };
        let address: Socket = listen.parse().map_err(|error| {
            Error::settings(format!("`metrics.listen`: {listen:?} is no address: {error}"))
        })?;
        if config.token.is_none() && !is_of_this_machine(&address) {
            return Err(Error::settings(format!(
                "`metrics.listen` is {address}, which others than this machine may reach, and there is no \
                 `metrics.token`; set one, or listen on 127.0.0.1"
            )));
        }
        Ok(Some(address))
    }

    /// Listens, if it is to.
    pub(crate) async fn bind(config: &tsk_metrics::Config, admin: &Config) -> Result<Option<Self>, Error> {
        let Some(address) = Self::check(config)? else { return Ok(None) };
        let http = tsk_http::Config {
            listen: vec![address.into()],
            max_connections: MAX_CONNECTIONS,
            drain_grace: Duration::ZERO,
            drain_timeout: super::DRAIN_TIMEOUT,
            ..tsk_http::Config::default()
        };
        let server = Server::bind(&http).await;
        let server =
            server.map_err(|error| Error::settings(format!("`metrics.listen`: {error}; choose another")))?;
        let guard = guard::Rules::of_scrapers(admin, config.token.is_some());
        Ok(Some(Self { server, guard }))
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Option<Address> {
        self.server.addresses().into_iter().next()
    }

    /// What is to be awaited for it to serve.
    pub(crate) fn serve(self, metrics: Metrics, drain: Drain) -> Result<impl Future<Output = ()>, Error> {
        let routes = Router::new().service("/metrics", Scrape::new(metrics));
        let routes = routes.state(Arc::new(self.guard)).middleware(guard::check);
        let layers = Layers::of_operators(routes.build()?, drain.clone())?;
        Ok(async move {
            self.server.serve(move |connection| layers.bare(connection), drain).await;
        })
    }
}
