//! The application of the `tsk` command itself: what a file says, without code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tsk::{App, Config};

use crate::error::Error;
use crate::published::Published;
use crate::route::Route;
use crate::site::Site;

/// The sections that say what is served.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// What is served without code.
    site: Site,
    /// What is served at a path: directories, fixed answers, redirects.
    route: Vec<Route>,
    /// The documents of the routes.
    docs: Published,
}

pub(crate) async fn app(config: Config, Settings { site, route, docs }: Settings) -> Result<App, Error> {
    if config.graphql != tsk::graphql::Config::default() {
        return Err(Error::configuration(
            "`graphql`: this program has no schema that this could be about; write one, in a program of your own: \
             docs/guide/graphql.md",
        ));
    }
    let routes = |entries: &[Route]| {
        let site = site.clone().routes(entries.is_empty())?;
        entries.iter().cloned().try_fold(site, |routes, entry| entry.add_to(routes))
    };
    // What is wrong with routes is said with their places in a source, which these do not have.
    if routes(&route)?.build().is_err() {
        for (index, entry) in route.iter().enumerate() {
            if routes(&route[..=index])?.build().is_err() {
                return Err(Error::configuration(format_args!(
                    "`route[{index}]`: the path `{}` is one that an earlier entry has, or cannot be read; parameters are \
                     written `{{name}}`, and `{{*rest}}` at the end",
                    entry.path()
                )));
            }
        }
    }
    let with_docs = |config, routes| docs.clone().add_to(App::new(config).routes(routes));
    // As above: the places would be in our source.
    if with_docs(Config::default(), routes(&route)?).validate().is_err() {
        return Err(Error::configuration(
            "`docs.path`: a route has a path of the documents there; set another, or `docs.enabled = false`",
        ));
    }
    Ok(with_docs(config, routes(&route)?))
}
