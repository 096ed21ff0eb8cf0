//! The layers, brought together.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::fault::{Fault, Kind};
use super::file::File;
use super::origin::Origin;
use super::overlay::Wanted;
use super::tree::{MAX_DEPTH, Table};
use super::{Error, Layers};
use super::{environment, file, overlay};

/// The file that is read where none is named.
const DEFAULT_FILE: &str = "tsk.toml";

/// Reads settings from their layers; see the [module](super).
#[derive(Clone, Default)]
pub struct Loader {
    file: FileLayer,
    environment: Option<Vec<(OsString, OsString)>>,
    passed_over: Vec<&'static str>,
    overlay: Option<String>,
    overrides: Vec<Override>,
}

#[derive(Clone, Default)]
enum FileLayer {
    #[default]
    IfPresent,
    None,
    Path(PathBuf),
    Text {
        name: PathBuf,
        text: String,
    },
}

#[derive(Clone)]
struct Override {
    path: Vec<String>,
    value: String,
    flag: Arc<str>,
}

impl Loader {
    /// Reads the file at `path`, which must exist, and not `./tsk.toml`.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Loader {
        self.file = FileLayer::Path(path.into());
        self
    }

    /// Reads `text` as if a file called `name` held it.
    pub fn text(mut self, name: impl Into<PathBuf>, text: impl Into<String>) -> Loader {
        self.file = FileLayer::Text { name: name.into(), text: text.into() };
        self
    }

    /// Reads no file, `./tsk.toml` included.
    pub fn no_file(mut self) -> Loader {
        self.file = FileLayer::None;
        self
    }

    /// Reads these variables and not the environment of the process.
    pub fn environment<N, V>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Loader
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        self.environment =
            Some(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect());
        self
    }

    /// Passes over a variable that is the program's own, though it begins with `TSK_`.
    pub fn pass_over(mut self, variable: &'static str) -> Loader {
        self.passed_over.push(variable);
        self
    }

    /// Lays `[env.NAME]` of the file over the rest of it, whatever the variable `TSK_ENV` says. An empty name is none.
    pub fn overlay(mut self, name: impl Into<String>) -> Loader {
        self.overlay = Some(name.into());
        self
    }

    /// Sets one key, as in `http.listen`, above all other layers. Errors call the place `flag`, as in `--host`.
    pub fn set(self, key: impl Into<String>, value: impl Into<String>, flag: &str) -> Loader {
        let key: String = key.into();
        self.set_path(key.split('.').map(str::to_owned), value, flag)
    }

    /// Sets the key at the end of `path`, as [`set`](Self::set) does, whatever is in its names.
    pub fn set_path<P>(mut self, path: P, value: impl Into<String>, flag: &str) -> Loader
    where
        P: IntoIterator<Item = String>,
    {
        let path = path.into_iter().collect();
        self.overrides.push(Override { path, value: value.into(), flag: Arc::from(flag) });
        self
    }

    /// Reads the layers as a [`Config`](super::Config), or as a type of the application's own.
    ///
    /// # Errors
    ///
    /// If a layer holds an unknown key or a value of the wrong kind, or the file cannot be read.
    pub fn load<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.read()?.whole()
    }

    /// Reads the layers as two structs side by side: each takes the sections that it has a field for, and a key must
    /// belong to one of them.
    ///
    /// # Errors
    ///
    /// As [`load`](Loader::load).
    pub fn load_with<A: DeserializeOwned, B: DeserializeOwned>(self) -> Result<(A, B), Error> {
        let layers = self.read()?;
        let read = (layers.part()?, layers.part()?);
        layers.finish()?;
        Ok(read)
    }

    /// Reads the layers and brings them together, for several structs to be read from.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or a layer makes no sense by itself.
    pub fn read(self) -> Result<Layers, Error> {
        Ok(self.layers()?)
    }

    fn layers(self) -> Result<Layers, Fault> {
        let file = self.file.read()?;
        let mut variables = self.environment.unwrap_or_else(|| std::env::vars_os().collect());
        let wanted = match self.overlay {
            Some(name) => Some(Wanted { name, is_variable: false }),
            None => overlay::from_variables(&variables)?,
        };
        variables.retain(|(name, _)| {
            *name != *overlay::VARIABLE && !self.passed_over.iter().any(|over| name == *over)
        });
        let mut above = vec![environment::read(variables.into_iter())?];
        for one in self.overrides {
            above.push(one.layer()?);
        }
        Layers::new(file, wanted.filter(|wanted| !wanted.name.is_empty()), above)
    }
}

impl FileLayer {
    fn read(self) -> Result<Option<File>, Fault> {
        match self {
            FileLayer::Path(path) => file::read(&path).map(Some),
            FileLayer::Text { name, text } => file::parse(&name, text).map(Some),
            FileLayer::None => Ok(None),
            FileLayer::IfPresent => match file::read(Path::new(DEFAULT_FILE)) {
                Err(Fault { kind: Kind::Read(error), .. }) if error.kind() == io::ErrorKind::NotFound => {
                    Ok(None)
                }
                read => read.map(Some),
            },
        }
    }
}

impl Override {
    fn layer(self) -> Result<Table, Fault> {
        let origin = Origin::Flag(self.flag);
        if self.path.is_empty() || self.path.iter().any(String::is_empty) || self.path.len() > MAX_DEPTH {
            let key = self.path.join(".");
            return Err(Fault::new(Kind::Syntax(format!("`{key}` names no setting"))).at(&origin));
        }
        let mut layer = Table::default();
        // The layer is empty, so that nothing can clash.
        let _ = layer.insert(&self.path, self.value, &origin);
        Ok(layer)
    }
}

// Neither variables nor overrides are shown: some are secrets.
impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = match &self.file {
            FileLayer::IfPresent => Some(Path::new(DEFAULT_FILE)),
            FileLayer::None => None,
            FileLayer::Path(path) | FileLayer::Text { name: path, .. } => Some(path.as_path()),
        };
        f.debug_struct("Loader").field("file", &file).finish_non_exhaustive()
    }
}
