//! `tsk grafana report`: what dashboards show, as a document.

use std::env;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use argh::{ArgsInfo, FromArgs};
use bytes::Bytes;
use http::{Request, header};
use tsk::core::client::{Client, HttpClient, Settings};
use tsk::metrics::grafana::{Dashboards, Reporter};

use super::{made, schedule};
use crate::error::Error;
use crate::source::Source;
use crate::toml::file;
use crate::{Application, Exit, terminal};

/// The token that Prometheus demands, if it does.
const TOKEN: &str = "PROMETHEUS_TOKEN";

/// Writes what the overview and the promises have shown, with pictures: once or again and again, to a file, a webhook or by mail.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "report",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} --prometheus http://prometheus:9090 --output report.html\n{command_name} --prometheus http://prometheus:9090 --span 7d --form markdown\n{command_name} --prometheus http://prometheus:9090 --mail team@example.org --every 1d",
    note = "It asks Prometheus, and no Grafana. Where that demands a token, it is in the variable PROMETHEUS_TOKEN.\nMail goes to the standard input of a program that sends it, such as sendmail, which is run without a shell.",
    error_code(0, "there it is"),
    error_code(1, "Prometheus cannot be reached, or the report cannot be brought to where it is to be"),
    error_code(2, "the command line is wrong"),
    error_code(78, "the configuration is wrong")
)]
pub(super) struct Report {
    /// where Prometheus is
    #[argh(option, arg_name = "url")]
    prometheus: String,

    /// time that it is about, up to now (1d)
    #[argh(option, arg_name = "duration", from_str_fn(duration), default = "DAY")]
    span: Duration,

    /// html, a page that needs nothing beside itself, or markdown (html)
    #[argh(option, arg_name = "html|markdown", from_str_fn(form), default = "Form::Html")]
    form: Form,

    /// file to write it to, in place of standard output
    #[argh(option, short = 'o', arg_name = "file")]
    output: Option<PathBuf>,

    /// URL to send it to, in place of standard output
    #[argh(option, arg_name = "url")]
    webhook: Option<String>,

    /// address to mail it to, in place of standard output
    #[argh(option, arg_name = "address", from_str_fn(address))]
    mail: Option<String>,

    /// program that sends mail, and takes -t and -i as sendmail does (sendmail)
    #[argh(option, arg_name = "program", default = "\"sendmail\".to_owned()")]
    sendmail: String,

    /// write one after each such time, until the process is ended
    #[argh(option, arg_name = "duration", from_str_fn(pause))]
    every: Option<Duration>,

    /// configuration file (./tsk.toml, if there is one)
    #[argh(option, short = 'c', arg_name = "file")]
    config: Option<PathBuf>,

    /// overlay to lay over the file, its table [env.NAME] ($TSK_ENV)
    #[argh(option, arg_name = "name")]
    env: Option<String>,
}

const DAY: Duration = Duration::from_secs(86_400);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Html,
    Markdown,
}

impl Form {
    fn content_type(self) -> &'static str {
        match self {
            Form::Html => "text/html; charset=utf-8",
            Form::Markdown => "text/markdown; charset=utf-8",
        }
    }
}

fn form(text: &str) -> Result<Form, String> {
    match text {
        "html" => Ok(Form::Html),
        "markdown" => Ok(Form::Markdown),
        _ => Err("write html or markdown".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration >= Duration::from_secs(60) => Ok(duration),
        Ok(_) => Err("a minute is the least".to_owned()),
        Err(_) => Err("write a duration such as 1d, 12h, 30m".to_owned()),
    }
}

fn pause(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(pause) if pause >= Duration::from_secs(1) => Ok(pause),
        Ok(_) => Err("a second is the least".to_owned()),
        Err(_) => Err("write a duration such as 1d, 12h, 30m".to_owned()),
    }
}

/// One line: what came after it would be another header of the mail.
fn address(text: &str) -> Result<String, String> {
    let is_fit =
        text.contains('@') && !text.starts_with('-') && !text.chars().any(|c| c.is_control() || c == ' ');
    if is_fit { Ok(text.to_owned()) } else { Err("write an address such as team@example.org".to_owned()) }
}

impl Report {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let places = [self.output.is_some(), self.webhook.is_some(), self.mail.is_some()];
        if places.into_iter().filter(|is_given| *is_given).count() > 1 {
            return Err(Error::usage("a report goes to one place; pass one of --output, --webhook, --mail"));
        }
        let source = Source { file: self.config.clone(), overlay: self.env.clone() };
        let (dashboards, config) = made(application, &source)?;
        let client: Arc<dyn HttpClient> = Arc::new(
            Client::new(&Settings { max_body: 16 << 20, ..Settings::default() }).map_err(Error::failure)?,
        );
        let token = env::var(TOKEN).ok();
        let reporter = Reporter::new(Arc::clone(&client), &self.prometheus, token.as_deref());
        let reporter = reporter.map_err(Error::usage)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(Error::failure)?.block_on(async {
            let once = async || self.once(&reporter, &*client, &config.title, &dashboards).await;
            match self.every {
                None => once().await,
                Some(every) => {
                    schedule::repeat(every, once, |error| terminal::complain(application.name, error, false))
                        .await
                }
            }
        })?;
        Ok(Exit::Success)
    }

    async fn once(
        &self,
        reporter: &Reporter,
        client: &dyn HttpClient,
        title: &str,
        dashboards: &Dashboards,
    ) -> Result<(), Error> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let report = reporter.report(title, dashboards, self.span, now).await.map_err(Error::failure)?;
        let text = match self.form {
            Form::Html => report.html(),
            Form::Markdown => report.markdown(),
        };
        if let Some(path) = &self.output {
            return file::replace(path, None, &text)
                .map_err(|error| Error::failure(format_args!("cannot write {}: {error}", path.display())));
        }
        if let Some(url) = &self.webhook {
            return self.send(client, url, text).await;
        }
        match &self.mail {
            Some(address) => self.mail(address, title, &text),
            None => {
                terminal::print(text);
                Ok(())
            }
        }
    }

    async fn send(&self, client: &dyn HttpClient, url: &str, text: String) -> Result<(), Error> {
        let request = Request::post(url).header(header::CONTENT_TYPE, self.form.content_type());
        let request = request
            .body(Bytes::from(text))
            .map_err(|error| Error::usage(format_args!("`{url}` is no URL: {error}")))?;
        let answer =
            client.send(request).await.map_err(|error| Error::failure(format_args!("{url}: {error}")))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(Error::failure(format_args!("{url} answers {} to the report", answer.status())))
        }
    }

    /// RFC 5322 and 2045.
    fn mail(&self, address: &str, title: &str, text: &str) -> Result<(), Error> {
        let program = &self.sendmail;
        let failed = |error: &dyn std::fmt::Display| Error::failure(format_args!("`{program}`: {error}"));
        let title: String = title.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
        let message = format!(
            "To: {address}\nSubject: {title}: report\nMIME-Version: 1.0\nContent-Type: {}\n\
             Content-Transfer-Encoding: 8bit\n\n{text}",
            self.form.content_type()
        );
        let mut command = Command::new(program);
        command.args(["-t", "-i"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let written = child.stdin.take().map(|mut stdin| stdin.write_all(message.as_bytes()));
        let status = child.wait().map_err(|error| failed(&error))?;
        match written {
            _ if !status.success() => Err(failed(&status)),
            Some(Err(error)) => Err(failed(&error)),
            _ => Ok(()),
        }
    }
}
