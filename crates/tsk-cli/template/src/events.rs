//! What becomes of the tasks, told to pages as it happens.

use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;
use serde::Serialize;
use tsk::http::answer::{Receiver, Sender, channel};
use tsk::prelude::*;

/// How many pages may listen at a time.
const MAX: usize = 1000;

/// How many events may wait for one of them.
const WAITING: usize = 16;

/// The pages that listen.
#[derive(Debug, Default)]
pub(crate) struct Listeners(Mutex<Vec<Sender<Event>>>);

pub(crate) fn routes() -> Router {
    Router::new().route(
        get("/events", listen)
            .summary("Hear of changes")
            .tag("tasks"),
    )
}

async fn listen(State(listeners): State<Arc<Listeners>>) -> Result<Sse<Receiver<Event>>, Problem> {
    let mut all = listeners.0.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= MAX {
        // Who has left is found out by telling them something.
        all.retain(|listener| listener.try_send(Event::comment("still there?")).is_ok());
    }
    if all.len() >= MAX {
        return Err(
            Problem::new(StatusCode::SERVICE_UNAVAILABLE).detail("Too many listen already.")
        );
    }
    let (sender, events) = channel(WAITING);
    all.push(sender);
    Ok(Sse::new(events))
}

impl Listeners {
    /// Tells all who listen. Who has left, or is too far behind, is dropped: nobody waits for a slow client.
    pub(crate) fn tell(&self, name: &str, subject: &impl Serialize) {
        let Ok(event) = Event::json(subject) else {
            return;
        };
        let event = event.name(name);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|listener| listener.try_send(event.clone()).is_ok());
    }
}
