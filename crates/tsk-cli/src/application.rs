//! The program that the commands are about.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, to_value};
use tsk::config::{Layers, Loader, Setting};
use tsk::core::BoxError;
use tsk::docs::{Docs, Info};
use tsk::graphql::GraphQl;
use tsk::{App, Config};

use crate::control::status::Configuration;
use crate::error::Error;
use crate::schema::Schema;
use crate::settings::Settings;
use crate::source::Source;
use crate::{state, stock};

/// A program that the commands start, look at and stop: its name, its version, and how it is made of its settings.
///
/// ```no_run
/// use std::process::ExitCode;
/// use tsk::prelude::*;
/// use tsk_cli::Application;
///
/// async fn app(config: Config) -> Result<App, tsk::Error> {
///     Ok(App::new(config).routes(Router::new().route(get("/", || async { "hello" }))))
/// }
///
/// fn main() -> ExitCode {
///     tsk_cli::run(Application::new("shop", env!("CARGO_PKG_VERSION"), app))
/// }
/// ```
///
/// `shop web start --port 9000` then serves it, `shop web status` looks at it, and `shop web reload` has `app` called
/// again with new settings.
pub struct Application {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    make: Box<dyn Make>,
    graphql: Option<Box<dyn Fn() -> GraphQl + Send + Sync>>,
}

impl Application {
    /// An application without settings of its own.
    pub fn new<F, R, E>(name: &'static str, version: &'static str, make: F) -> Self
    where
        F: Fn(Config) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<App, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self::with_settings(name, version, move |config, Nothing {}| make(config))
    }

    /// An application with sections of its own in the configuration, beside those of [`Config`].
    ///
    /// They are shown, explained and checked as ours are: that is why they can be written and have a JSON Schema, which
    /// [`schemars`](crate::schemars) derives. What a field's documentation says is what `config init` and an editor say
    /// of it. `config validate` calls `make`, and drops what it makes.
    ///
    /// ```no_run
    /// # use tsk::prelude::*;
    /// # use tsk_cli::Application;
    /// use tsk_cli::schemars;
    ///
    /// #[derive(Default, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
    /// #[serde(default, deny_unknown_fields)]
    /// struct Settings {
    ///     /// What prices are in. `currency` in tsk.toml, or TSK_CURRENCY.
    ///     currency: String,
    /// }
    ///
    /// async fn app(config: Config, settings: Settings) -> Result<App, tsk::Error> {
    ///     let currency = move || std::future::ready(settings.currency.clone());
    ///     Ok(App::new(config).routes(Router::new().route(get("/currency", currency))))
    /// }
    ///
    /// # fn main() -> std::process::ExitCode {
    /// tsk_cli::run(Application::with_settings("shop", env!("CARGO_PKG_VERSION"), app))
    /// # }
    /// ```
    pub fn with_settings<S, F, R, E>(name: &'static str, version: &'static str, make: F) -> Self
    where
        S: DeserializeOwned + Serialize + JsonSchema + Send + 'static,
        F: Fn(Config, S) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<App, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self { name, version, make: Box::new(With { make, settings: PhantomData }), graphql: None }
    }

    /// Says which GraphQL schema it serves, for `graphql schema` and `graphql check`.
    #[must_use]
    pub fn graphql(mut self, make: impl Fn() -> GraphQl + Send + Sync + 'static) -> Self {
        self.graphql = Some(Box::new(make));
        self
    }

    /// The GraphQL schema that it serves, if it serves one.
    pub(crate) fn graph_ql(&self) -> Option<GraphQl> {
        self.graphql.as_ref().map(|make| make())
    }

    /// The program that serves what a file says, without code.
    pub fn stock() -> Self {
        Self::with_settings("tsk", env!("CARGO_PKG_VERSION"), stock::app)
    }

    /// Reads the settings.
    pub(crate) fn load(&self, loader: Loader) -> Result<Loaded, Error> {
        self.load_from(&self.layers(loader).map_err(Error::configuration)?)
    }

    /// Reads the settings from their layers.
    pub(crate) fn load_from(&self, layers: &Layers) -> Result<Loaded, Error> {
        self.make.load(layers, Info::new(self.name, self.version))
    }

    /// The application that the configuration makes, for a command that serves nothing.
    pub(crate) fn made(&self, source: &Source) -> Result<App, Error> {
        let loaded = self.load(source.loader())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(Error::failure)?.block_on(loaded.app())
    }

    /// Brings the layers together.
    pub(crate) fn layers(&self, loader: Loader) -> Result<Layers, tsk::config::Error> {
        loader.pass_over(state::VARIABLE).read()
    }

    /// Every setting, with its value and its place.
    pub(crate) fn settings(&self, layers: &Layers) -> Result<Vec<Setting>, tsk::config::Error> {
        self.make.settings(layers)
    }

    /// All that is wrong with the settings.
    pub(crate) fn mistakes(&self, layers: &Layers) -> Vec<tsk::config::Error> {
        self.without_mistakes(layers).1
    }

    /// What is left of the settings without what is wrong with them, and what that is.
    pub(crate) fn without_mistakes(&self, layers: &Layers) -> (Layers, Vec<tsk::config::Error>) {
        layers.without_mistakes(|layers| self.make.read(layers))
    }

    /// What there is to be set.
    pub(crate) fn schema(&self) -> Schema {
        Schema::new(|generator| {
            let theirs = self.make.schema(generator);
            vec![Settings::json_schema(generator), Config::json_schema(generator), theirs]
        })
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").field("name", &self.name).field("version", &self.version).finish()
    }
}

