//! What a service can be told, and the places that tell it.
//!
//! Four layers, strongest first: overrides (the flags of a command), the environment, a file, the defaults. Each
//! replaces single settings of those below it; a list is replaced whole.
//!
//! | layer | `http.head_timeout` is set by |
//! |---|---|
//! | override | [`Loader::set`]`("http.head_timeout", "10s", "--head-timeout")` |
//! | environment | `TSK_HTTP__HEAD_TIMEOUT=10s`: `TSK_`, and `__` between levels |
//! | file | `head_timeout = "10s"` below `[http]` in `tsk.toml`, at most 1 MiB |
//!
//! The file may hold overlays, tables below `env`, of which one is laid over the rest of it: `[env.production.http]` by
//! [`Loader::overlay`]`("production")`, or by the variable `TSK_ENV=production`. An unknown key is an error in all of
//! them, and what else may be wrong only in the one that is chosen.
//!
//! A variable or an override is text: a boolean is `true` or `false`, the items of a list have commas between them,
//! and a setting whose type is an enumeration takes a name. Every `TSK_` variable must name a setting, but for those
//! that Kubernetes and Docker set for a service whose name begins with `tsk` (`TSK_WEB_SERVICE_HOST` and the like).
//!
//! Whatever is wrong, the [`Error`] is one line that names the place:
//!
//! ```text
//! tsk.toml:3:1: unknown key `http.lsten`; did you mean `http.listen`?
//! TSK_HTTP__HEAD_TIMEOUT: `http.head_timeout`: expected a duration, found "soon"
//! ```
//!
//! # An application's own settings
//!
//! [`Loader::load_with`] reads them from the same file and environment, beside ours:
//!
//! ```
//! use serde::Deserialize;
//! use tsk::Config;
//!
//! #[derive(Default, Deserialize)]
//! #[serde(default, deny_unknown_fields)]
//! struct Settings {
//!     shop: Shop,
//! }
//!
//! #[derive(Default, Deserialize)]
//! #[serde(default, deny_unknown_fields)]
//! struct Shop {
//!     currency: String,
//! }
//!
//! let (config, settings): (Config, Settings) = Config::loader()
//!     .text("tsk.toml", "[http]\nlisten = ['127.0.0.1:9000']\n[shop]\ncurrency = 'EUR'")
//!     .environment([("TSK_SHOP__CURRENCY", "CHF")])
//!     .load_with()?;
//! assert_eq!(settings.shop.currency, "CHF");
//! # let _ = config;
//! # Ok::<(), tsk::config::Error>(())
//! ```

mod deserialize;
mod environment;
mod error;
mod fault;
mod file;
mod layers;
mod loader;
mod nearest;
mod origin;
mod overlay;
mod provenance;
mod tree;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::error::Error;
pub use self::layers::Layers;
pub use self::loader::Loader;
pub use self::provenance::{Place, Setting};

/// Everything that a service can be told: a section for each component, each with its defaults.
///
/// `docs/reference/configuration.md` lists every key.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The server: addresses, deadlines, limits.
    pub http: tsk_http::Config,

    /// The admin listener.
    pub admin: crate::admin::Config,

    /// The page on the admin listener that shows what goes on.
    pub console: tsk_console::Config,

    /// What is counted, and who may scrape it.
    pub metrics: tsk_metrics::Config,

    /// Who uses what.
    pub usage: tsk_metrics::usage::Config,

    /// What is promised of requests, each in a table `[[slo]]`.
    pub slo: Vec<tsk_metrics::slo::SloConfig>,

    /// Who is told when it is about to be broken: what all alerting rules have in common.
    pub alerts: tsk_metrics::rules::Config,

    /// What is traced, and where spans are sent.
    pub tracing: tsk_trace::Config,

    /// Checks of what the service needs, and who is told.
    pub health: tsk_health::Config,

    /// Who is calling, and what it may do.
    pub auth: tsk_auth::Config,

    /// What all limits have in common.
    pub limits: tsk_ratelimit::Config,

    /// How much clients may ask, each in a table `[[limit]]`.
    pub limit: Vec<tsk_ratelimit::RuleConfig>,

    /// How many requests are worked on at a time.
    pub overload: tsk_ratelimit::adaptive::Config,

    /// Whose pages may open sockets, and what a socket may cost.
    pub ws: tsk_ws::Config,

    /// What all rooms have in common.
    pub rooms: tsk_ws::rooms::Config,

    /// Rooms in which clients hear each other, each kind in a table `[[room]]`.
    pub room: Vec<tsk_ws::rooms::RoomConfig>,

    /// How GraphQL is asked, and how much it may be asked for.
    #[cfg(feature = "graphql")]
    pub graphql: tsk_graphql::Config,
}

impl Config {
    /// Reads `./tsk.toml`, if there is one, and the environment. The program's arguments are its own.
    ///
    /// # Errors
    ///
    /// If either holds an unknown key or a value of the wrong kind, or the file cannot be read.
    pub fn load() -> Result<Config, Error> {
        Config::loader().load()
    }

    /// A loader to be told more: another file, overrides, an application's own settings.
    pub fn loader() -> Loader {
        Loader::default()
    }
}

// The guide's examples are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/guide/configuration.md")]
struct Guide;
