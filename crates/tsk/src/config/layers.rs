//! The layers once they are one, and what is read from them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::Error;
use super::deserialize::{self, Claimed};
use super::origin::Source;
use super::tree::Table;

/// All settings, from whichever layer each came; made by [`Loader::read`](super::Loader::read).
///
/// Several structs may be read from them, each of which takes the sections that it has a field for:
///
/// ```
/// use serde::Deserialize;
/// use tsk::Config;
///
/// #[derive(Default, Deserialize)]
/// #[serde(default, deny_unknown_fields)]
/// struct Settings {
///     currency: String,
/// }
///
/// let layers = Config::loader().text("tsk.toml", "currency = 'EUR'").environment([("TSK_HTTP__BACKLOG", "10")]).read()?;
/// let config: Config = layers.part()?;
/// let settings: Settings = layers.part()?;
/// layers.finish()?;
/// assert_eq!((config.http.backlog, settings.currency.as_str()), (10, "EUR"));
/// # Ok::<(), tsk::config::Error>(())
/// ```
pub struct Layers {
    settings: Table,
    file: Option<Arc<Source>>,
    claimed: Claimed,
}

impl Layers {
    pub(super) fn new(settings: Table, file: Option<Arc<Source>>) -> Self {
        Self { settings, file, claimed: Claimed::default() }
    }

    /// The file that was read, and the text in it, if one was.
    pub fn file(&self) -> Option<(&Path, &str)> {
        self.file.as_deref().map(|source| (source.path.as_path(), source.text.as_str()))
    }

    /// Reads the sections that a struct has a field for.
    ///
    /// # Errors
    ///
    /// If they hold an unknown key or a value of the wrong kind.
    pub fn part<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(deserialize::part(&self.settings, &self.claimed)?)
    }

    /// Reads all of them as one struct.
    pub(super) fn whole<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(deserialize::one(&self.settings)?)
    }

    /// Checks that nothing is left which no struct has read.
    ///
    /// # Errors
    ///
    /// If there is a section or a key that none of them has a field for.
    pub fn finish(&self) -> Result<(), Error> {
        Ok(deserialize::all_claimed(&self.settings, &self.claimed)?)
    }
}

// No value is shown: some are secrets.
impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.settings.entries().iter().map(|entry| &entry.key);
        f.debug_set().entries(keys).finish()
    }
}
