//! A room for everybody: what one says, all hear. `cargo run -p tsk --example sockets`

use std::sync::{Arc, Mutex};

use http::{HeaderValue, header};
use tsk::{
    prelude::*,
    ws::{CloseCode, Prepared, Sender},
};

/// Whoever is in the room.
#[derive(Clone, Default)]
struct Room(Arc<Mutex<Vec<Sender>>>);

impl Room {
    fn enter(&self, member: Sender) {
        self.0.lock().expect("nobody panics in here").push(member);
    }

    /// Tells all, and lets go of those who are gone, or too slow.
    fn tell(&self, message: Message) {
        let message = Prepared::new(message);
        self.0.lock().expect("nobody panics in here").retain(|member| match member.try_share(&message) {
            Err(error) if error.is_full() => {
                member.close(CloseCode::Again, "too slow");
                false
            }
            told => told.is_ok(),
        });
    }
}

async fn chat(State(room): State<Room>, handshake: Handshake) -> impl IntoResponse {
    handshake.accept(async move |mut socket: Socket| {
        room.enter(socket.sender());
        while let Some(Ok(message @ Message::Text(_))) = socket.recv().await {
            room.tell(message);
        }
    })
}

async fn page() -> Html<&'static str> {
    Html("<!doctype html><title>Room</title><input autofocus><ul></ul><script src=/room.js></script>")
}

async fn script() -> impl IntoResponse {
    let script = "const socket = new WebSocket(`ws://${location.host}/chat`);
        const [input, list] = document.querySelectorAll('input, ul');
        socket.onmessage = ({ data }) => list.append(Object.assign(document.createElement('li'), { textContent: data }));
        input.onchange = () => { socket.send(input.value); input.value = ''; };";
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript"))], script)
}

#[tokio::main]
async fn main() -> Result<(), tsk::Error> {
    let routes = Router::new()
        .route(get("/", page))
        .route(get("/room.js", script))
        .route(get("/chat", chat))
        .state(Room::default());
    App::new(Config::load()?).routes(routes).serve().await
}
