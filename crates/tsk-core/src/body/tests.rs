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
