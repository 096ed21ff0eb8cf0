//! A service that listens, and serves one application after another.

use std::future::pending;
use std::sync::Arc;

#[cfg(feature = "docs")]
use tokio::runtime::{Handle as Runtime, RuntimeFlavor};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tsk_auth::explain as auth;
use tsk_core::{Drain, RouteTable};
use tsk_http::{
    Router, Server,
    server::{Address, Fixed, Monitor, Running, Stopped},
};

use tsk_ratelimit::explain::{Explanation, Subject, Unclear};

use crate::{
    App, Config, Error,
    admin::{Admin, Scraped},
    current::Current,
    generation::Generation,
    stack::Layers,
    watch::Watch,
};

/// A service that listens.
#[derive(Debug)]
#[must_use = "a service answers nothing until it is served"]
pub struct Bound {
    server: Server,
    admin: Option<Admin>,
    scraped: Option<Scraped>,
    admin_routes: Router,
    generation: Generation,
    handle: Handle,
    asked: mpsc::Receiver<Asked>,
}

/// Another application, for whoever serves to put in the place of the present one.
#[derive(Debug)]
struct Asked {
    generation: Generation,
    reply: oneshot::Sender<Result<Fixed, Error>>,
}

impl Bound {
    /// Listens everywhere.
    pub(crate) async fn listen(generation: Generation, watch: Watch) -> Result<Self, Error> {
        let Config { http, admin, console, metrics, .. } = &generation.config;
        let server = Server::bind(http).await?;
        let (admin, scraped) = (Admin::bind(admin, console).await?, Scraped::bind(metrics, admin).await?);
        let (asks, asked) = mpsc::channel(1);
        let current = Current::new(generation.served(&server.monitor()));
        watch.begin(server.monitor(), current.clone());
        let server = server.probed_by(current.clone());
        let handle = Handle { asks, monitor: server.monitor(), current, watch };
        Ok(Self { server, admin, scraped, admin_routes: Router::new(), generation, handle, asked })
    }

    /// Where it listens, in the order of the configuration.
    pub fn addresses(&self) -> Vec<Address> {
        self.server.addresses()
    }

    /// Where the [admin listener](crate::admin) listens, if there is one.
    pub fn admin_address(&self) -> Option<Address> {
        self.admin.as_ref().and_then(Admin::address)
    }

    /// Where scrapers have a listener of their own, if they do.
    pub fn scraped_address(&self) -> Option<Address> {
        self.scraped.as_ref().and_then(Scraped::address)
    }

    /// Adds routes to the [admin listener](crate::admin), if there is one.
    pub fn admin_routes(mut self, routes: Router) -> Self {
        self.admin_routes = self.admin_routes.merge(routes);
        self
    }

    /// For those who look at the service while it runs, and put another application in its place.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Serves until the [drain](App::drain) of the application starts, and lets requests in flight finish.
    ///
    /// # Errors
    ///
    /// Routes of the admin listener that contradict each other.
    pub async fn serve(self) -> Result<Stopped, Error> {
        let mut serving = JoinSet::new();
        // A task of its own, as what it spawns would otherwise wait for other threads to look for work.
        serving.spawn(self.run());
        // It ends otherwise where the runtime does, and all tasks with it.
        serving.join_next().await.and_then(Result::ok).unwrap_or_else(|| Ok(Stopped::default()))
    }

