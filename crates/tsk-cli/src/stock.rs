//! The application of the `tsk` command itself: what a file says, without code.

use serde::{Deserialize, Serialize};
use tsk::{App, Config};

use crate::error::Error;
use crate::route::Route;
use crate::site::Site;

/// The sections that say what is served.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    site: Site,
    route: Vec<Route>,
}

pub(crate) async fn app(config: Config, settings: Settings) -> Result<App, Error> {
    let site = settings.site.routes(settings.route.is_empty())?;
    let routes = settings.route.into_iter().try_fold(site, |routes, route| route.add_to(routes))?;
    Ok(App::new(config).routes(routes))
}
