//! The application of the `tsk` command itself: what a file says, without code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tsk::{App, Config};

use crate::error::Error;
use crate::site::Site;

/// The sections that say what is served.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// What is served without code.
    site: Site,
}

pub(crate) async fn app(config: Config, settings: Settings) -> Result<App, Error> {
    Ok(App::new(config).routes(settings.site.routes()?))
}
