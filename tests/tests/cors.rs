//! What a browser lets a page do with the answers of another origin.

use std::fs;
use std::time::Instant;

use serde_json::{Value, json};
use tsk_tests::{DEADLINE, Server, Site, render};

/// Two servers on two ports, which are two origins: a page of the one asks the other.
struct Origins {
    page_site: Site,
    page: Server,
    other_site: Site,
    other: Server,
}

/// What every page can do: `ask` waits for the answer, and gives the status, the body and the entity tag, or the name of
/// the error where the browser keeps them from the page.
const ASK: &str = "function ask(method, path, {headers = {}, credentials = false} = {}) {
    const request = new XMLHttpRequest();
    request.open(method, OTHER + path, false);
    request.withCredentials = credentials;
    for (const name in headers) request.setRequestHeader(name, headers[name]);
    try { request.send() } catch (error) { return error.name }
    return [request.status, request.responseText.slice(0, 20), request.getResponseHeader('etag') !== null];
}";

impl Origins {
    /// With these settings of the other one; `ORIGIN` in them is the page's.
    fn with(settings: &str) -> Self {
        let page_site = Site::empty().file("public/index.html", "");
        let page = Server::start(&page_site);
        let settings = settings.replace("ORIGIN", &format!("\"{}\"", page.url("")));
        let log = "[http.access_log]\nto = \"access.log\"\nformat = \"text\"\n";
        let other_site = Site::empty()
            .file("public/data.txt", "some data")
            .file("tsk.toml", format!("{log}[http.cors]\n{settings}"));
        let other = Server::start(&other_site);
        Self { page_site, page, other_site, other }
    }

    /// What `expression` is, in a page of the one origin.
    fn run(&self, expression: &str) -> Value {
        let script = format!(
            "const OTHER = '{}';\n{ASK}\ndocument.title = JSON.stringify({expression});",
            self.other.url("")
        );
        let html = format!("<!doctype html><title></title><script>{script}</script>");
        fs::write(self.page_site.path("public/index.html"), html).expect("a file of our own");
        let rendered = render(&self.page.url("/"));
        let (_, title) = rendered.split_once("<title>").expect("a title");
        let (title, _) = title.split_once("</title>").expect("a title");
        serde_json::from_str(&title.replace("&quot;", "\""))
            .unwrap_or_else(|_| panic!("a script that ran: {rendered}"))
    }

    /// The methods that the other one was asked with, once there are `count` requests in its log.
    fn methods(&self, count: usize) -> Vec<String> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let log = fs::read_to_string(self.other_site.path("access.log")).unwrap_or_default();
            let methods: Vec<_> = log.lines().filter_map(method).collect();
            if methods.len() >= count {
                return methods;
            }
            assert!(Instant::now() < deadline, "the log: {log}");
            std::thread::yield_now();
        }
    }
}

/// The method in a line of the log.
fn method(line: &str) -> Option<String> {
    let known = ["DELETE", "GET", "OPTIONS", "PUT"];
    line.split(|c: char| !c.is_ascii_uppercase()).find(|word| known.contains(word)).map(str::to_owned)
}

#[test]
fn an_allowed_page_reads_answers_and_errors() {
    let origins = Origins::with("origins = [ORIGIN]");
    let read = origins.run("[ask('GET', '/data.txt'), ask('GET', '/nothing')[0]]");
    assert_eq!(read, json!([[200, "some data", false], 404]));
}

#[test]
fn another_page_reads_nothing() {
    let origins = Origins::with("origins = [\"http://127.0.0.1:1\", \"https://*.example.com\"]");
    let read = origins.run("[ask('GET', '/data.txt'), ask('PUT', '/data.txt')]");
    assert_eq!(read, json!(["NetworkError", "NetworkError"]));
    // The simple request was made all the same: only the answer is kept from the page.
    assert_eq!(origins.methods(2), ["GET", "OPTIONS"]);
}

#[test]
fn without_settings_nothing_is_read() {
    let origins = Origins::with("");
    assert_eq!(origins.run("ask('GET', '/data.txt')"), "NetworkError");
}

#[test]
fn a_preflight_lets_through_what_is_allowed_and_nothing_else() {
    let origins = Origins::with("origins = [ORIGIN]\nmethods = [\"PUT\"]");
    let asked = origins.run(
        "[ask('PUT', '/data.txt', {headers: {'content-type': 'application/json'}})[0],
          ask('DELETE', '/data.txt'),
          ask('PUT', '/data.txt', {headers: {'x-other': '1'}})]",
    );
    assert_eq!(asked, json!([405, "NetworkError", "NetworkError"]));
    assert_eq!(origins.methods(4), ["OPTIONS", "PUT", "OPTIONS", "OPTIONS"]);
}

#[test]
fn a_preflight_is_remembered_for_as_long_as_it_may_be() {
    let twice = "[1, 2].map(() => ask('PUT', '/data.txt')[0])";
    let remembered = Origins::with("origins = [ORIGIN]");
    assert_eq!(remembered.run(twice), json!([405, 405]));
    assert_eq!(remembered.methods(3), ["OPTIONS", "PUT", "PUT"]);
    let forgotten = Origins::with("origins = [ORIGIN]\nmax_age = \"0s\"");
    assert_eq!(forgotten.run(twice), json!([405, 405]));
    assert_eq!(forgotten.methods(4), ["OPTIONS", "PUT", "OPTIONS", "PUT"]);
}

#[test]
fn credentials_are_for_pages_that_may_have_them() {
    let ask = "['GET', 'PUT'].map(method => ask(method, '/data.txt', {credentials: true})[0])";
    let allowed = Origins::with("origins = [ORIGIN]\ncredentials = true");
    assert_eq!(allowed.run(ask), json!([200, 405]));
    for settings in ["origins = [ORIGIN]", "origins = [\"*\"]"] {
        // Of the name of the error, the first letter.
        assert_eq!(Origins::with(settings).run(ask), json!(["N", "N"]), "{settings}");
    }
}

#[test]
fn a_header_is_read_where_it_is_exposed() {
    let origins = Origins::with("origins = [\"*\"]\nexpose = [\"etag\"]");
    assert_eq!(origins.run("ask('GET', '/data.txt')"), json!([200, "some data", true]));
}
