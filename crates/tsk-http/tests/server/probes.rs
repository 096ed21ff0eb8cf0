//! Probes, which are answered before the stack.

use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

use http::{Method, Response, StatusCode};
use tsk_core::{Body, Drain};
use tsk_http::{Router, Server, get};

use crate::{
    client::Client,
    running::{config, patiently},
};

#[tokio::test]
async fn a_probe_is_answered_before_the_stack_and_nothing_else_is() {
    static STATUS: AtomicU16 = AtomicU16::new(200);
    let probe = |method: &Method, path: &str| {
        let status = StatusCode::from_u16(STATUS.load(Relaxed)).unwrap();
        let answer = || Response::builder().status(status).body(Body::from("probed\n")).unwrap();
        (path == "/readyz" && method == Method::GET).then(answer)
    };
    let routes =
        Router::new().route(get("/readyz", async || "routed")).route(get("/users", async || "users"));
    let routes = routes.build().unwrap();
    let server = Server::bind(&config()).await.unwrap().probed_by(probe);
    let (address, monitor, drain) = (server.addresses()[0].tcp().unwrap(), server.monitor(), Drain::new());
    let serving = tokio::spawn(server.serve(move |connection| routes.service(connection), drain.clone()));

    let mut client = Client::connect(address).await;
    let answer = client.get("/readyz").await;
    assert_eq!((answer.status, answer.text()), (200, "probed\n"));
    assert_eq!(client.get("/users").await.text(), "users");
    STATUS.store(503, Relaxed);
    assert_eq!(client.get("/readyz").await.status, 503);
    // What is no request is no probe.
    client.send("GET /readyz HTTP/1.1\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 400);

    drain.start();
    patiently(serving).await.unwrap();
    let activity = monitor.activity();
    assert_eq!((activity.http1, activity.http2, activity.requests, activity.malformed), (1, 0, 4, 1));
}
