//! The page that shows what goes on.

use http::Request;
use tower_service::Service as _;
use tsk_console::{Config, Console};
use tsk_core::Body;
use tsk_http::{Route, Router, api::DeclareAnswers as _, get};

use crate::{Error, current::Current};

/// The page, and what it asks for. It shows whichever application is served.
pub(super) fn routes(config: &Config, current: Current) -> Result<Router, Error> {
    let console = Console::following(config, move || current.get().insights)?;
    Ok(console.paths().map(|path| route(path, console.clone())).fold(Router::new(), Router::route))
}

fn route(path: &str, console: Console) -> Route {
    let answer = move |request: Request<Body>| {
        let answer = console.clone().call(request);
        async move {
            let Ok(response) = answer.await;
            response
        }
    };
    let route = get(path, answer).summary("A page that shows what goes on").erased();
    // The listener names the page alone, and not what it loads.
    if path == "/console" { route } else { route.hidden() }
}
