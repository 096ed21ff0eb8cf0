//! Bodies that are made while they are sent.
//!
//! A body is asked for its next piece when the client has taken what there was, so a slow client slows whoever makes the
//! pieces, and one that goes away drops them. A body that fails closes the connection, so that no client takes the part
//! for the whole.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Frame;
use pin_project_lite::pin_project;
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;
use tsk_core::{Body, BoxError};

/// A body of the pieces that a stream gives.
///
/// ```
/// use tsk_http::{Body, answer::{from_stream, produce}, get};
///
/// async fn countdown() -> Body {
///     from_stream(produce(|lines| async move {
///         for n in (1..=3).rev() {
///             lines.send(format!("{n}\n")).await?;
///         }
///         Ok(())
///     }))
/// }
/// # let _ = get("/countdown", countdown);
/// ```
pub fn from_stream<S, T, E>(pieces: S) -> Body
where
    S: Stream<Item = Result<T, E>> + Send + 'static,
    T: Into<Bytes>,
    E: Into<BoxError>,
{
    Body::new(Pieces { pieces })
}

/// A body of all that can be read, at most 64 KiB at a time.
///
/// A file is better answered with [`FileRequest`](super::FileRequest), which knows its length.
pub fn from_reader(reader: impl AsyncRead + Send + 'static) -> Body {
    from_stream(ReaderStream::with_capacity(reader, PIECE))
}

const PIECE: usize = 64 * 1024;

pin_project! {
    struct Pieces<S> {
        #[pin]
        pieces: S,
    }
}

impl<S, T, E> http_body::Body for Pieces<S>
where
    S: Stream<Item = Result<T, E>>,
    T: Into<Bytes>,
    E: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = self.project().pieces.poll_next(cx);
        polled.map(|piece| piece.map(|piece| piece.map(|it| Frame::data(it.into())).map_err(Into::into)))
    }
}
