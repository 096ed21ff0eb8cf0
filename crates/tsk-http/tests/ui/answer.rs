//! A result that is no answer.

use tsk_http::get;

struct User;

async fn handler() -> User {
    User
}

fn main() {
    let _ = get("/", handler);
}
