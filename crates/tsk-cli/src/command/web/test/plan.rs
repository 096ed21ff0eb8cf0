//! What the options say of the requests.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;

use super::Test;
use crate::Application;
use crate::client::Target;
use crate::error::Error;
use crate::load::{Pace, Plan};

/// The most connections, requests a second and time: what one machine can make, and a day.
const MOST_CONNECTIONS: usize = 10_000;
const MOST_RATE: f64 = 1e6;
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The largest body that is sent.
const LARGEST_BODY: u64 = 64 << 20;

/// A header of a request.
pub(super) type Field = (HeaderName, HeaderValue);

impl Test {
    /// The load test that the options ask for, if they do; its requests are still to be addressed.
    pub(super) fn plan(&self) -> Result<Option<Plan>, Error> {
        let shape = self.rate.is_some() || self.connections.is_some() || self.duration.is_some();
        let is_wanted = self.load || shape || self.warmup.is_some() || self.thresholds().is_any();
        if !is_wanted {
            let given = !self.path.is_empty() || self.method.is_some() || self.body.is_some();
            if given || self.body_file.is_some() {
                return Err(Error::usage(
                    "--path, --method and --body are of a load test; add --load, or --rate with a number",
                ));
            }
            return Ok(None);
        }
        let pace = match (self.rate, self.connections) {
            (Some(rate), _) => Pace::Open { rate },
            (None, Some(_)) => Pace::Closed,
            (None, None) => Pace::Open { rate: 100.0 },
        };
        Ok(Some(Plan {
            pace,
            connections: self.connections.unwrap_or(10),
            duration: self.duration.unwrap_or(Duration::from_secs(10)),
            warmup: self.warmup.unwrap_or_default(),
            timeout: self.timeout,
            requests: self.requests()?,
        }))
    }

    /// The requests with paths that are still to be put below those of a target.
    fn requests(&self) -> Result<Vec<Request<Full<Bytes>>>, Error> {
        let body = match (&self.body, &self.body_file) {
            (Some(_), Some(_)) => {
                return Err(Error::usage("a request has one body: leave out --body or --body-file"));
            }
            (Some(text), None) => Some(Bytes::from(text.clone())),
            (None, Some(file)) => Some(read(file)?),
            (None, None) => None,
        };
        let method = match (&self.method, &body) {
            (Some(method), _) => method.clone(),
            (None, Some(_)) => Method::POST,
            (None, None) => Method::GET,
        };
        let body = body.unwrap_or_default();
        let request = |path: &str| {
            let request = Request::builder().method(&method).uri(path).body(Full::new(body.clone()));
            request
                .map_err(|_| Error::usage(format_args!("`--path`: `{path}` is no path; encode what is none")))
        };
        for path in &self.path {
            if !path.starts_with('/') {
                return Err(Error::usage(format_args!("`--path`: `{path}` does not begin with `/`")));
            }
        }
        match self.path.as_slice() {
            // The path of the target itself.
            [] => Ok(vec![request("/")?]),
            paths => paths.iter().map(|path| request(path)).collect(),
        }
    }

    /// The plan with its requests made for a target.
    pub(super) fn addressed(
        &self,
        mut plan: Plan,
        application: &Application,
        target: &Target,
    ) -> Result<Plan, Error> {
        let headers = self.headers(application, target);
        for request in &mut plan.requests {
            let path = match request.uri().path_and_query() {
                Some(path) if !self.path.is_empty() => target.path(path.as_str()),
                _ => target.own_path().to_owned(),
            };
            *request.uri_mut() = path.parse::<Uri>().map_err(Error::failure)?;
            request.headers_mut().clone_from(&headers);
        }
        Ok(plan)
    }

    /// The headers of every request.
    pub(super) fn headers(&self, application: &Application, target: &Target) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let agent = format!("{}/{}", application.name, application.version);
        for (name, value) in [
            (header::HOST, target.authority.as_str()),
            (header::USER_AGENT, agent.as_str()),
            (header::ACCEPT, "*/*"),
        ] {
            // A name that no header may hold is the embedding program's, which gets on without.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        for (name, _) in &self.header {
            headers.remove(name);
        }
        for (name, value) in &self.header {
            headers.append(name, value.clone());
        }
        headers
    }
}

fn read(path: &Path) -> Result<Bytes, Error> {
    let wrong = |what: &dyn std::fmt::Display| {
        Error::failure(format_args!("`--body-file`: `{}` {what}", path.display()))
    };
    let mut bytes = Vec::new();
    let file = File::open(path).and_then(|file| file.take(LARGEST_BODY + 1).read_to_end(&mut bytes));
    file.map_err(|error| wrong(&format_args!("cannot be read: {error}")))?;
    if bytes.len() as u64 > LARGEST_BODY {
        return Err(wrong(&"is larger than the 64 MiB that can be sent"));
    }
    Ok(bytes.into())
}

