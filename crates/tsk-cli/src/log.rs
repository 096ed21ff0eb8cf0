//! What a running server says of itself: lines of JSON in files that rotate, and warnings on standard error.
//!
//! - `config`: section `[log]`.
//! - `segments`, `file`, `archive`: the files of a log, the one that is written, and what becomes of it.
//! - `writer`, `keeper`: the two threads of it.

pub(crate) mod archive;
pub(crate) mod config;
pub(crate) mod file;
mod keeper;
pub(crate) mod segments;
#[cfg(test)]
mod tests;
mod writer;

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{FilterExt as _, LevelFilter};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

use self::config::{Config, Destination, Format};
use self::file::RotatingFile;
use self::keeper::{Foreign, Keeper, Kept};
use self::segments::Log;
use self::writer::Writer;
use crate::terminal;
use tsk::trace::config::Level;
use tsk::trace::log::{Json, Tail, Text};

/// The name of the file.
const NAME: &str = "tsk.log";

/// What is beside it for the last words of a process in the background: what it cannot write to its log any more.
pub(crate) const LAST_WORDS: &str = "stderr.log";

/// Lines that wait for the thread that writes them; further ones are dropped, and counted.
const MAX_WAITING: usize = 16 * 1024;

/// Writes what is left when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    // In this order: the last lines may have a file put away.
    _writing: Option<WorkerGuard>,
    _keeping: Option<Keeper>,
    /// The last lines, where they are ours.
    tail: Option<Tail>,
}

impl Guard {
    /// The last lines, for the console, where the log is ours.
    pub(crate) fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }
}

/// Has events logged as `config` says, unless somebody listens to them already, as an application that embeds the
/// commands may. `directory` is that of the state directory, if one can be written there; `access_log` is the file of
/// the access log, which rotates as well where it lies in the same directory.
pub(crate) fn install(
    program: &'static str,
    config: &Config,
    directory: Option<&Path>,
    access_log: Option<&Path>,
) -> Guard {
    // What the log itself cannot say.
    let complain = move |line: String| terminal::note(program, line);
    let mut guard = Guard::default();
    let tail = Tail::default();
    let mut layers = vec![tsk::trace::layer(Level::Info).boxed(), on_stderr(config)];
    let directory = self::directory(config, directory);
    if let Some(directory) = &directory {
        // The access log may lie there, and makes no directory. What cannot be made is told of with the first line.
        let _ = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        let log = log(directory.clone());
        let foreign = access_log.and_then(|path| Foreign::within(directory, path, config.limits()));
        let kept = Kept {
            ours: log.clone(),
            foreign,
            last_words: directory.join(LAST_WORDS),
            max_size: config.limits().max_size,
        };
        match Keeper::start(kept, complain) {
            Ok(keeper) => {
                let mut file = RotatingFile::new(log, config.limits());
                file.make(SystemTime::now());
                let (lines, writing) = written(file, keeper.wake(), complain);
                layers.push(lines_of(config, lines.and(tail.clone())));
                guard = Guard { _writing: Some(writing), _keeping: Some(keeper), tail: Some(tail.clone()) };
            }
            Err(error) => complain(format!("there is no log but this: {error}")),
        }
    }
    if guard.tail.is_none() {
        layers.push(lines_of(config, tail.clone()));
        guard.tail = Some(tail);
    }
    let is_heard = tracing::subscriber::set_global_default(Registry::default().with(layers)).is_err();
    if is_heard { Guard { _writing: None, tail: None, ..guard } } else { guard }
}

/// The log in a directory.
pub(crate) fn log(directory: PathBuf) -> Log {
    Log { directory, name: NAME.to_owned() }
}

/// The directory of the log, if there is to be one; `default` is that of the state directory.
pub(crate) fn directory(config: &Config, default: Option<&Path>) -> Option<PathBuf> {
    match &config.file {
        Destination::Off => None,
        Destination::Default => default.map(Path::to_owned),
        Destination::Directory(directory) => Some(directory.clone()),
    }
}

/// The file of the access log, if it goes to one.
pub(crate) fn access_log(config: &tsk::Config) -> Option<&Path> {
    use tsk::http::access_log::Target;
    match &config.http.access_log.as_ref()?.to {
        Target::File(path) => Some(path),
        Target::Stdout | Target::Stderr => None,
    }
}

type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// Warnings and errors, for whoever looks, and for a service manager.
fn on_stderr(config: &Config) -> Boxed {
    let filter = LevelFilter::WARN.and(config.level.targets());
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(io::stderr);
    match config.format {
        Format::Text => {
            let lines = Text::new(&[]);
            layer.fmt_fields(lines.clone()).event_format(lines).with_filter(filter).boxed()
        }
        Format::Json => {
            let lines = Json::new(&[]);
            layer.fmt_fields(lines.clone()).event_format(lines).with_filter(filter).boxed()
        }
    }
}

/// Everything, for programs, `logs` among them.
fn lines_of<W>(config: &Config, writer: W) -> Boxed
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let format = Json::new(&[]);
    let layer = tracing_subscriber::fmt::layer().fmt_fields(format.clone()).event_format(format);
    layer.with_writer(writer).with_filter(config.level.targets()).boxed()
}

/// The thread that writes, which nobody waits for.
fn written(
    file: RotatingFile,
    rotated: impl FnMut() + Send + 'static,
    complain: impl FnMut(String) + Send + 'static,
) -> (NonBlocking, WorkerGuard) {
    let dropped = Arc::new(OnceLock::new());
    let writer = Writer::new(file, Arc::clone(&dropped), rotated, complain);
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(MAX_WAITING);
    let (lines, writing) = builder.thread_name("log-writer").finish(writer);
    // Nobody else sets it.
    let _ = dropped.set(lines.error_counter());
    (lines, writing)
}