/// What the configuration says.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) settings: Settings,
    /// All settings as one tree, the application's own among them.
    pub(crate) effective: Value,
    /// The file that was read, if one was.
    pub(crate) configuration: Option<Configuration>,
    /// The overlay that was laid over it, if one was.
    pub(crate) overlay: Option<String>,
    /// How documents begin where the application does not say it.
    info: Info,
    make: Box<dyn FnOnce(Config) -> Making + Send>,
}

type Making = Pin<Box<dyn Future<Output = Result<App, Error>> + Send>>;

impl Loaded {
    /// Makes the application.
    pub(crate) async fn app(self) -> Result<App, Error> {
        let app = (self.make)(self.config).await?;
        Ok(app.operator_docs(Docs::new(self.info)))
    }
}

/// [`Application::with_settings`], whatever their type.
trait Make: Send + Sync {
    fn load(&self, layers: &Layers, info: Info) -> Result<Loaded, Error>;
    fn read(&self, layers: &Layers) -> Result<(), tsk::config::Error>;
    fn settings(&self, layers: &Layers) -> Result<Vec<Setting>, tsk::config::Error>;
    fn schema(&self, generator: &mut SchemaGenerator) -> schemars::Schema;
}

/// Reads what there is to read: nothing may be left over.
fn parts<S: DeserializeOwned>(layers: &Layers) -> Result<(Config, Settings, S), tsk::config::Error> {
    let parts = (layers.part()?, layers.part()?, layers.part()?);
    layers.finish()?;
    Ok(parts)
}

struct With<S, F> {
    make: F,
    settings: PhantomData<fn() -> S>,
}

impl<S, F, R, E> Make for With<S, F>
where
    S: DeserializeOwned + Serialize + JsonSchema + Send + 'static,
    F: Fn(Config, S) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<App, E>> + Send + 'static,
    E: Into<BoxError>,
{
    fn load(&self, layers: &Layers, info: Info) -> Result<Loaded, Error> {
        let (config, settings, theirs) = parts::<S>(layers).map_err(Error::configuration)?;
        let configuration =
            layers.file().zip(layers.text()).map(|(path, text)| Configuration::new(path, text));
        let overlay = layers.overlay().map(str::to_owned);
        let effective = tree([to_value(&config), to_value(&settings), to_value(&theirs)]);
        let make = self.make.clone();
        let make = |config| -> Making {
            Box::pin(async move { make(config, theirs).await.map_err(|error| told(error.into())) })
        };
        Ok(Loaded { config, settings, effective, configuration, overlay, info, make: Box::new(make) })
    }

    fn read(&self, layers: &Layers) -> Result<(), tsk::config::Error> {
        parts::<S>(layers).map(drop)
    }

    fn settings(&self, layers: &Layers) -> Result<Vec<Setting>, tsk::config::Error> {
        let (config, settings, theirs) = parts::<S>(layers)?;
        let mut all = layers.provenance(&settings)?;
        all.extend(layers.provenance(&config)?);
        all.extend(layers.provenance(&theirs)?);
        Ok(all)
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> schemars::Schema {
        S::json_schema(generator)
    }
}

/// Sections side by side in one table. What JSON cannot hold, a table by numbers say, is left out.
fn tree(parts: [serde_json::Result<Value>; 3]) -> Value {
    let sections = parts.into_iter().filter_map(|part| match part {
        Ok(Value::Object(sections)) => Some(sections),
        _ => None,
    });
    Value::Object(sections.flatten().collect())
}

/// An error of the application, as the commands tell it.
fn told(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => *ours,
        Err(theirs) => Error::failure(theirs),
    }
}

/// The settings of those who have none.
#[derive(serde::Deserialize, serde::Serialize, JsonSchema)]
struct Nothing {}
