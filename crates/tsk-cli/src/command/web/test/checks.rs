//! What is looked at, whether a server runs or not.

use std::sync::Arc;
use std::time::SystemTime;

use tsk::Config;
use tsk::core::RouteTable;
use tsk::http::Server;
use tsk::http::access_log::Target;
use tsk::http::config::Socket;

use super::Test;
use crate::application::Loaded;
use crate::check::{self, Check};
use crate::running::Running;
use crate::state::State;

impl Test {
    /// Looks at all that a server needs, and gives the routes if they can be served.
    pub(super) async fn checks(
        &self,
        loaded: Loaded,
        running: Option<&Running>,
        state: &State,
    ) -> (Vec<Check>, Option<Arc<RouteTable>>) {
        let http = loaded.config.http.clone();
        let mut checks = vec![Check::ok("configuration", configuration(&loaded))];
        let faults = Server::check(&http);
        checks.extend(faults.into_iter().map(|fault| Check::unmet("http", fault)));
        checks.extend(check::addresses::check(&addresses(&loaded.config), running).await);
        checks.extend(check::certificates::check(&http.listen, SystemTime::now()));
        checks.push(check::directories::writable("state", state.directory()));
        if let Some(Target::File(log)) = http.access_log.as_ref().map(|log| &log.to) {
            checks.push(check::directories::appendable("http.access_log.to", log));
        }
        checks.extend(check::directories::check(&loaded.effective));
        let upstreams = check::upstreams::find(&loaded.effective);
        checks.extend(check::reach::check(upstreams, self.offline).await);
        let routes = match loaded.app().await {
            Ok(app) => app.validate().map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match routes {
            Ok(routes) => {
                checks.push(Check::ok("routes", format_args!("{} can be served", routes.iter().count())));
                (checks, Some(routes))
            }
            Err(error) => {
                checks.push(Check::unmet("routes", error));
                (checks, None)
            }
        }
    }
}

/// What the settings were read from.
fn configuration(loaded: &Loaded) -> String {
    let file = loaded.configuration.as_ref().map(|configuration| configuration.file.as_str());
    match (file, &loaded.overlay) {
        (Some(file), Some(overlay)) => format!("{file} with [env.{overlay}] is right"),
        (Some(file), None) => format!("{file} is right"),
        (None, _) => "there is no file; the defaults and the environment are right".to_owned(),
    }
}

/// Each address that the server must have to start, by the name of its setting.
fn addresses(config: &Config) -> Vec<(String, Socket)> {
    let listen = config.http.listen.iter().enumerate();
    let listen = listen.map(|(index, listen)| (format!("http.listen[{index}]"), listen.address.clone()));
    let admin = config.admin.listen.clone().filter(|_| config.admin.enabled);
    listen.chain(admin.map(|address| ("admin.listen".to_owned(), address))).collect()
}
