//! What can be set.

use std::{path::PathBuf, time::Duration};

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use crate::{Error, size};

/// How requests are taken, and how much they may ask for: section `[graphql]` of `tsk.toml`.
///
/// ```
/// use tsk_graphql::Config;
///
/// let config: Config = serde_json::from_str(r#"{ "batch": 10, "limits": { "depth": 8 } }"#)?;
/// assert_eq!(config.limits.depth, 8);
/// assert!(!config.introspection);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether clients may ask what the schema is. Default: false, as in production it is a map for attackers; tools of
    /// developers need it.
    pub introspection: bool,

    /// Whether there is a page for developers where clients may ask what the schema is, if it is mounted. Default: true.
    pub explorer: bool,

    /// The most requests that one body may have. Default: 0, which takes no batches: each has a cost of its own, and a limit of
    /// requests counts it once.
    pub batch: usize,

    /// The largest body. Default: 256 KiB.
    #[serde(with = "size")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub body: ByteSize,

    /// The memory that operations may take which are kept to be run again. Default: 16 MiB.
    #[serde(with = "size")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub cache: ByteSize,

    /// Whether answers say what they were estimated to cost, and what they did, as `extensions.cost`. Default: false.
    pub report_cost: bool,

    /// Whether the spans of operations have their documents, the first 4 KiB of each. Default: false, as there may be values in them
    /// that nobody else is to see.
    pub trace_document: bool,

    /// Whether clients may send the hash of a document in its place, once they have sent the document. Default: true.
    pub persisted: bool,

    /// A file with the schema in its own language, against which the code is held at the start. Where the code says nothing of
    /// costs, those of the file count.
    pub schema: Option<PathBuf>,

    /// Documents that are known before anybody asks.
    pub trusted: Documents,

    /// Files that come with operations.
    pub uploads: Files,

    /// How much a document may ask for.
    pub limits: Limits,

    /// What may be done over a socket.
    pub sockets: Sockets,
}

/// Documents that are known before anybody asks: see [`Trusted`](crate::Trusted).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Documents {
    /// The file that the build of a client wrote them to, with their ids.
    pub manifest: Option<PathBuf>,

    /// Whether any other document is refused. Default: false.
    pub strict: bool,
}

/// Files that come with operations: see [`Uploads`](crate::Uploads).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// The most files that come with a request. Default: 0, which takes none.
    pub files: usize,

    /// The largest body of a request with files, which is in memory as long as its operation runs. Default: 10 MiB.
    #[serde(with = "size")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub size: ByteSize,
}

/// What may be done over a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Sockets {
    /// How long a client may wait with `connection_init` before it is closed with 4408. Default: 3 s.
    #[serde(with = "humantime_serde")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub init_timeout: Duration,

    /// The operations that may run at a time. Default: 32.
    pub operations: usize,
}

/// How much a document may ask for: it is refused before it is looked at more closely. Fragments count wherever they are spread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The words and signs of a document, at most 15,000. Default: 4,000.
    pub tokens: usize,

    /// The operations and fragments of a document. Default: 64.
    pub definitions: usize,

    /// How deep fields may be in each other, at most 60. Default: 16.
    pub depth: usize,

    /// The fields of an operation, at most 15,000. Default: 2,000.
    pub fields: usize,

    /// The fields of an operation that are given another name. Default: 50.
    pub aliases: usize,

    /// The fields of an operation that are in nothing else. Default: 20.
    pub root_fields: usize,

    /// The directives of an operation. Default: 50.
    pub directives: usize,

    /// What an operation may cost, by its estimate: an object costs 1 and a mutation 10 more, unless it is said otherwise; a list
    /// costs as many as are asked for. Default: 5,000.
    pub cost: u64,

    /// How many there are in a list, where nobody says. Default: 10.
    pub list_size: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            introspection: false,
            explorer: true,
            batch: 0,
            body: ByteSize::kib(256),
            cache: ByteSize::mib(16),
            report_cost: false,
            trace_document: false,
            persisted: true,
            schema: None,
            trusted: Documents::default(),
            uploads: Files::default(),
            limits: Limits::default(),
            sockets: Sockets::default(),
        }
    }
}

impl Default for Files {
    fn default() -> Self {
        Self { files: 0, size: ByteSize::mib(10) }
    }
}

impl Default for Sockets {
    fn default() -> Self {
        Self { init_timeout: Duration::from_secs(3), operations: 32 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: 4_000,
            definitions: 64,
            depth: 16,
            fields: 2_000,
            aliases: 50,
            root_fields: 20,
            directives: 50,
            cost: 5_000,
            list_size: 10,
        }
    }
}

/// Beyond these juniper itself refuses a document, so that a larger setting would be none.
const MOST_TOKENS: usize = 15_000;
const MOST_DEPTH: usize = 60;

impl Config {
    /// Checks what can be wrong.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be.
    pub(crate) fn checked(&self) -> Result<(), Error> {
        let Limits { tokens, depth, fields, .. } = self.limits;
        for (key, value, most) in [
            ("limits.tokens", tokens, MOST_TOKENS),
            ("limits.depth", depth, MOST_DEPTH),
            ("limits.fields", fields, MOST_TOKENS),
        ] {
            if value == 0 || value > most {
                return Err(Error::at(key, format_args!("{value} is not within 1 and {most}")));
            }
        }
        if self.trusted.strict && self.trusted.manifest.is_none() {
            return Err(Error::at(
                "trusted.strict",
                "nothing could be run: name a file as `trusted.manifest`",
            ));
        }
        Ok(())
    }
}
