//! The program that the commands are about.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tsk::config::Loader;
use tsk::core::BoxError;
use tsk::{App, Config};

use crate::control::status::Configuration;
use crate::error::Error;
use crate::settings::Settings;
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
    /// ```no_run
    /// # use tsk::prelude::*;
    /// # use tsk_cli::Application;
    /// #[derive(Default, serde::Deserialize, serde::Serialize)]
    /// #[serde(default, deny_unknown_fields)]
    /// struct Settings {
    ///     currency: String, // `currency` in tsk.toml, or TSK_CURRENCY
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
        S: DeserializeOwned + Serialize + Send + 'static,
        F: Fn(Config, S) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<App, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self { name, version, make: Box::new(With { make, settings: PhantomData }) }
    }

    /// The program that serves what a file says, without code.
    pub fn stock() -> Self {
        Self::with_settings("tsk", env!("CARGO_PKG_VERSION"), stock::app)
    }

    /// Reads the settings.
    pub(crate) fn load(&self, loader: Loader) -> Result<Loaded, Error> {
        self.make.load(loader.pass_over(state::VARIABLE))
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
    /// The file that was read, if one was.
    pub(crate) configuration: Option<Configuration>,
    /// The overlay that was laid over it, if one was.
    pub(crate) overlay: Option<String>,
    make: Box<dyn FnOnce(Config) -> Making + Send>,
}

type Making = Pin<Box<dyn Future<Output = Result<App, Error>> + Send>>;

impl Loaded {
    /// Makes the application.
    pub(crate) async fn app(self) -> Result<App, Error> {
        (self.make)(self.config).await
    }
}

/// [`Application::with_settings`], whatever their type.
trait Make: Send + Sync {
    fn load(&self, loader: Loader) -> Result<Loaded, Error>;
}

struct With<S, F> {
    make: F,
    settings: PhantomData<fn() -> S>,
}

impl<S, F, R, E> Make for With<S, F>
where
    S: DeserializeOwned + Serialize + Send + 'static,
    F: Fn(Config, S) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<App, E>> + Send + 'static,
    E: Into<BoxError>,
{
    fn load(&self, loader: Loader) -> Result<Loaded, Error> {
        let read = || {
            let layers = loader.read()?;
            let read = (layers.part()?, layers.part()?, layers.part::<S>()?);
            layers.finish()?;
            let file = layers.file().zip(layers.text()).map(|(path, text)| Configuration::new(path, text));
            Ok((read, file, layers.overlay().map(str::to_owned)))
        };
        let ((config, settings, theirs), configuration, overlay) =
            read().map_err(|error: tsk::config::Error| Error::configuration(error))?;
        let make = self.make.clone();
        let make = |config| -> Making {
            Box::pin(async move { make(config, theirs).await.map_err(|error| told(error.into())) })
        };
        Ok(Loaded { config, settings, configuration, overlay, make: Box::new(make) })
    }
}

/// An error of the application, as the commands tell it.
fn told(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => *ours,
        Err(theirs) => Error::failure(theirs),
    }
}

/// The settings of those who have none.
#[derive(serde::Deserialize, serde::Serialize)]
struct Nothing {}
