//! A console of what a test shows.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use serde_json::Value;
use tower_service::Service as _;
use tsk::console::{Config, Console};
use tsk::core::{Body, Insight};
use tsk::http::{Route, Router, get};
use tsk_tests::Application;

/// Shows what it is told to.
pub(super) struct Shown(pub(super) &'static str, pub(super) Value);

impl Insight for Shown {
    fn name(&self) -> &str {
        self.0
    }

    fn snapshot(&self) -> Value {
        self.1.clone()
    }
}

/// What a service shows that has something of everything.
pub(super) fn all() -> Vec<Arc<dyn Insight>> {
    let shown: serde_json::Map<String, Value> =
        serde_json::from_str(include_str!("shop.json")).expect("an object of what is shown by its name");
    shown.into_iter().map(|(name, value)| Arc::new(Shown(name.leak(), value)) as _).collect()
}

/// A service whose console is among its routes, below a prefix.
pub(super) fn mounted(shown: Vec<Arc<dyn Insight>>) -> Application {
    let config = Config { interval: Duration::from_millis(100), ..Config::default() };
    let console = Console::new(&config, shown).expect("sound settings");
    let routes = console.paths().map(|path| route(path, console.clone())).fold(Router::new(), Router::route);
    Application::start(Router::new().nest("/inner", routes))
}

/// As it is seen without the prefix.
fn route(path: &str, console: Console) -> Route {
    let own = path.to_owned();
    let answer = move |mut request: Request<Body>| {
        let query = request.uri().query().map_or(String::new(), |query| format!("?{query}"));
        *request.uri_mut() = format!("{own}{query}").parse().expect("a path and a query");
        let answer = console.clone().call(request);
        async move {
            let Ok(response) = answer.await;
            response
        }
    };
    get(path, answer).erased()
}

pub(super) fn url(address: SocketAddr, path: &str) -> String {
    format!("http://{address}{path}")
}
