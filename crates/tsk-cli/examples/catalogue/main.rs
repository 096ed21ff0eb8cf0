//! The catalogue of a library, which documents itself: `cargo run -p tsk-cli --example catalogue -- web start`, then
//! <http://localhost:8080/docs>.
//!
//! It has every kind of parameter, of body and of answer, and a part for those alone who have a key. What its documents say
//! is held against what it does by `cargo xtask schemathesis`. As it embeds the commands, `catalogue docs openapi` prints
//! its document.

mod access;
mod authors;
mod books;
mod content;
mod describe;
mod events;
mod loans;
mod model;
mod shelves;
mod store;
mod visit;

use std::process::ExitCode;

use tsk::docs::{Docs, Info};
use tsk::prelude::*;
use tsk_cli::Application;

async fn app(config: Config) -> Result<App, tsk::Error> {
    let routes = Router::new()
        .merge(books::routes())
        .merge(content::routes())
        .merge(authors::routes())
        .merge(shelves::routes())
        .merge(loans::routes())
        .merge(events::routes())
        .merge(visit::routes())
        .state(store::Store::default())
        .problem(414, "The address is too long.");
    Ok(App::new(config).routes(routes).docs(docs()))
}

fn docs() -> Docs {
    let info = Info::new("Catalogue", "1.0.0")
        .description("The catalogue of a library. What changes something needs a key, or a token.")
        .contact("The librarians", "librarians@example.com")
        .license("MIT", "https://opensource.org/license/mit");
    Docs::new(info)
        .server("/", "This very server.")
        .tag("books", "What there is to read.")
        .tag("content", "Covers, summaries and other files.")
        .tag("authors", "Who wrote it.")
        .tag("shelves", "Where it stands.")
        .tag("loans", "Who has it, and what they owe.")
        .tag("events", "What happens.")
        .tag("visit", "What depends on who looks.")
}

fn main() -> ExitCode {
    tsk_cli::run(Application::new("catalogue", env!("CARGO_PKG_VERSION"), app))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_starts_and_its_documents_have_all_of_it() {
        let app = app(Config::default()).await.expect("it can be made");
        let document = app.document().expect("the routes fit together").expect("it has documents");
        let document: serde_json::Value = serde_json::from_str(document.openapi()).expect("JSON");
        let paths = document["paths"].as_object().expect("there are paths");
        let operations: usize =
            paths.values().filter_map(|item| item.as_object()).map(|item| item.len()).sum();
        assert!(operations >= 30, "{operations}");
    }
}
