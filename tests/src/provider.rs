//! A provider of OpenID Connect, and somebody who visits it without a browser.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use tempfile::TempDir;

use crate::otlp::installed;
use crate::{Answer, Authority, DEADLINE, curl};

/// `oidc-provider`, which is certified, with one client. Killed when dropped.
#[derive(Debug)]
pub struct Provider {
    child: Child,
    port: u16,
}

impl Provider {
    /// The secret of its client, which is called `shop`.
    pub const SECRET: &'static str = "a secret / of the shop";

    /// Starts it for a service at that origin, whose certificate is of that authority.
    pub fn start(service: &str, authority: &Authority) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/oidc.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .arg(installed("tokens").join("node_modules/oidc-provider"))
            .arg(service)
            .env("NODE_EXTRA_CA_CERTS", authority.file())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`cargo xtask test` installs it");
        let (sender, receiver) = mpsc::channel();
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        thread::spawn(move || {
            let mut line = String::new();
            // What cannot be read is no line, and the test says so.
            let _ = output.read_line(&mut line);
            let _ = sender.send(line);
        });
        let line = receiver.recv_timeout(DEADLINE).expect("the provider says where it listens");
        Self { child, port: line.trim().parse().expect("a port") }
    }

    /// The URL of a path at it; without one it is what it calls itself.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody who follows links and fills in forms by curl, and keeps cookies.
#[derive(Debug)]
pub struct Visitor {
    folder: TempDir,
    authority: String,
}

impl Visitor {
    /// Who believes that authority.
    pub fn new(authority: &Authority) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, authority: authority.file().to_owned() }
    }

    /// Opens a page, and follows wherever that leads.
    pub fn open(&self, url: &str) -> Answer {
        self.ask(&["--location", url])
    }

    /// Asks, and follows nothing.
    pub fn ask(&self, args: &[&str]) -> Answer {
        let jar = self.folder.path().join("cookies");
        let jar = jar.to_str().expect("a temporary folder has a plain name");
        let own = [
            "--cookie",
            jar,
            "--cookie-jar",
            jar,
            "--cacert",
            &self.authority,
            "--header",
            "accept: text/html",
        ];
        curl(&[&own[..], args].concat())
    }

    /// Sends the first form of a page at that origin, with what is hidden in it and these fields.
    pub fn submit(&self, page: &Answer, origin: &str, fields: &[&str]) -> Answer {
        let text = page.text();
        let form = text.split("<form").nth(1).unwrap_or_else(|| panic!("no form: {page:?}"));
        let form = form.split("</form>").next().unwrap_or_default();
        let action = attribute(form, "action").expect("a form says where it is sent");
        let url = if action.starts_with('/') { format!("{origin}{action}") } else { action };
        let hidden = form.split("<input").skip(1).filter(|input| input.contains("type=\"hidden\""));
        let hidden = hidden.filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)));
        let hidden: Vec<String> = hidden.map(|(name, value)| format!("{name}={value}")).collect();
        let fields = hidden.iter().map(String::as_str).chain(fields.iter().copied());
        // Of a page of its own, as a browser would say.
        let mut args = vec!["--location", "--header", "sec-fetch-site: same-origin"];
        args.extend(fields.flat_map(|field| ["--data-urlencode", field]));
        args.push(&url);
        self.ask(&args)
    }

    /// Logs in at the provider, on whose page it has come, and agrees to whatever it asks.
    pub fn log_in(&self, page: &Answer, provider: &Provider, name: &str) -> Answer {
        let name = format!("login={name}");
        let consent = self.submit(page, &provider.url(""), &[&name, "password=any"]);
        self.submit(&consent, &provider.url(""), &[])
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!("{name}=\""))?.1.split('"').next()?;
    Some(value.replace("&amp;", "&"))
}
