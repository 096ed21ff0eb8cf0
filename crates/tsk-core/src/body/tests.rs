#![allow(clippy::unwrap_used)]

use super::*;

fn next(body: &mut Body) -> Option<Bytes> {
    let mut cx = Context::from_waker(std::task::Waker::noop());
    match Pin::new(body).poll_frame(&mut cx) {
        Poll::Ready(frame) => frame.and_then(Result::ok).and_then(|frame| frame.into_data().ok()),
        Poll::Pending => None,
    }
}

#[test]
fn gives_one_piece_and_ends() {
    let mut body = Body::from("hello");
    assert_eq!(body.size_hint().exact(), Some(5));
    assert_eq!(next(&mut body), Some(Bytes::from_static(b"hello")));
    assert!(body.is_end_stream());
    assert_eq!(next(&mut body), None);
}

#[test]
fn does_not_box_a_body_twice() {
    assert!(matches!(Body::new(Body::from("x")).0, Kind::Full(_)));
    assert!(matches!(Body::new(Body::empty()).0, Kind::Empty));
}

#[test]
fn is_read_piece_by_piece_without_its_trailers() {
    struct Frames(Vec<Result<Frame<Bytes>, BoxError>>);
    impl HttpBody for Frames {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            Poll::Ready(self.0.pop())
        }
    }
    let read = |body: &mut Body| {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        match std::pin::pin!(body.chunk()).poll(&mut cx) {
            Poll::Ready(read) => read,
            Poll::Pending => panic!("it is all there"),
        }
    };
    let data = |data: &'static str| Ok(Frame::data(data.into()));
    let mut whole =
        Body::new(Frames(vec![Ok(Frame::trailers(http::HeaderMap::new())), data("b"), data("a")]));
    assert_eq!(read(&mut whole).unwrap(), Some("a".into()));
    assert_eq!(read(&mut whole).unwrap(), Some("b".into()));
    assert_eq!(read(&mut whole).unwrap(), None);
    let mut failing = Body::new(Frames(vec![Err("reset".into()), data("a")]));
    assert_eq!(read(&mut failing).unwrap(), Some("a".into()));
    assert_eq!(read(&mut failing).unwrap_err().to_string(), "reset");
}