    async fn run(self) -> Result<Stopped, Error> {
        let Self { server, admin, scraped, admin_routes, mut generation, handle, mut asked } = self;
        let drain = Drain::new();
        handle.watch.follow(drain.clone())?;
        #[cfg(target_os = "linux")]
        let _driving = handle.watch.drive();
        handle.watch.accounts.keep(drain.clone());
        let admin = admin
            .map(|admin| admin.serve(admin_routes, handle.current.clone(), handle.metrics(), drain.clone()))
            .transpose()?;
        let scraped = scraped.zip(handle.metrics().cloned());
        let scraped = scraped.map(|(scraped, metrics)| scraped.serve(metrics, drain.clone())).transpose()?;
        let serving = async {
            let mut running = server.start();
            generation.look_after();
            while let Some(Asked { generation: next, reply }) =
                generation.serve(&mut running, &mut asked).await
            {
                let changed = running.reconfigure(&next.config.http).map_err(Error::from);
                let changed = changed.map(|mut fixed| {
                    if generation.config.admin != next.config.admin {
                        fixed.push("admin");
                    }
                    if generation.config.console != next.config.console {
                        fixed.push("console");
                    }
                    fixed.extend(handle.watch.fixed(&next.config));
                    next.look_after();
                    running.retire();
                    handle.current.set(next.served(&handle.monitor));
                    // What the former still has to say for long, it says no more: its clients come again.
                    std::mem::replace(&mut generation, next).drain.start();
                    fixed
                });
                // Who has asked may have gone.
                let _ = reply.send(changed);
            }
            let stopped = generation.stop(running).await;
            handle.watch.flush().await;
            // Last, so that the end can be watched.
            drain.start();
            stopped
        };
        let watched = async {
            tokio::join!(served(admin), served(scraped));
        };
        Ok(tokio::join!(serving, watched).0)
    }

    /// Serves until SIGTERM or SIGINT as well. A second signal ends it at once. Where there is TLS, SIGHUP has its
    /// files read again.
    ///
    /// # Errors
    ///
    /// Signals that cannot be listened for.
    pub async fn serve_until_signalled(self) -> Result<Stopped, Error> {
        let mut terminate = signal(SignalKind::terminate()).map_err(Error::signal)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::signal)?;
        let reload = self.server.reload();
        // Where there is nothing to read again, the signal is left to whoever wants it.
        let hangup = reload.as_ref().map(|_| signal(SignalKind::hangup()));
        let mut hangup = hangup.transpose().map_err(Error::signal)?;
        let drain = self.generation.drain.clone();
        let reloads = async {
            while let (Some(hangup), Some(reload)) = (&mut hangup, &reload) {
                hangup.recv().await;
                reload.now();
            }
            pending().await
        };
        let signals = async {
            for _ in 0..2 {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                drain.start();
            }
        };
        tokio::select! {
            stopped = self.serve() => stopped,
            () = signals => Ok(Stopped::default()),
            never = reloads => never,
        }
    }
}

/// Looks at a service while it runs, and puts another application in its place.
#[derive(Debug, Clone)]
pub struct Handle {
    asks: mpsc::Sender<Asked>,
    monitor: Monitor,
    current: Current,
    watch: Watch,
}

impl Handle {
    /// Tells how much goes on.
    pub fn monitor(&self) -> &Monitor {
        &self.monitor
    }

    /// The metrics, where there are any.
    pub fn metrics(&self) -> Option<&tsk_metrics::Metrics> {
        self.watch.metrics.as_ref()
    }

    /// Who uses what; none where it is not counted.
    pub fn usage(&self) -> Option<&tsk_metrics::usage::Usage> {
        self.watch.usage.as_ref()
    }

    /// The tracing, where there is any.
    pub fn tracing(&self) -> Option<&tsk_trace::Tracing> {
        self.watch.tracing.as_ref()
    }

    /// The health of what is served at present.
    pub fn health(&self) -> tsk_health::Health {
        self.current.get().health
    }

    /// The rooms of what is served at present, where there are any.
    pub fn rooms(&self) -> Option<tsk_ws::Rooms> {
        self.current.get().rooms
    }

    /// What is known of the routes that are served at present.
    pub fn table(&self) -> Arc<RouteTable> {
        self.current.get().table
    }

    /// How somebody stands with the limits of what is served at present: why they are refused, or would be.
    ///
    /// # Errors
    ///
    /// A route that there is not, and somebody of whom too little is said.
    pub async fn explain(&self, subject: &Subject) -> Result<Explanation, Unclear> {
        self.current.get().explain(subject).await
    }

