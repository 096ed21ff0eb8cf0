//! `tsk web logs`: what a server has written, and writes.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use argh::{ArgsInfo, FromArgs};
use regex::Regex;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::signal::unix::{SignalKind, signal};

use crate::error::Error;
use crate::log::segments::Log;
use crate::logs::{Follower, Level, Query, Since, Snapshot, View, read};
use crate::source::Source;
use crate::state::State;
use crate::{Application, Exit, log, terminal};

/// How often a log that is followed is looked at.
const INTERVAL: Duration = Duration::from_millis(200);

/// How many lines there are where nobody says how many.
const DEFAULT: usize = 10;

/// Shows the newest lines of the server's log, running or not, and with --follow those that come.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "logs",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} -f\n{command_name} -n 100 --level warn\n{command_name} --since 10m --grep timeout\n{command_name} --access -f --json | jq .status",
    note = "Files that were put away are read as well, compressed or not. A line that does not say its time or level is not left out for that.",
    error_code(0, "shown; with --follow, until SIGINT or until nobody reads on"),
    error_code(1, "there is no log, or it cannot be read"),
    error_code(2, "the command line is wrong")
)]
pub(super) struct Logs {
    /// go on with the lines that come, until SIGINT
    #[argh(switch, short = 'f')]
    follow: bool,

    /// how many lines at most, or `all` (10; all with --since)
    #[argh(option, short = 'n', arg_name = "number")]
    lines: Option<Count>,

    /// only lines of this level and graver ones
    #[argh(option, short = 'l', arg_name = "error|warn|info|debug|trace")]
    level: Option<Level>,

    /// only lines since then: 10m, 2h, today, 2026-11-26, 2026-11-26T21:12:00Z; days are those of UTC
    #[argh(option, arg_name = "time")]
    since: Option<Since>,

    /// only lines that match a regular expression, as they are shown; (?i) before it for any case
    #[argh(option, short = 'g', arg_name = "regex")]
    grep: Option<Regex>,

    /// the access log, if it goes to a file
    #[argh(switch)]
    access: bool,

    /// the lines as they are in the file, a JSON object each
    #[argh(switch)]
    json: bool,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// overlay to lay over the file, its table [env.NAME] ($TSK_ENV)
    #[argh(option, arg_name = "name")]
    env: Option<String>,

    /// where the server is found ($TSK_STATE_DIR, or ./.tsk)
    #[argh(option, arg_name = "directory")]
    state_dir: Option<PathBuf>,
}

/// How many lines.
enum Count {
    All,
    Number(usize),
}

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Count, String> {
        match text {
            "all" => Ok(Count::All),
            _ => text.parse().map(Count::Number).map_err(|_| "a number, or `all`".to_owned()),
        }
    }
}

impl Logs {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        if self.access && self.level.is_some() {
            return Err(Error::usage("`--level` is for the log of the server: leave it or `--access` out"));
        }
        let log = self.log(application)?;
        let mut shown = Shown {
            view: match self.json {
                true => View::Json,
                false => View::Text { has_colour: terminal::wants_colour(&io::stdout()) },
            },
            out: BufWriter::new(io::stdout()),
            failure: None,
        };
        let read = self.show(application, &log, &mut shown);
        match (shown.failure, read) {
            // Whoever reads has enough.
            (Some(error), _) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Success),
            (Some(error), _) => Err(Error::failure(format_args!("lines cannot be written: {error}"))),
            (None, Err(error)) => {
                Err(Error::failure(format_args!("`{}` cannot be read: {error}", log.current().display())))
            }
            (None, Ok(exit)) => exit,
        }
    }

    /// The log that is meant.
    fn log(&self, application: &Application) -> Result<Log, Error> {
        let default = State::new(self.state_dir.clone()).logs();
        let loaded = match application
            .load(Source { file: self.config.clone(), overlay: self.env.clone() }.loader())
        {
            Ok(loaded) => loaded,
            Err(error) if self.access => return Err(error),
            // While the file is being mended, the log of the server is where it is unless a file says otherwise.
            Err(error) => {
                terminal::note(application.name, format_args!("the configuration is passed over: {error}"));
                return Ok(log::log(default));
            }
        };
        if !self.access {
            let directory = log::directory(&loaded.settings.log, Some(&default));
            return Ok(log::log(directory.unwrap_or(default)));
        }
        let set = "set http.access_log.to to the path of a file";
        let Some(path) = log::access_log(&loaded.config) else {
            return Err(Error::failure(match &loaded.config.http.access_log {
                None => format!("the access log is off; {set}"),
                Some(_) => format!("the access log goes to no file; {set}"),
            }));
        };
        Log::at(path).ok_or_else(|| Error::failure(format_args!("`{}` is no file", path.display())))
    }

    fn show(
        &self,
        application: &Application,
        log: &Log,
        shown: &mut Shown,
    ) -> io::Result<Result<Exit, Error>> {
        let snapshot = Snapshot::take(log)?;
        if snapshot.is_empty() {
            let path = log.current();
            if !self.follow {
                let advice = match self.access {
                    true => "start the server with this configuration",
                    false => "start the server, or pass --state-dir",
                };
                return Ok(Err(Error::failure(format_args!(
                    "there is no log: `{}` does not exist; {advice}",
                    path.display()
                ))));
            }
            terminal::note(
                application.name,
                format_args!("waiting for `{}`, which does not exist yet", path.display()),
            );
        }
        let end = match &snapshot.current {
            Some(current) if self.follow => current.whole()?,
            Some(current) => current.length,
            None => 0,
        };
        let count = match &self.lines {
            Some(Count::All) => None,
            Some(Count::Number(number)) => Some(*number),
            None if self.since.is_some() => None,
            None => Some(DEFAULT),
        };
        let query = Query {
            level: self.level,
            since: self.since.map(|since| since.at(SystemTime::now())),
            pattern: self.grep.clone(),
        };
        if self.follow {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            // Until here SIGINT ends it at once, however much there is to read.
            read(&snapshot, end, &query, count, |line| shown.line(&line))?;
            runtime.block_on(async {
                let mut stop = signal(SignalKind::interrupt())?;
                let mut follower = Follower::new(log.clone(), snapshot, end)?;
                while !shown.is_unread() {
                    follower.poll(|line| if query.wants(&line) { shown.line(&line) } else { Ok(()) })?;
                    shown.flush()?;
                    tokio::select! {
                        _ = stop.recv() => break,
                        () = tokio::time::sleep(INTERVAL) => {}
                    }
                }
                io::Result::Ok(())
            })?;
        } else {
            read(&snapshot, end, &query, count, |line| shown.line(&line))?;
            shown.flush()?;
        }
        Ok(Ok(Exit::Success))
    }
}

/// What is shown.
struct Shown {
    view: View,
    out: BufWriter<io::Stdout>,
    /// Why nothing more can be.
    failure: Option<io::Error>,
}

impl Shown {
    fn line(&mut self, line: &str) -> io::Result<()> {
        let written = writeln!(self.out, "{}", self.view.show(line));
        self.noted(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.noted(flushed)
    }

    /// Keeps the error where it can be told from one of reading.
    fn noted(&mut self, written: io::Result<()>) -> io::Result<()> {
        written.map_err(|error| io::Error::from(self.failure.insert(error).kind()))
    }

    /// Whether nobody reads any more, which is not told before something is written.
    fn is_unread(&self) -> bool {
        let stdout = io::stdout();
        let mut stdout = [PollFd::new(&stdout, PollFlags::empty())];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut stdout, Some(&at_once)).is_ok() && stdout[0].revents().contains(PollFlags::ERR)
    }
}
