//! A function that is not async.

use tsk_http::get;

fn handler() -> &'static str {
    "hello"
}

fn main() {
    let _ = get("/", handler);
}
