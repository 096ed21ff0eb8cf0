#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    future::{Ready, pending, ready},
    sync::Mutex,
};

use http::{HeaderValue, StatusCode};

use super::*;

/// Writes down what it is asked, and refuses what is not for it.
struct Witness {
    name: &'static str,
    notes: Arc<Mutex<Vec<String>>>,
}

impl Witness {
    fn note(&self, what: &str) {
        self.notes.lock().unwrap().push(format!("{} {what}", self.name));
    }
}

impl Filter for Witness {
    type State = &'static str;

    fn begin<B>(&self, request: &mut Request<B>, state: &mut Self::State) -> Result<(), Refusal> {
        self.note("begins");
        match request.headers().get("refused-by") {
            Some(name) if name == self.name => Err(Box::new(StatusCode::FORBIDDEN.into_response())),
            _ => {
                *state = self.name;
                Ok(())
            }
        }
    }

    fn pending(&self, _: &mut Self::State, _: &mut Context<'_>) -> Option<Refusal> {
        self.note("waits");
        (self.name == "b").then(|| Box::new(StatusCode::SERVICE_UNAVAILABLE.into_response()))
    }

    fn end(&self, state: &mut Self::State, response: &mut Response<Body>) {
        assert_eq!(*state, self.name);
        self.note(response.status().as_str());
    }
}

/// Catches, and does nothing else.
struct Net;

impl Filter for Net {
    type State = ();
    const CATCHES: bool = true;

    fn begin<B>(&self, _: &mut Request<B>, (): &mut ()) -> Result<(), Refusal> {
        Ok(())
    }

    fn end(&self, (): &mut (), _: &mut Response<Body>) {}
}

#[derive(Clone)]
struct Inner<F>(F);

impl<F, A> Service<Request<()>> for Inner<F>
where
    F: Fn() -> A,
    A: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = A;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> A {
        (self.0)()
    }
}

/// What three filters together note of a request to `inner`, and the status of the answer.
async fn notes<F, A>(inner: F, refused_by: &'static str) -> (Vec<String>, u16)
where
    F: Fn() -> A + Clone,
    A: Future<Output = Result<Response<Body>, Infallible>>,
{
    let notes = Arc::<Mutex<Vec<String>>>::default();
    let [a, b, c] = ["a", "b", "c"].map(|name| Witness { name, notes: Arc::clone(&notes) });
    let mut service = FilterLayer::new((a, (Some(b), c))).layer(Inner(inner));
    let mut request = Request::new(());
    request.headers_mut().insert("refused-by", HeaderValue::from_static(refused_by));
    let status = service.call(request).await.unwrap().status().as_u16();
    (std::mem::take(&mut *notes.lock().unwrap()), status)
}

fn ok() -> Ready<Result<Response<Body>, Infallible>> {
    ready(Ok(Response::new(Body::empty())))
}

#[tokio::test]
async fn the_first_sees_the_request_first_and_the_answer_last() {
    let (notes, status) = notes(ok, "").await;
    assert_eq!(notes, ["a begins", "b begins", "c begins", "c 200", "b 200", "a 200"]);
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_refusal_goes_out_through_those_that_let_the_request_in() {
    let called = || -> Ready<_> { panic!("the service was asked") };
    let (notes, status) = notes::<_, Ready<Result<_, _>>>(called, "b").await;
    assert_eq!(notes, ["a begins", "b begins", "a 403"]);
    assert_eq!(status, 403);
}

#[tokio::test]
async fn one_may_answer_for_a_service_that_has_none_yet() {
    let (notes, status) = notes(pending, "").await;
    assert_eq!(notes, ["a begins", "b begins", "c begins", "a waits", "b waits", "c 503", "b 503", "a 503"]);
    assert_eq!(status, 503);
}

#[tokio::test]
async fn a_panic_is_an_answer_where_one_of_them_catches() {
    let at_the_call = || -> Ready<Result<Response<Body>, Infallible>> { panic!("on purpose") };
    let response = FilterLayer::new(((), Net)).layer(Inner(at_the_call)).call(Request::new(())).await;
    assert_eq!(response.unwrap().status(), 500);
    let later = || async { if true { panic!("on purpose") } else { Ok(Response::new(Body::empty())) } };
    let response = FilterLayer::new(((), Some(Net))).layer(Inner(later)).call(Request::new(())).await;
    assert_eq!(response.unwrap().status(), 500);
}
