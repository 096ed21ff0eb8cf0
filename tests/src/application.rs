//! A service as a user would write it.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tsk::core::Drain;
use tsk::http::server::Stopped;
use tsk::http::{Listen, Router};
use tsk::{App, Config};

/// Routes that are served by an [`App`] on a thread of their own. Stopped when dropped.
#[derive(Debug)]
pub struct Application {
    address: SocketAddr,
    admin: Option<SocketAddr>,
    drain: Drain,
    serving: Option<JoinHandle<Stopped>>,
}

impl Application {
    /// Serves on a free port of 127.0.0.1.
    pub fn start(routes: Router) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), routes)
    }

    /// Serves at an address, such as that of one that has stopped.
    pub fn start_at(address: SocketAddr, routes: Router) -> Self {
        let mut config = Config::default();
        config.http.listen = vec![address.to_string().parse::<Listen>().expect("an address")];
        config.admin.enabled = false;
        // What a test says of the trace of a request stands.
        config.tracing.enabled = false;
        Self::serve(config, routes)
    }

    /// Serves on a free port of 127.0.0.1, watched as it is by default, with an admin listener on another.
    pub fn start_with_admin(routes: Router) -> Self {
        let mut config = Config::default();
        config.http.listen = vec!["127.0.0.1:0".parse().expect("an address")];
        config.admin.listen = Some("127.0.0.1:0".parse().expect("an address"));
        Self::serve(config, routes)
    }

    fn serve(config: Config, routes: Router) -> Self {
        Self::of(App::new(config).routes(routes))
    }

    /// Serves where the first listener of its configuration says.
    pub fn of(app: App) -> Self {
        let drain = app.drain();
        let (sender, receiver) = mpsc::channel();
        let serving = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let bound = app.bind().await.expect("routes without a fault, and a free address");
                if let Some(metrics) = bound.handle().metrics() {
                    metrics.build("test", "1.0.0", "");
                }
                let address = bound.addresses()[0].tcp().expect("it was one of TCP");
                let admin = bound.admin_address().and_then(|address| address.tcp());
                sender.send((address, admin)).expect("the test waits");
                bound.serve().await.expect("no routes of an admin listener")
            })
        });
        let (address, admin) = receiver.recv().expect("the service starts");
        Self { address, admin, drain, serving: Some(serving) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its admin listener is.
    pub fn admin(&self) -> SocketAddr {
        self.admin.expect("it was started with one")
    }

    /// The URL of a path that begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Tells it to stop, and waits until it has.
    pub fn stop(mut self) -> Stopped {
        self.drain.start();
        self.serving.take().expect("it is stopped once").join().expect("the service does not panic")
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.drain.start();
    }
}
