//! What is served without code: section `[site]`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tsk::http::{Files, Router, config::text};

use crate::error::Error;
use crate::welcome;

/// The directory that is served where none is named, if it exists.
const DEFAULT_ROOT: &str = "public";

/// Section `[site]` of `tsk.toml`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Site {
    /// The directory to serve. Default: `./public` if it exists, else the welcome page.
    root: Option<Directory>,

    /// Answer with the root's `index.html` where a browser goes to what is no file. Default: false.
    single_page: bool,

    /// Send `app.js.br`, `app.js.zst` or `app.js.gz` in the place of `app.js` to those who take it. Default: false.
    precompressed: bool,

    /// Show what a directory without an index has. Default: false.
    listing: bool,

    /// How long what is no page may be reused without asking. Default: not at all.
    #[serde(with = "text::Duration")]
    max_age: Duration,

    /// Patterns of files that never change under their name. Default: none.
    immutable: Vec<String>,
}

impl Site {
    /// What answers requests that no other route does; nothing, where there is nothing to serve and others serve
    /// something.
    pub(crate) fn routes(self, is_alone: bool) -> Result<Router, Error> {
        let Self { root, single_page, precompressed, listing, max_age, immutable } = self;
        let default = || Path::new(DEFAULT_ROOT).is_dir().then(|| Directory(DEFAULT_ROOT.into()));
        match root.or_else(default) {
            Some(root) => {
                let options = Options { single_page, precompressed, listing, max_age, immutable };
                Ok(Router::new().fallback_service(options.files(&root)?))
            }
            None if is_alone => Ok(welcome::routes()),
            None => Ok(Router::new()),
        }
    }
}

/// How a directory is served.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) single_page: bool,
    pub(crate) precompressed: bool,
    pub(crate) listing: bool,
    pub(crate) max_age: Duration,
    pub(crate) immutable: Vec<String>,
}

impl Options {
    pub(crate) fn files(&self, Directory(root): &Directory) -> Result<Files, Error> {
        let files = Files::new(root)
            .map_err(Error::configuration)?
            .single_page(self.single_page)
            .precompressed(self.precompressed)
            .listing(self.listing)
            .max_age(self.max_age);
        Ok(self.immutable.iter().fold(files, Files::immutable))
    }
}

/// A directory that exists. That it is checked while settings are read lets the error name the line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "PathBuf")]
pub(crate) struct Directory(PathBuf);

impl TryFrom<PathBuf> for Directory {
    type Error = String;

    fn try_from(path: PathBuf) -> Result<Directory, String> {
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => Ok(Directory(path)),
            Ok(_) => Err(format!("`{}` is not a directory; name the one that holds it", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(format!("there is no directory `{}`; make it, or name another", path.display()))
            }
            Err(error) => Err(format!("`{}` cannot be read: {error}", path.display())),
        }
    }
}
