//! Which layer each setting came from.

mod secret;

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::fault::{Fault, Kind, Segment, dotted};
use super::origin::Origin;
use super::tree::{self, Table};
use super::{Error, Layers};

/// A setting, what it is, and where that was said; from [`Layers::provenance`].
#[derive(Clone, PartialEq)]
pub struct Setting {
    key: String,
    value: Value,
    place: Place,
    is_secret: bool,
}

/// Where a setting was set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In a file.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, in characters, from 1.
        column: usize,
        /// The overlay within the file, if it is in one.
        overlay: Option<String>,
    },
    /// In this variable of the environment.
    Variable(String),
    /// By the program, which calls it this: `--host`, say.
    Flag(String),
    /// Nowhere.
    Default,
}

impl Setting {
    /// The setting, as in `http.head_timeout`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it is, secrets included; null where it is not set and has no default.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What it is, as may be shown: `***` in place of what is secret.
    ///
    /// That is text under a key whose name says so, such as `password`, `client_secret` or `api_key`, though not
    /// `token_file` or `token_lifetime`; what such a name is given within a text (`?password=…`); and the user of a URL: of
    /// `redis://user:password@host` the password.
    pub fn shown(&self) -> Value {
        let mut value = self.value.clone();
        secret::redact(&mut value, self.is_secret);
        value
    }

    /// Whether [`shown`](Self::shown) hides something.
    pub fn is_secret(&self) -> bool {
        self.shown() != self.value
    }

    /// Where it was set.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

impl Layers {
    /// Every setting of `part`, which was [read](Self::part) from these layers, with its value and its place.
    ///
    /// A list is one setting, a table is as many as it has keys. They come in the order of the struct's fields, and are
    /// called what the struct calls them when it is written.
    ///
    /// ```
    /// use tsk::{Config, config::Place};
    ///
    /// let layers = Config::loader()
    ///     .text("tsk.toml", "[http]\nhead_timeout = '10s'")
    ///     .environment([("TSK_HTTP__BACKLOG", "10")])
    ///     .read()?;
    /// let settings = layers.provenance(&layers.part::<Config>()?)?;
    /// let place = |key| settings.iter().find(|setting| setting.key() == key).unwrap().place();
    /// assert_eq!(place("http.head_timeout").to_string(), "tsk.toml:2:16");
    /// assert_eq!(*place("http.backlog"), Place::Variable("TSK_HTTP__BACKLOG".into()));
    /// assert_eq!(*place("http.idle_timeout"), Place::Default);
    /// # Ok::<(), tsk::config::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If `part` cannot be written.
    pub fn provenance(&self, part: &impl Serialize) -> Result<Vec<Setting>, Error> {
        let written = serde_json::to_value(part)
            .map_err(|error| Fault::new(Kind::Custom(format!("the settings cannot be shown: {error}"))))?;
        let mut trace = Trace { path: Vec::new(), settings: Vec::new() };
        match written {
            Value::Object(sections) => trace.table(sections, Some(&self.settings), None),
            _ => return Err(Fault::new(Kind::Custom("the settings are no table".to_owned())).into()),
        }
        Ok(trace.settings)
    }

    /// Where a key is set that an error names, such as `http.listen[0].tls`; or the last that there is on the way.
    pub fn place(&self, key: &str) -> Place {
        let mut table = Some(&self.settings);
        let mut place = Place::Default;
        // A place within a list is that of the list: whose item it is, the message says.
        for name in key.split('.').map(|name| name.split('[').next().unwrap_or(name)) {
            let Some(entry) = table.and_then(|table| table.get(name)) else { break };
            place = (&entry.node.origin).into();
            table = match &entry.node.value {
                tree::Value::Table(table) => Some(table),
                _ => None,
            };
        }
        place
    }
}

struct Trace {
    path: Vec<Segment>,
    settings: Vec<Setting>,
}

impl Trace {
    /// What is written in `keys`, of which `table` has set some, and `origin` all if it is there.
    fn table(
        &mut self,
        keys: serde_json::Map<String, Value>,
        table: Option<&Table>,
        origin: Option<&Origin>,
    ) {
        for (key, value) in keys {
            let node = table.and_then(|table| table.get(&key)).map(|entry| &entry.node);
            self.path.push(Segment::Key(key));
            let origin = node.map(|node| &node.origin).or(origin);
            match (value, node.map(|node| &node.value)) {
                // That the table is there says nothing of the keys in it.
                (Value::Object(keys), Some(tree::Value::Table(table))) if !keys.is_empty() => {
                    self.table(keys, Some(table), None);
                }
                (Value::Object(keys), node) if !keys.is_empty() => {
                    self.table(keys, None, node.and(origin));
                }
                (value, _) => self.leaf(value, origin),
            }
            self.path.pop();
        }
    }

    fn leaf(&mut self, value: Value, origin: Option<&Origin>) {
        let last = self.path.len().saturating_sub(1);
        let is_secret = self.path.iter().enumerate().any(|(index, segment)| match segment {
            Segment::Key(key) => secret::is_name(key) || index < last && secret::has_fields(key),
            Segment::Index(_) => false,
        });
        let place = origin.map_or(Place::Default, Place::from);
        self.settings.push(Setting { key: dotted(self.path.iter()), value, place, is_secret });
    }
}

impl From<&Origin> for Place {
    fn from(origin: &Origin) -> Place {
        match origin {
            Origin::File { source, overlay, .. } => {
                let at = origin.position();
                Place::File {
                    path: source.path.clone(),
                    line: at.map_or(1, |at| at.line),
                    column: at.map_or(1, |at| at.column),
                    overlay: overlay.as_deref().map(str::to_owned),
                }
            }
            Origin::Environment(name) => Place::Variable(name.to_string()),
            Origin::Flag(name) => Place::Flag(name.to_string()),
        }
    }
}

/// `tsk.toml:2:16`, `tsk.toml:9:1 in [env.production]`, `TSK_HTTP__BACKLOG`, `--host`, `default`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { path, line, column, overlay } => {
                write!(f, "{}:{line}:{column}", path.display())?;
                match overlay {
                    Some(name) => write!(f, " in [env.{name}]"),
                    None => Ok(()),
                }
            }
            Place::Variable(name) | Place::Flag(name) => f.write_str(name),
            Place::Default => f.write_str("default"),
        }
    }
}

// As it may be shown: who debugs does not want secrets in a log.
impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} ({})", self.key, self.shown(), self.place)
    }
}
