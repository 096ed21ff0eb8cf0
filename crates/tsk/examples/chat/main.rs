//! A chat: open `http://127.0.0.1:8080/?nick=ada` in one window and `…/?nick=bob` in another.
//!
//! The same needs no code: `tsk web start` with `[[room]]` in `tsk.toml` and the two files in `public`.

use tsk::prelude::*;
use tsk::ws::rooms::{Access, Answer, HistoryConfig, Push, Room};

async fn script() -> impl IntoResponse {
    let javascript = http::HeaderValue::from_static("text/javascript; charset=utf-8");
    ([(http::header::CONTENT_TYPE, javascript)], include_str!("chat.js"))
}

/// People say something, and nothing else; none of it is long.
async fn said(push: Push) -> Result<Answer, tsk::ws::rooms::Refusal> {
    match push.event() {
        "said" if push.payload().len() <= 2000 => Ok(Answer::broadcast()),
        "said" => Err("too long".into()),
        _ => Err("unknown event".into()),
    }
}

#[tokio::main]
async fn main() -> Result<(), tsk::Error> {
    let lobby = Room::new("chat:lobby")
        .join(Access::Everyone)
        .push(Access::Everyone)
        .presence()
        .history(HistoryConfig::default())
        .on_push(said);
    let routes = Router::new()
        .route(get("/", || async { Html(include_str!("index.html")) }))
        .route(get("/chat.js", script));
    App::new(Config::load()?).routes(routes).room(lobby).serve().await
}
