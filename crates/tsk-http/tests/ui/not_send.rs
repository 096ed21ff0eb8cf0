//! A future that cannot move between threads.

use std::rc::Rc;

use tsk_http::get;

async fn handler() -> &'static str {
    let local = Rc::new(());
    std::future::ready(()).await;
    drop(local);
    "hello"
}

fn main() {
    let _ = get("/", handler);
}
