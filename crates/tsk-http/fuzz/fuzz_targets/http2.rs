//! Any frames, over HTTP/2, behind the hello: the server neither panics nor stays.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tsk_http::{Router, any, get};
use tsk_http_fuzz::server::Running;

static SERVER: LazyLock<Running> = LazyLock::new(|| {
    let routes = Router::new()
        .route(get("/", || async { "hello" }))
        .route(any("/body", |body: bytes::Bytes| async { body }))
        .build()
        .expect("two routes");
    Running::start(move |connection| routes.service(connection))
});

fuzz_target!(|frames: &[u8]| {
    const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    SERVER.exchange(&[HELLO, frames].concat());
});