    /// Whether somebody may use a route of what is served at present, or why not.
    ///
    /// # Errors
    ///
    /// A route that there is not.
    pub fn explain_access(&self, subject: &auth::Subject) -> Result<auth::Verdict, auth::NoRoute> {
        self.current.get().explain_access(subject)
    }

    /// Puts another application in the place of the one that is served: its routes, its layers and its settings.
    ///
    /// Connections that come from then on get the new one. Those that are open finish what they are at, and are closed;
    /// no request is lost. The [drain](App::drain) of the former application starts, so that its event streams and its
    /// background tasks end; that of the new one stops the service from then on.
    ///
    /// It gives the settings that are different and cannot change while the service runs; they stay as they are.
    ///
    /// # Errors
    ///
    /// What [`App::validate`] finds, certificates that cannot be used, and a service that has stopped. Nothing has changed
    /// then.
    pub async fn replace(&self, app: App) -> Result<Fixed, Error> {
        let replaced = self.try_replace(app).await;
        self.watch.reloaded(replaced.is_ok());
        replaced
    }

    async fn try_replace(&self, app: App) -> Result<Fixed, Error> {
        let generation = Generation::new(app, &self.watch, Some(&self.current.get()))?;
        let (reply, replied) = oneshot::channel();
        self.asks.send(Asked { generation, reply }).await.map_err(|_| Error::stopped())?;
        replied.await.map_err(|_| Error::stopped())?
    }
}

/// What is served, if it is.
async fn served(listener: Option<impl Future<Output = ()>>) {
    if let Some(listener) = listener {
        listener.await;
    }
}

impl Generation {
    /// Serves new connections until the drain starts, or another application is to take its place.
    async fn serve(&self, running: &mut Running, asked: &mut mpsc::Receiver<Asked>) -> Option<Asked> {
        let mut next = None;
        let until = async {
            tokio::select! {
                biased;
                () = self.drain.started() => {}
                asked = asked.recv() => next = asked,
            }
        };
        // Which of the two stacks it is can change with the application, so this is decided anew each time.
        if self.layers.are_few() {
            running.accept(&bare(&self.layers), until).await;
        } else {
            running.accept(&full(&self.layers), until).await;
        }
        next
    }

    /// Makes the checks of its health, and has keys fetched, until its drain starts.
    fn look_after(&self) {
        let (health, drain) = (self.health.clone(), self.drain.clone());
        health.started();
        if let Some(auth) = self.layers.auth() {
            tokio::spawn(auth.run(&drain));
        }
        tokio::spawn(async move { health.run(drain).await });
        // Those of many routes take a while, for which no start and no request has to wait. Where one thread does everything,
        // a second one would cost each request more than whoever asks for them first has to wait.
        #[cfg(feature = "docs")]
        if let Some(documents) = self.documents.clone()
            && Runtime::current().runtime_flavor() != RuntimeFlavor::CurrentThread
        {
            tokio::task::spawn_blocking(move || documents.make());
        }
    }

    async fn stop(self, running: Running) -> Stopped {
        if self.layers.are_few() {
            running.stop(&bare(&self.layers)).await
        } else {
            running.stop(&full(&self.layers)).await
        }
    }
}

fn bare(
    layers: &Arc<Layers>,
) -> Arc<impl Fn(tsk_http::Connection) -> crate::stack::Bare + Send + Sync + 'static> {
    let layers = Arc::clone(layers);
    Arc::new(move |connection| layers.bare(connection))
}

fn full(
    layers: &Arc<Layers>,
) -> Arc<impl Fn(tsk_http::Connection) -> crate::stack::Stack + Send + Sync + 'static> {
    let layers = Arc::clone(layers);
    Arc::new(move |connection| layers.stack(connection))
}
