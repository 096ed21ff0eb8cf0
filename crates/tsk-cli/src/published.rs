//! The documents of what is served without code: section `[docs]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tsk::App;
use tsk::docs::{Docs, Info};

/// Section `[docs]` of `tsk.toml`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Published {
    /// Serve the documents of the routes, and the page to try them out on, to everybody. Default: false.
    enabled: bool,

    /// The path below which they are: with `/reference`, the page is `/reference/docs`. Default: `/`.
    path: Prefix,

    /// What the service is called. Default: `Routes`.
    title: String,

    /// Which version of it the documents are of. Default: `1.0.0`.
    version: String,

    /// What it is for, in CommonMark. Default: nothing.
    description: Option<String>,
}

impl Default for Published {
    fn default() -> Self {
        Self {
            enabled: false,
            path: Prefix("/".into()),
            title: "Routes".into(),
            version: "1.0.0".into(),
            description: None,
        }
    }
}

impl Published {
    /// Gives an application its documents: for everybody, or for operators alone.
    pub(crate) fn add_to(self, app: App) -> App {
        let Self { enabled, path: Prefix(path), title, version, description } = self;
        let info = Info::new(title, version);
        let docs = Docs::new(match description {
            Some(text) => info.description(text),
            None => info,
        });
        if enabled { app.docs_below(&path, docs) } else { app.operator_docs(docs) }
    }
}

/// A path without parameters.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String")]
struct Prefix(String);

impl TryFrom<String> for Prefix {
    type Error = String;

    fn try_from(path: String) -> Result<Self, String> {
        if !path.starts_with('/') {
            return Err(format!("the path `{path}` does not begin with `/`"));
        }
        if path.contains(['{', '}']) {
            return Err(format!("the path `{path}` has a parameter; the documents are at one path"));
        }
        Ok(Self(path))
    }
}
