//! An `Option` of something that no request lacks.

use tsk_http::get;

async fn handler(_: Option<http::Method>, _: http::Uri) {}

fn main() {
    let _ = get("/", handler);
}