pub(super) fn header(text: &str) -> Result<Field, String> {
    const FORM: &str = "a header is written 'name: value'";
    let (name, value) = text.split_once(':').ok_or(FORM)?;
    let name = name.trim().parse().map_err(|_| FORM)?;
    let mut value: HeaderValue = value.trim().parse().map_err(|_| FORM)?;
    value.set_sensitive(true);
    Ok((name, value))
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match warmup(text) {
        Ok(duration) if duration.is_zero() => Err("a duration is longer than nothing".to_owned()),
        result => result,
    }
}

pub(super) fn warmup(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        Ok(_) => Err("a duration is at most 24h".to_owned()),
        Err(_) => Err("a duration is written as `50ms`, `30s` or `5m`".to_owned()),
    }
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.001..=MOST_RATE).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number from 0.001 to 1000000, of requests a second".to_owned()),
    }
}

pub(super) fn connections(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if (1..=MOST_CONNECTIONS).contains(&count) => Ok(count),
        _ => Err(format!("connections are a number from 1 to {MOST_CONNECTIONS}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn test(options: &[&str]) -> Test {
        <Test as argh::FromArgs>::from_args(&["tsk"], options).unwrap()
    }

    fn plan(options: &[&str]) -> Result<Option<Plan>, Error> {
        test(options).plan()
    }

    #[test]
    fn a_load_test_is_asked_for_by_any_option_of_one() {
        assert!(plan(&[]).unwrap().is_none());
        assert!(plan(&["--offline", "--header", "a: b"]).unwrap().is_none());
        for options in [&["--load"][..], &["--duration", "1s"], &["--p99", "50ms"], &["--errors", "0"]] {
            let plan = plan(options).unwrap().unwrap();
            assert_eq!((plan.pace, plan.connections), (Pace::Open { rate: 100.0 }, 10), "{options:?}");
        }
        assert_eq!(plan(&["--rate", "0.5"]).unwrap().unwrap().pace, Pace::Open { rate: 0.5 });
        assert_eq!(plan(&["--connections", "3"]).unwrap().unwrap().pace, Pace::Closed);
        let both = plan(&["--connections", "3", "--rate", "5"]).unwrap().unwrap();
        assert_eq!((both.pace, both.connections), (Pace::Open { rate: 5.0 }, 3));
    }

    #[test]
    fn requests_are_put_below_the_target() {
        let application = Application::stock();
        let paths = |options: &[&str], target: &str| -> Vec<String> {
            let test = test(options);
            let plan = test.plan().unwrap().unwrap();
            let plan = test.addressed(plan, &application, &target.parse().unwrap()).unwrap();
            plan.requests.iter().map(|request| request.uri().to_string()).collect()
        };
        assert_eq!(paths(&["--load"], "http://a"), ["/"]);
        assert_eq!(paths(&["--load"], "http://a/shop/"), ["/shop"]);
        let two = ["--load", "--path", "/a?q=1", "--path", "/b"];
        assert_eq!(paths(&two, "http://a/shop"), ["/shop/a?q=1", "/shop/b"]);
    }

    #[test]
    fn a_body_is_posted_and_a_header_replaces_ours() {
        let application = Application::stock();
        let test =
            test(&["--load", "--body", "x", "--header", "Host: b", "--header", "x: 1", "--header", "x: 2"]);
        let plan = test.plan().unwrap().unwrap();
        let plan = test.addressed(plan, &application, &"http://a".parse().unwrap()).unwrap();
        let request = &plan.requests[0];
        assert_eq!((request.method(), &request.headers()["host"]), (&Method::POST, &"b".parse().unwrap()));
        assert_eq!(request.headers().get_all("x").iter().count(), 2);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for options in [
            &["--path", "/a"][..],
            &["--body", "x"],
            &["--load", "--path", "a"],
            &["--load", "--path", "/a b"],
            &["--load", "--body", "x", "--body-file", "y"],
            &["--load", "--body-file", "/nowhere/at/all"],
        ] {
            assert!(plan(options).is_err(), "{options:?}");
        }
        for text in ["0", "-1", "NaN", "inf", "1e7", "", "fast"] {
            assert!(rate(text).is_err(), "{text}");
        }
        for text in ["0", "10001", "-1", ""] {
            assert!(connections(text).is_err(), "{text}");
        }
        for text in ["0s", "25h", "5", "soon", ""] {
            assert!(duration(text).is_err(), "{text}");
        }
        for text in ["", "a", ": b", "a b: c", "a: b\nc"] {
            assert!(header(text).is_err(), "{text}");
        }
    }
}
