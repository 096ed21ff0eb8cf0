//! An answer whose status its type does not say, of a route that its handler is to document.

use http::StatusCode;
use tsk_http::{Router, get};

async fn ping() -> StatusCode {
    StatusCode::NO_CONTENT
}

fn main() {
    let _ = Router::new().api(get("/ping", ping));
}
