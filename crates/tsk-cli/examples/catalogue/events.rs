//! What happens, as it happens.

use std::convert::Infallible;

use tsk::http::answer::produce;
use tsk::prelude::*;

use tsk::core::{DescribeOutput, Operation};

pub(crate) fn routes() -> Router {
    Router::new().tag("events").api(
        get("/opening", opening)
            .summary("Hear the doors open")
            .description("Three doors, and then no more. Who comes back hears those that were missed."),
    )
}

/// A few events, and then no more.
struct Doors(u8);

impl IntoResponse for Doors {
    fn into_response(self) -> http::Response<Body> {
        let Self(last) = self;
        Sse::new(produce(move |events| async move {
            for door in last.saturating_add(1)..=3 {
                events.send(Event::new(format!("door {door} is open")).id(door.to_string())).await?;
            }
            Ok(())
        }))
        .into_response()
    }
}

impl DescribeOutput for Doors {
    fn describe_output(operation: &mut Operation) {
        Sse::<Infallible>::describe_output(operation);
    }
}

async fn opening(LastEventId(last): LastEventId) -> Doors {
    Doors(last.and_then(|id| id.parse().ok()).unwrap_or(0))
}
