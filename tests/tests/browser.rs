//! What a browser makes of it.

use tsk_tests::{Server, Site, curl, render};

#[test]
fn shows_the_welcome_page() {
    let site = Site::empty();
    let server = Server::start(&site);
    let sent = curl(&[&server.url("/")]);
    let title = between(sent.text(), "<title>", "</title>");
    assert!(!title.is_empty());
    let page = render(&server.url("/"));
    assert_eq!(between(&page, "<title>", "</title>"), title);
    assert!(
        between(&page, "<body", "</body>").contains("public"),
        "the page says where to put files: {page}"
    );
}

#[test]
fn runs_the_scripts_of_a_page() {
    let script = "const request = new XMLHttpRequest();
        request.open('GET', 'data.json', false);
        request.send();
        document.title = JSON.parse(request.responseText).title;";
    let site = Site::empty()
        .file("public/index.html", "<!doctype html><title>before</title><script src=/app/app.js></script>")
        .file("public/app/app.js", script)
        .file("public/data.json", r#"{"title": "after"}"#);
    let server = Server::start(&site);
    assert_eq!(between(&render(&server.url("/")), "<title>", "</title>"), "after");
}

#[test]
fn routes_in_the_page_and_learns_of_scripts_that_are_gone() {
    let page = "<!doctype html><title>before</title>
        <script src=/assets/gone.js onerror=\"document.title = location.pathname + ' without gone.js'\"></script>";
    let site = Site::empty().file("tsk.toml", "site.single_page = true\n").file("public/index.html", page);
    let server = Server::start(&site);
    let title = between(&render(&server.url("/users/jane.doe")), "<title>", "</title>").to_owned();
    assert_eq!(title, "/users/jane.doe without gone.js");
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or("", |(found, _)| found)
}
