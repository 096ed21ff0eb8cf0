//! The body of a request or of a response.

use std::{
    any::Any,
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

/// Any error, as bodies and tower services pass it on.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body: empty, one piece, or a stream.
///
/// The first two are held in place; only a stream is boxed.
///
/// ```
/// use http_body::Body as _;
/// use tsk_core::Body;
///
/// assert!(Body::empty().is_end_stream());
/// assert_eq!(Body::from("hello").size_hint().exact(), Some(5));
/// ```
#[derive(Default)]
pub struct Body(Kind);

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    Full(Bytes),
    Stream(Pin<Box<dyn HttpBody<Data = Bytes, Error = BoxError> + Send>>),
}

impl Body {
    /// A body without content.
    pub const fn empty() -> Self {
        Self(Kind::Empty)
    }

    /// Takes in any body: one that is already at its end becomes empty, a `Body` stays as it is, and anything
    /// else is boxed.
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // A body that already is ours would gain nothing from a second box.
        let mut slot = Some(body);
        if let Some(own) = (&mut slot as &mut dyn Any).downcast_mut::<Option<Self>>() {
            return own.take().unwrap_or_default();
        }
        match slot {
            Some(body) if !body.is_end_stream() => Self(Kind::Stream(Box::pin(Boxed { body }))),
            _ => Self::empty(),
        }
    }

    /// Takes in a body that is in a box already.
    #[inline]
    pub fn boxed(body: Pin<Box<impl HttpBody<Data = Bytes, Error = BoxError> + Send + 'static>>) -> Self {
        Self(Kind::Stream(body))
    }

    /// The piece that it is; `None` where there is none, and of a stream.
    #[inline]
    pub fn piece(&self) -> Option<&Bytes> {
        if let Kind::Full(bytes) = &self.0 { Some(bytes) } else { None }
    }

    /// Waits for the next piece; `None` at the end. Trailers are passed over.
    ///
    /// # Errors
    ///
    /// Why it cannot be read to its end. Of a request body in a handler it is the [`Problem`](crate::Problem)
    /// to answer with, as `?` does.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BoxError> {
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut *self).poll_frame(cx)).await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Kind::Empty => Poll::Ready(None),
            Kind::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                self.0 = Kind::Empty;
                Poll::Ready(if bytes.is_empty() { None } else { Some(Ok(Frame::data(bytes))) })
            }
            Kind::Stream(stream) => stream.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Full(bytes) => bytes.is_empty(),
            Kind::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(stream) => stream.size_hint(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Empty => f.write_str("Body::Empty"),
            Kind::Full(bytes) => write!(f, "Body::Full({} bytes)", bytes.len()),
            Kind::Stream(_) => f.write_str("Body::Stream"),
        }
    }
}

/// One piece, of text or of bytes.
impl<T: Into<Bytes>> From<T> for Body {
    fn from(piece: T) -> Self {
        Self(Kind::Full(piece.into()))
    }
}

pin_project_lite::pin_project! {
    /// Gives every streamed body the one error type.
    struct Boxed<B> {
        #[pin]
        body: B,
    }
}

impl<B> HttpBody for Boxed<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.project().body.poll_frame(cx).map(|frame| frame.map(|result| result.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
