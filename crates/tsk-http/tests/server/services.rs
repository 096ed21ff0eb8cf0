//! Services that are not ours: not ready, failing, slow.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use http::{Request, Response};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tower_service::Service;
use tsk_core::Body;
use tsk_http::Router;
use tsk_http::server::RequestBody;

use crate::{
    frames::{END_HEADERS, END_STREAM, Frames, HEADERS, get as block},
    running::{Held, Running, config},
};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Answers so many requests at a time, and is not ready for more: tower's own limit, in short.
struct Limited {
    semaphore: Arc<Semaphore>,
    acquire: Option<Pin<Box<dyn Future<Output = OwnedSemaphorePermit> + Send + Sync>>>,
    permit: Option<OwnedSemaphorePermit>,
    begun: Arc<Notify>,
    go: Arc<Notify>,
}

impl Clone for Limited {
    fn clone(&self) -> Self {
        let Self { semaphore, begun, go, .. } = self;
        Self {
            semaphore: semaphore.clone(),
            acquire: None,
            permit: None,
            begun: begun.clone(),
            go: go.clone(),
        }
    }
}

impl Service<Request<RequestBody>> for Limited {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Boxed<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if self.permit.is_none() {
            let semaphore = &self.semaphore;
            let acquire = self.acquire.get_or_insert_with(|| {
                let semaphore = semaphore.clone();
                Box::pin(async move { semaphore.acquire_owned().await.unwrap() })
            });
            let Poll::Ready(permit) = acquire.as_mut().poll(cx) else { return Poll::Pending };
            (self.permit, self.acquire) = (Some(permit), None);
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        let (permit, begun, go) =
            (self.permit.take().expect("called when ready"), self.begun.clone(), self.go.clone());
        Box::pin(async move {
            begun.notify_one();
            go.notified().await;
            drop(permit);
            Ok(Response::new(Body::from("done")))
        })
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_is_waited_for() {
    let limited = Limited {
        semaphore: Arc::new(Semaphore::new(1)),
        acquire: None,
        permit: None,
        begun: Arc::default(),
        go: Arc::default(),
    };
    let (begun, go) = (limited.begun.clone(), limited.go.clone());
    let server = Running::serving(config(), move |_| limited.clone()).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    first.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    begun.notified().await;
    second.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n".repeat(2)).await;
    // A connection of HTTP/2 asks for more at a time than there is room for.
    let mut third = Frames::connect(&server).await;
    for stream in [1, 3, 5] {
        third.send(HEADERS, END_HEADERS | END_STREAM, stream, &block("/")).await.unwrap();
    }
    let third = tokio::spawn(async move {
        for _ in 0..3 {
            third.next_of(HEADERS).await;
        }
    });
    for _ in 0..6 {
        go.notify_one();
        // Whoever had the permit has left it to the next one.
        tokio::task::yield_now().await;
        go.notify_one();
        if third.is_finished() {
            break;
        }
        crate::running::patiently(begun.notified()).await;
    }
    go.notify_one();
    assert_eq!(first.answer().await.text(), "done");
    assert_eq!(second.answer().await.text(), "done");
    assert_eq!(second.answer().await.text(), "done");
    third.await.unwrap();
    server.stop().await;
}

/// Is never ready, or fails when it is called.
#[derive(Clone)]
struct Failing {
    is_ready: bool,
}

impl Service<Request<RequestBody>> for Failing {
    type Response = Response<Body>;
    type Error = &'static str;
    type Future = std::future::Ready<Result<Response<Body>, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(if self.is_ready { Ok(()) } else { Err("not now") })
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        std::future::ready(Err("never"))
    }
}

#[tokio::test]
async fn a_service_that_fails_costs_its_connection_alone() {
    let services = Mutex::new([true, false].into_iter());
    let server = Running::serving(config(), move |_| Failing {
        is_ready: services.lock().unwrap().next().unwrap_or(false),
    })
    .await;
    for _ in 0..3 {
        let mut client = server.connect().await;
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
        client.closed().await;
    }
    assert_eq!(server.stop().await.abandoned, 0);
}

#[tokio::test]
async fn no_service_sees_trace() {
    let server = Running::serving(config(), |_| Failing { is_ready: true }).await;
    let mut client = server.connect().await;
    client.send("TRACE / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 501);
    server.stop().await;
}

#[tokio::test]
async fn a_handler_is_dropped_when_its_client_leaves() {
    let held = Arc::new(Held::default());
    let server = Running::start(Router::new().route(held.route())).await;
    let mut client = server.connect().await;
    client.send("GET /held HTTP/1.1\r\nhost: test\r\n\r\n").await;
    held.begun().await;
    // Reset, rather than closed, which could mean that it has no more to say.
    client.stream.set_zero_linger().unwrap();
    drop(client);
    held.left().await;
    let mut client = Frames::connect(&server).await;
    client.send(HEADERS, END_HEADERS | END_STREAM, 1, &block("/held")).await.unwrap();
    held.begun().await;
    drop(client);
    held.left().await;
    assert_eq!(server.stop().await.abandoned, 0);
}
