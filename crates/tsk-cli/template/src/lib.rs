//! A list of tasks, and a page that shows what becomes of it.

mod events;
mod tasks;

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tsk::core::BoxError;
use tsk::prelude::*;
use tsk_cli::schemars::{self, JsonSchema};

use crate::events::Listeners;
use crate::tasks::Tasks;

/// The settings of the service, beside those of tsk itself: `public` and `[tasks]` in tsk.toml.
#[derive(Debug, Clone, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The directory of the page.
    public: PathBuf,
    /// The tasks.
    tasks: tasks::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            public: "public".into(),
            tasks: tasks::Settings::default(),
        }
    }
}

/// Makes the service. It is called again when it is told to reload, and begins with no tasks then.
pub async fn app(config: Config, settings: Settings) -> Result<App, BoxError> {
    let routes = Router::new()
        .merge(tasks::routes())
        .merge(events::routes())
        .fallback_service(Files::new(&settings.public)?)
        .state(Arc::new(Tasks::new(&settings.tasks)))
        .state(Arc::new(Listeners::default()));
    Ok(App::new(config).routes(routes))
}
