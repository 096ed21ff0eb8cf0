//! A type that never changed, as if it had older versions.

use tsk_http::{Versioned, post};

#[derive(serde::Deserialize, serde::Serialize)]
struct User {
    name: String,
}

async fn mirror(user: Versioned<User>) -> Versioned<User> {
    user
}

fn main() {
    let _ = post("/", mirror);
}
