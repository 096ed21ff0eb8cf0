//! `tsk auth keys list`.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use tsk::auth::api_key::{Environment, Record};

use super::with_keys;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::{Application, Exit};

/// Lists what is kept of the keys, in the order of their making.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "list",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} --json | jq -r '.[] | select(.state == \"expired\").id'",
    error_code(0, "there they are"),
    error_code(1, "the file cannot be read"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct List {
    /// the file of the keys (auth.api_keys of the configuration)
    #[argh(option, arg_name = "file")]
    file: Option<PathBuf>,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

/// A key, without its hash.
#[derive(Serialize)]
struct Key {
    id: String,
    state: &'static str,
    environment: Environment,
    name: String,
    owner: String,
    scopes: Vec<String>,
    roles: Vec<String>,
    created: String,
    expires: Option<String>,
    last_used: Option<String>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Listing(Vec<Key>);

impl List {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let place = (self.file, Source { file: self.config, overlay: None });
        let keys = with_keys(application, place, Environment::Live, async |keys| keys.list().await)?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Output::json(self.json).report(&Listing(keys.iter().map(|record| Key::of(record, now)).collect()));
        Ok(Exit::Success)
    }
}

impl Key {
    fn of(record: &Arc<Record>, now: u64) -> Self {
        let texts = |texts: &[Box<str>]| texts.iter().map(ToString::to_string).collect();
        let state = match (record.revoked, record.expires) {
            (Some(_), _) => "revoked",
            (None, Some(expires)) if expires <= now => "expired",
            _ if record.previous.as_ref().is_some_and(|(_, until)| now < *until) => "rotating",
            _ => "valid",
        };
        Key {
            id: record.id.to_string(),
            state,
            environment: record.environment,
            name: record.name.to_string(),
            owner: record.owner.to_string(),
            scopes: texts(&record.scopes),
            roles: texts(&record.roles),
            created: day(record.created),
            expires: record.expires.map(day),
            last_used: record.last_used.map(day),
        }
    }
}

/// A moment as RFC 3339 has it.
fn day(seconds: u64) -> String {
    // The end of the year 9999, behind which there is no such text.
    let seconds = seconds.min(253_402_300_799);
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("there are no keys yet");
        }
        let header = ["id", "state", "owner", "name", "expires", "last used"].map(str::to_owned);
        let row = |key: &Key| {
            let or = |time: &Option<String>, none: &str| time.clone().unwrap_or_else(|| none.to_owned());
            let (expires, used) = (or(&key.expires, "never"), or(&key.last_used, "never"));
            // What a name has in it, an editor of the file may have written: it stays on its line.
            let shown = |text: &str| text.escape_debug().to_string();
            [key.id.clone(), key.state.to_owned(), shown(&key.owner), shown(&key.name), expires, used]
        };
        let rows: Vec<_> = std::iter::once(header).chain(self.0.iter().map(row)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let lines = rows.iter().map(|row| {
            let cells = row.iter().enumerate().map(|(column, cell)| format!("{cell:<0$}", width(column)));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        });
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}
