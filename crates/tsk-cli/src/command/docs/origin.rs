//! Where documents are from: the routes that the configuration makes, or a server that runs.

use std::env;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use serde::Deserialize;
use tsk::admin::RouteInfo;

use crate::Application;
use crate::client::{Connector, Failure, Reason, Target, Trust};
use crate::error::Error;
use crate::source::Source;

/// The setting that the server has its token by, and its client as well.
const TOKEN: &str = "TSK_ADMIN__TOKEN";

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest document that is read.
const LARGEST: usize = 64 << 20;

/// A document of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Openapi,
    Openapi3_0,
    Markdown,
}

impl Kind {
    /// Where a server has it, of a version of its API or of the newest.
    fn path(self, version: Option<&ApiVersion>) -> String {
        let (of_newest, folder, extension) = match self {
            Kind::Openapi => ("/openapi.json", "/openapi", "json"),
            Kind::Openapi3_0 => ("/openapi-3.0.json", "/openapi-3.0", "json"),
            Kind::Markdown => ("/docs.md", "/docs", "md"),
        };
        match version {
            Some(ApiVersion(name)) => format!("{folder}/{name}.{extension}"),
            None => of_newest.to_owned(),
        }
    }
}

/// The name of a version of an API, as `--api-version` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiVersion(String);

