//! The layers once they are one, and what is read from them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::Error;
use super::deserialize::{self, Claimed};
use super::fault::Fault;
use super::file::File;
use super::origin::Source;
use super::overlay::{self, Overlay, Wanted};
use super::tree::Table;

/// The most mistakes that are looked for.
const MAX_MISTAKES: usize = 100;

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
    pub(super) settings: Table,
    claimed: Claimed,
    source: Option<Arc<Source>>,
    /// What the file says, without overlays.
    file: Table,
    overlays: Vec<Overlay>,
    /// The place of the one that is laid over the file.
    chosen: Option<usize>,
    /// The layers above the file and its overlays, the weakest first.
    above: Vec<Table>,
}

impl Layers {
    pub(super) fn new(file: Option<File>, wanted: Option<Wanted>, above: Vec<Table>) -> Result<Self, Fault> {
        let (source, mut file) = match file {
            Some(File { source, settings }) => (Some(source), settings),
            None => (None, Table::default()),
        };
        let overlays = overlay::take(&mut file)?;
        let path = source.as_ref().map(|source| &*source.path);
        let chosen = wanted.map(|wanted| overlay::find(&overlays, wanted, path)).transpose()?;
        let settings = Table::default();
        let mut layers =
            Self { settings, claimed: Claimed::default(), source, file, overlays, chosen, above };
        layers.settings = layers.merged(chosen.map(|index| &layers.overlays[index]));
        Ok(layers)
    }

    fn merged(&self, overlay: Option<&Overlay>) -> Table {
        let mut settings = self.file.clone();
        for stronger in overlay.map(|overlay| &overlay.settings).into_iter().chain(&self.above) {
            settings.merge(stronger.clone());
        }
        settings
    }

    /// The file that was read, if one was.
    pub fn file(&self) -> Option<&Path> {
        self.source.as_ref().map(|source| &*source.path)
    }

    /// The text in it.
    pub fn text(&self) -> Option<&str> {
        self.source.as_ref().map(|source| &*source.text)
    }

    /// The name of the overlay that is laid over the file, if one is.
    pub fn overlay(&self) -> Option<&str> {
        self.chosen.map(|index| &*self.overlays[index].name)
    }

    /// The names of all overlays in the file, in its order.
    pub fn overlays(&self) -> impl Iterator<Item = &str> {
        self.overlays.iter().map(|overlay| &*overlay.name)
    }

    /// Reads the sections that a struct has a field for.
    ///
    /// # Errors
    ///
    /// If they hold an unknown key or a value of the wrong kind, or an overlay that is not chosen holds an unknown key.
    pub fn part<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let part = deserialize::part(&self.settings, &self.claimed)?;
        self.check_others(|layers| layers.part::<T>().map(drop))?;
        Ok(part)
    }

    /// Reads all there is.
    pub(super) fn whole<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let whole = deserialize::one(&self.settings)?;
        self.check_others(|layers| layers.whole::<T>().map(drop))?;
        Ok(whole)
    }

    /// Checks that nothing is left which no struct has read.
    ///
    /// # Errors
    ///
    /// If there is a section or a key that none of them has a field for.
    pub fn finish(&self) -> Result<(), Error> {
        deserialize::all_claimed(&self.settings, &self.claimed)?;
        for (_, overlay) in self.others() {
            deserialize::all_claimed(&overlay.settings, &self.claimed)?;
        }
        Ok(())
    }

    /// Everything that is wrong, as far as it can be told: `read` reads what there is to be read, and is called again
    /// without what it found wrong. Overlays that are not chosen are not looked into. At most 100.
    ///
    /// ```
    /// use tsk::Config;
    ///
    /// let layers = Config::loader().text("tsk.toml", "[http]\nlsten = []\nbacklog = 'many'").read()?;
    /// let mistakes = layers.mistakes(|layers| {
    ///     layers.part::<Config>()?;
    ///     layers.finish()
    /// });
    /// let lines: Vec<_> = mistakes.iter().map(|mistake| mistake.line()).collect();
    /// assert_eq!(lines, [Some(2), Some(3)]);
    /// # Ok::<(), tsk::config::Error>(())
    /// ```
    pub fn mistakes(&self, read: impl Fn(&Layers) -> Result<(), Error>) -> Vec<Error> {
        self.without_mistakes(read).1
    }

    /// The same settings without what is wrong with them, as far as that can be taken out, and [what
    /// that is](Self::mistakes).
    pub fn without_mistakes(&self, read: impl Fn(&Layers) -> Result<(), Error>) -> (Layers, Vec<Error>) {
        let mut layers = self.alone(self.settings.clone());
        let mut mistakes = Vec::new();
        while mistakes.len() < MAX_MISTAKES {
            layers.claimed = Claimed::default();
            let Err(mistake) = read(&layers) else { break };
            let is_gone = layers.settings.void(mistake.path());
            mistakes.push(mistake);
            if !is_gone {
                break;
            }
        }
        (layers, mistakes)
    }

    /// The same settings without the overlays that are not chosen, for those who look into each by itself.
    pub fn without_others(&self) -> Layers {
        self.alone(self.settings.clone())
    }

    /// Settings without the layers that they are made of.
    fn alone(&self, settings: Table) -> Layers {
        Layers {
            settings,
            claimed: Claimed::default(),
            source: self.source.clone(),
            file: Table::default(),
            overlays: Vec::new(),
            chosen: None,
            above: Vec::new(),
        }
    }

    /// The overlays that are not chosen.
    fn others(&self) -> impl Iterator<Item = (usize, &Overlay)> {
        self.overlays.iter().enumerate().filter(|(index, _)| Some(*index) != self.chosen)
    }

    /// Checks that the overlays which are not chosen have no key that nothing knows. What else may be wrong there is
    /// for the place where they are chosen: a directory may exist there alone.
    fn check_others(&self, read: impl Fn(&Layers) -> Result<(), Error>) -> Result<(), Error> {
        for (_, overlay) in self.others() {
            let mistakes = self.alone(self.merged(Some(overlay))).mistakes(&read);
            if let Some(unknown) = mistakes.into_iter().find(Error::is_unknown_key) {
                return Err(unknown);
            }
        }
        Ok(())
    }
}

// No value is shown: some are secrets.
impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.settings.entries().iter().map(|entry| &entry.key);
        f.debug_set().entries(keys).finish()
    }
}
