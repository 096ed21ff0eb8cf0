//! The page on which developers ask a schema, as they see it.

mod asked;
mod hostile;
mod seen;

use std::path::Path;

use tsk::graphql::GraphQl;
use tsk::{App, Config};
use tsk_tests::{Application, Chromium};

/// As it is where developers work.
fn config() -> Config {
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.admin.enabled = false;
    config.graphql.introspection = true;
    config.graphql.report_cost = true;
    config
}

/// A service of a schema at `/api/graphql`.
fn served(graphql: GraphQl) -> Application {
    Application::of(App::new(config()).graphql("/api/graphql", graphql))
}

/// The page of a service, with its schema.
fn opened(service: &Application) -> Chromium {
    let mut browser = Chromium::start();
    browser.watch();
    browser.open(&service.url("/api/graphql/explorer"));
    browser.until("document.getElementById('reading') !== null");
    browser
}

/// Types a request, and has it asked.
fn run(browser: &mut Chromium, query: &str, variables: &str) {
    browser.fill("#query", query);
    browser.fill("#variables", variables);
    browser.evaluate("document.getElementById('run').click()");
}

fn text_of(id: &str) -> String {
    format!("document.getElementById('{id}').innerText")
}

/// Where somebody who changes the page finds how it looks.
fn picture(browser: &mut Chromium, name: &str) {
    browser.picture(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("explorer-{name}.png")));
}