impl FromStr for ApiVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
        if text.is_empty() || !text.bytes().all(is_fit) {
            return Err("a version has letters, digits, `.`, `_`, `~` and `-`".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl ApiVersion {
    /// That it is none of these.
    fn unknown(&self, known: &[&str]) -> Error {
        Error::failure(match known {
            [] => "the API has no versions; leave out --api-version".to_owned(),
            known => format!("there is no version `{}`; there are `{}`", self.0, known.join("`, `")),
        })
    }
}

/// Where documents are from.
pub(super) enum Origin {
    /// The routes that the configuration makes.
    Configuration(Source),
    /// The admin listener of a server.
    Server { connector: Connector, token: Option<HeaderValue> },
}

/// The value of `--from`.
pub(super) fn target(text: &str) -> Result<Target, String> {
    if text.contains('@') && !text.starts_with("unix:") {
        return Err("a listener knows no names and passwords; pass --token".to_owned());
    }
    match text.split_once('?') {
        Some((url, _)) if !text.starts_with("unix:") => Err(format!("a query is not asked; write {url}")),
        _ => text.parse(),
    }
}

impl Origin {
    /// What the options of a command say.
    pub(super) fn new(
        source: Source,
        from: Option<Target>,
        token: Option<String>,
        ca: Option<PathBuf>,
        insecure: bool,
    ) -> Result<Origin, Error> {
        let Some(target) = from else {
            let of_server = [("--token", token.is_some()), ("--ca", ca.is_some()), ("--insecure", insecure)];
            return match of_server.iter().find(|(_, is_given)| *is_given) {
                Some((option, _)) => {
                    Err(Error::usage(format_args!("{option} is for a server that is asked; add --from")))
                }
                None => Ok(Origin::Configuration(source)),
            };
        };
        if source.file.is_some() || source.overlay.is_some() {
            return Err(Error::usage(
                "a server has its own settings; leave out --from, or --config and --env",
            ));
        }
        let trust = match ca {
            Some(file) => Trust::File(file),
            None if insecure => Trust::Anything,
            None => Trust::Public,
        };
        let token = token.or_else(|| env::var(TOKEN).ok()).map(|token| {
            let value = HeaderValue::try_from(format!("Bearer {token}"));
            value.map_err(|_| Error::usage("the token has what no header has"))
        });
        let connector = Connector::new(target, &trust).map_err(Error::failure)?;
        Ok(Origin::Server { connector, token: token.transpose()? })
    }

    /// Every route; with a version, those that are in its documents.
    pub(super) fn routes(
        &self,
        application: &Application,
        version: Option<&ApiVersion>,
    ) -> Result<Vec<RouteInfo>, Error> {
        let mut routes = self.all_routes(application)?;
        if let Some(version) = version {
            let mut known: Vec<_> = routes.iter().filter_map(|route| route.version.as_deref()).collect();
            known.sort_unstable();
            known.dedup();
            if !known.contains(&&*version.0) {
                return Err(version.unknown(&known));
            }
            routes.retain(|route| route.version.as_ref().is_none_or(|of| *of == version.0));
        }
        Ok(routes)
    }

    fn all_routes(&self, application: &Application) -> Result<Vec<RouteInfo>, Error> {
        match self {
            Origin::Configuration(source) => {
                let table = application.made(source)?.validate().map_err(|error| Error::start(&error))?;
                Ok(RouteInfo::all(&table))
            }
            Origin::Server { connector, token } => {
                let text = ask(connector, token.as_ref(), "/routes")?;
                serde_json::from_str(&text).map_err(|error| {
                    let target = connector.target();
                    Error::failure(format_args!("what {target} answers is no list of routes: {error}"))
                })
            }
        }
    }

    /// A document: of a version of the API, or of the newest.
    pub(super) fn document(
        &self,
        application: &Application,
        kind: Kind,
        version: Option<&ApiVersion>,
    ) -> Result<String, Error> {
        match self {
            Origin::Configuration(source) => {
                let document = application.made(source)?.document().map_err(|error| Error::start(&error))?;
                let newest = document.expect("an application that the commands made has documents");
                let document = match version {
                    Some(version) => newest
                        .version(&version.0)
                        .ok_or_else(|| version.unknown(&newest.versions().collect::<Vec<_>>()))?,
                    None => &newest,
                };
                let text = match kind {
                    Kind::Openapi => document.openapi(),
                    Kind::Openapi3_0 => document.openapi_3_0(),
                    Kind::Markdown => document.markdown(),
                };
                Ok(text.to_owned())
            }
            Origin::Server { connector, token } => ask(connector, token.as_ref(), &kind.path(version)),
        }
    }
}

/// What the server answers.
fn ask(connector: &Connector, token: Option<&HeaderValue>, path: &str) -> Result<String, Error> {
    let target = connector.target();
    let mut request = Request::get(target.path(path)).header(header::HOST, &target.authority);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, token);
    }
    let request = request.body(Full::<Bytes>::default()).map_err(Error::usage)?;
    let asked = async {
        let asked = async { connector.connect().await?.fetch(request, LARGEST).await };
        let late = |_| Err(Failure::new(Reason::Timeout, "no answer within 10 s"));
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(late)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let answer = runtime.map_err(Error::failure)?.block_on(asked).map_err(|failure| {
        let message = format!("{target}: {failure}");
        match failure.reason {
            Reason::Resolve | Reason::Connect => Error::not_running(format_args!(
                "{message}; see `admin.listen` for where the server has its admin listener"
            )),
            _ => Error::failure(message),
        }
    })?;
    text(target, path, &answer)
}

fn text(target: &Target, path: &str, answer: &Response<Bytes>) -> Result<String, Error> {
    let status = answer.status();
    if status == StatusCode::UNAUTHORIZED {
        return Err(Error::failure(format_args!(
            "{target} demands a token; pass --token, or set {TOKEN} to that of `admin.token`"
        )));
    }
    if !status.is_success() {
        #[derive(Deserialize)]
        struct Problem {
            detail: String,
        }
        let detail = serde_json::from_slice::<Problem>(answer.body()).map(|problem| problem.detail);
        let detail = detail.unwrap_or_else(|_| "see whether it is the admin listener of a server".to_owned());
        let status = status.as_u16();
        return Err(Error::failure(format_args!("{target} answers {status} to {path}: {detail}")));
    }
    String::from_utf8(answer.body().to_vec())
        .map_err(|_| Error::failure(format_args!("what {target} answers to {path} is no text")))
}
