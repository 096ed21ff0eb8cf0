//! Rooms, as routes.

use tsk_auth::access::DeclareAccess as _;
use tsk_http::{Router, api::DeclareAnswers as _};
use tsk_ws::{
    Sockets,
    rooms::{Room, Rooms},
};

use crate::{App, Config, Error};

impl App {
    /// Declares rooms, beside those of `[[room]]` in the configuration: who may come in, what is kept, and what code has to say
    /// about it. Clients connect where `[rooms]` says, by default at `/socket`; a handler that takes `State<Rooms>` speaks there.
    ///
    /// The route is open to everybody: each room says who may come in.
    ///
    /// ```
    /// use tsk::prelude::*;
    /// use tsk::ws::rooms::{Access, Payload, Room, Rooms, Topic};
    ///
    /// async fn close(State(rooms): State<Rooms>) -> &'static str {
    ///     let lobby = Topic::new("chat:lobby").expect("it is a name");
    ///     let notice = Payload::json(r#"{"text":"We close in a minute."}"#).expect("it is JSON");
    ///     match rooms.broadcast(&lobby, "notice", &notice) {
    ///         Ok(_) => "said",
    ///         Err(_) => "there is no room for it",
    ///     }
    /// }
    ///
    /// let app = App::new(Config::default())
    ///     .room(Room::new("chat:*").join(Access::Everyone).push(Access::Everyone).presence())
    ///     .routes(Router::new().route(post("/close", close)));
    /// assert!(app.validate().is_ok());
    /// ```
    pub fn room(mut self, room: Room) -> Self {
        self.rooms.push(room);
        self
    }
}

/// The rooms of a service; `None` where there are none.
///
/// They go on with those of a `former` one.
pub(crate) fn declared(
    config: &Config,
    sockets: &Sockets,
    rooms: Vec<Room>,
    former: Option<&Rooms>,
) -> Result<Option<Rooms>, Error> {
    let configured = config.room.iter().cloned().map(Room::configured);
    let all: Vec<Room> = configured.chain(rooms).collect();
    let is_empty = all.is_empty();
    // What is wrong is wrong also where there are no rooms yet.
    let builder = Rooms::builder(&config.rooms).sockets(sockets);
    let builder = former.into_iter().fold(builder, tsk_ws::rooms::Builder::succeeding);
    let rooms = all.into_iter().fold(builder, |builder, room| builder.room(room)).build();
    let rooms = rooms.map_err(|error| Error::settings(format!("`rooms`: {error}")))?;
    if is_empty {
        return Ok(None);
    }
    check_window(config)?;
    Ok(Some(rooms))
}

/// Sockets that are still to be closed when the server's patience ends would be cut off, and their clients come back at once.
fn check_window(config: &Config) -> Result<(), Error> {
    let (window, patience) = (config.rooms.drain_window, config.http.drain_timeout);
    if window < patience {
        return Ok(());
    }
    Err(Error::settings(format!(
        "`rooms.drain_window`: {window:?} is not shorter than `http.drain_timeout`, {patience:?}: clients would be cut off before \
         their turn; lower the one or raise the other"
    )))
}

/// Where clients connect. Which of them may do what, rooms decide.
pub(crate) fn routes(rooms: &Rooms) -> Router {
    Router::new().nest(rooms.path(), rooms.endpoint()).public().hidden()
}
