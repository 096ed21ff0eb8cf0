//! The admin listener: what operators and scrapers may see, apart from what the public is served.
//!
//! It is on `127.0.0.1:9464` unless [`Config`] says otherwise, and serves the routes that components and the program
//! [add](crate::Bound::admin_routes) to it, and some of its own: `/`, which names the others; `/routes`, which lists the
//! routes of the service; its documents, `/openapi.json`, `/openapi-3.0.json` and `/docs.md`, and those of each version
//! of its API, such as `/openapi/v1.json`, whether they are [published](crate::App::docs) or not; `/insights`, what
//! components [show of themselves](crate::App::insight); `/limits/explain`, why a limit refuses somebody, or would;
//! `/auth/explain`, whether somebody may use a route, or why not; `/usage`, who uses what;
//! `/metrics` for scrapers; `/health`, with the probes in detail; and `/console`, a page that shows all of that to people.
//!
//! A listener on this machine's own address is no secret from the pages that a browser on it has open. So whoever
//! speaks to it must name an address, `localhost` or a host of the configuration, which a page that has its own name
//! point here does not; must not come from another site; and must send JSON where it wants something changed. Beyond
//! this machine a token is demanded.

mod auth;
mod config;
mod console;
#[cfg(feature = "docs")]
mod documents;
mod guard;
mod insights;
mod limits;
mod listing;
mod scraped;
mod secret;
mod usage;
mod watched;

use std::sync::Arc;
use std::time::Duration;

use tsk_core::Drain;
use tsk_http::{Router, Server, server::Address};

pub use config::Config;
pub use listing::RouteInfo;
pub(crate) use scraped::Scraped;
pub use secret::Secret;

use tsk_metrics::Metrics;

use crate::{Error, current::Current, stack::Layers};

/// Connections at a time: there are few who look.
const MAX_CONNECTIONS: usize = 64;

/// How long what is in flight may take to finish once the service has stopped: nobody who looks on holds up its end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// The admin listener, which listens and does not serve yet.
#[derive(Debug)]
pub(crate) struct Admin {
    server: Server,
    guard: guard::Rules,
    /// `None` where there is to be none.
    console: Option<tsk_console::Config>,
}

impl Admin {
    /// Checks what [`bind`](Self::bind) would, without listening.
    pub(crate) fn check(config: &Config, console: &tsk_console::Config) -> Result<(), Error> {
        console.check()?;
        if config.enabled { guard::Rules::new(config).map(drop) } else { Ok(()) }
    }

    /// Listens; `None` where there is to be no such listener.
    ///
    /// Where nobody has said where, and another program is there already, it goes without: two services may run on one
    /// machine.
    pub(crate) async fn bind(config: &Config, console: &tsk_console::Config) -> Result<Option<Self>, Error> {
        console.check()?;
        if !config.enabled {
            return Ok(None);
        }
        let guard = guard::Rules::new(config)?.with_console(console.enabled);
        let console = Some(console.clone()).filter(|console| console.enabled);
        let http = tsk_http::Config {
            listen: vec![config.address().into()],
            max_connections: MAX_CONNECTIONS,
            drain_grace: Duration::ZERO,
            drain_timeout: DRAIN_TIMEOUT,
            ..tsk_http::Config::default()
        };
        match Server::bind(&http).await {
            Ok(server) => Ok(Some(Self { server, guard, console })),
            Err(error) if config.listen.is_none() && error.is_address_in_use() => {
                tracing::warn!(
                    "there is no admin listener, as another program has {}: set `admin.listen`",
                    config.address()
                );
                Ok(None)
            }
            Err(error) => Err(Error::admin(error)),
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Option<Address> {
        self.server.addresses().into_iter().next()
    }

    /// Checks the routes, and gives what is to be awaited for them to be served.
    pub(crate) fn serve(
        self,
        added: Router,
        current: Current,
        metrics: Option<&Metrics>,
        drain: Drain,
    ) -> Result<impl Future<Output = ()>, Error> {
        let console = self.console.map(|config| console::routes(&config, current.clone())).transpose()?;
        let added = added.merge(watched::routes(metrics)).merge(console.unwrap_or_default());
        let routes = listing::routes(added, current).state(Arc::new(self.guard)).middleware(guard::check);
        let layers = Layers::of_operators(routes.build()?, drain.clone())?;
        Ok(async move {
            self.server.serve(move |connection| layers.bare(connection), drain).await;
        })
    }
}
