//! Bodies that HTML forms with files send: RFC 7578.

use std::{fmt, future::Future};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header, request::Parts};
use http_body::Body as _;
use tsk_core::{Body, Problem, problem::Kind};

use self::{
    head::Head,
    parser::{Event, Fault, Limits, Parser},
};
use super::{FromRequest, OptionalFromRequest, UNPROCESSABLE_FORM, body, kind, media_type, parsed};
use crate::validate::Location;

mod head;
mod parameters;
mod parser;

/// A form that is read part by part, as it comes: `multipart/form-data`, which forms with files send.
///
/// Nothing is read ahead of the handler, so that one which takes its time slows the client down, and a large
/// file never has to be in memory. The parts come in the order of the form. What a handler does not read is
/// passed over.
///
/// | limit | default | set by |
/// |---|---|---|
/// | bytes in all | `http.body_limit`, 2 MiB | [`Route::body_limit`](crate::Route::body_limit) |
/// | bytes of a part | 2 MiB | [`part_limit`](Self::part_limit) |
/// | parts | 100 | [`parts_limit`](Self::parts_limit) |
/// | bytes of the header of a part | 8 KiB | [`head_limit`](Self::head_limit) |
///
/// A form over a limit is refused with 413 [`TOO_LARGE`](super::TOO_LARGE), one that is broken or breaks off with
/// 400 [`INVALID_MULTIPART`], another media type with 415.
///
/// ```
/// use tsk_http::{Multipart, Problem, post};
///
/// async fn upload(form: Multipart) -> Result<String, Problem> {
///     let (mut form, mut size) = (form.part_limit(100 << 20), 0);
///     while let Some(mut field) = form.next_field().await? {
///         match field.name() {
///             "title" => drop(field.text().await?),
///             "photo" => while let Some(piece) = field.chunk().await? {
///                 size += piece.len(); // write it to where it belongs
///             }
///             _ => {}
///         }
///     }
///     Ok(format!("{size} bytes"))
/// }
///
/// let route = post("/photos", upload).body_limit(101 << 20);
/// ```
pub struct Multipart {
    body: Body,
    parser: Parser,
}

/// The body is not what its `content-type: multipart/form-data` says.
pub const INVALID_MULTIPART: Kind =
    kind("urn:tsk:problems/invalid-multipart", "Invalid form data", StatusCode::BAD_REQUEST);

impl Multipart {
    /// Sets how many bytes a part may have. Default: 2 MiB.
    #[must_use]
    pub fn part_limit(mut self, bytes: u64) -> Self {
        self.limits().part = bytes;
        self
    }

    /// Sets how many parts there may be. Default: 100.
    #[must_use]
    pub fn parts_limit(mut self, parts: usize) -> Self {
        self.limits().parts = parts;
        self
    }

    /// Sets how many bytes the header of a part may have. Default: 8 KiB.
    #[must_use]
    pub fn head_limit(mut self, bytes: usize) -> Self {
        self.limits().head = bytes;
        self
    }

    /// Waits for the next part; `None` after the last. What is left of the one before is passed over.
    ///
    /// # Errors
    ///
    /// The answer to a form that is broken, breaks off, or is over a limit.
    pub async fn next_field(&mut self) -> Result<Option<Field<'_>>, Problem> {
        loop {
            match self.event().await? {
                Event::Part(head) => return Ok(Some(Field { form: self, head, ended: false })),
                Event::Data(_) | Event::PartEnd => {}
                Event::End => {
                    // What may follow (RFC 2046 §5.1.1) means nothing, but must be read for the next request.
                    let mut rest = std::mem::take(&mut self.body);
                    while body::next(&mut rest).await?.is_some() {}
                    return Ok(None);
                }
            }
        }
    }

    fn limits(&mut self) -> &mut Limits {
        self.parser.limits()
    }

    /// What comes next, read from the body where it is not there yet.
    async fn event(&mut self) -> Result<Event, Problem> {
        loop {
            if let Some(event) =
                self.parser.next().map_err(|fault| fault.into_problem(self.parser.limits()))?
            {
                return Ok(event);
            }
            match body::next(&mut self.body).await {
                Ok(Some(piece)) => self.parser.feed(&piece),
                Ok(None) => self.parser.finish(),
                Err(problem) => {
                    // A body that has failed is not asked again.
                    self.body = Body::empty();
                    return Err(problem);
                }
            }
        }
    }
}

impl Fault {
    #[cold]
    fn into_problem(self, limits: &Limits) -> Problem {
        let (what, unit, limit) = match self {
            Self::Malformed(reason) => {
                return Problem::of(INVALID_MULTIPART)
                    .detail(format!("The body is not form data: {reason}."));
            }
            Self::PartTooLarge => ("A part of the form", "bytes", limits.part),
            Self::TooManyParts => ("The form", "parts", limits.parts as u64),
            Self::HeadTooLarge => ("The header of a part", "bytes", limits.head as u64),
        };
        body::too_large(format!("{what} may have {limit} {unit}."), limit)
    }
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Multipart")
    }
}

impl FromRequest for Multipart {
    type Rejection = Problem;

    fn from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Self, Problem>> + Send + use<> {
        std::future::ready(
            boundary(&parts.headers).map(|boundary| Self { body, parser: Parser::new(&boundary) }),
        )
    }
}

/// `None` where the request has no body.
impl OptionalFromRequest for Multipart {
    fn optional_from_request(
        parts: &mut Parts,
        body: Body,
    ) -> impl Future<Output = Result<Option<Self>, Problem>> + Send + use<> {
        let form = (!body.is_end_stream()).then(|| Self::from_request(parts, body));
        async move {
            match form {
                Some(form) => form.await.map(Some),
                None => Ok(None),
            }
        }
    }
}

const MEDIA_TYPE: &str = "multipart/form-data";

fn boundary(headers: &HeaderMap) -> Result<String, Problem> {
    if !media_type::essence(headers).eq_ignore_ascii_case(MEDIA_TYPE.as_bytes()) {
        return Err(media_type::unsupported(MEDIA_TYPE));
    }
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = value
        .and_then(|value| parameters::parse(value)?.1.remove("boundary"))
        .filter(|boundary| is_boundary(boundary));
    boundary.ok_or_else(|| {
        Problem::of(INVALID_MULTIPART).detail("The `content-type` has no `boundary` of 1 to 70 characters.")
    })
}

/// RFC 2046 §5.1.1.
fn is_boundary(boundary: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (1..=70).contains(&boundary.len()) && boundary.bytes().all(is_allowed) && !boundary.ends_with(' ')
}

/// A part of a form.
pub struct Field<'a> {
    form: &'a mut Multipart,
    head: Head,
    ended: bool,
}

impl Field<'_> {
    /// The name of the control.
    pub fn name(&self) -> &str {
        &self.head.name
    }

    /// What the client calls the file: the last part of a path, without control characters.
    ///
    /// It is for people to see. Do not store a file under it: it may be the name of another one, or one that a
    /// file system takes for something else.
    pub fn file_name(&self) -> Option<&str> {
        self.head.file_name.as_deref()
    }

    /// The media type that the client says it has; it need not be true.
    pub fn content_type(&self) -> Option<&str> {
        self.head.content_type.as_deref()
    }

    /// Waits for the next piece; `None` at the end of the part.
    ///
    /// # Errors
    ///
    /// The answer to a form that is broken, breaks off, or is over a limit.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.ended {
            return Ok(None);
        }
        match self.form.event().await? {
            Event::Data(data) => Ok(Some(data)),
            _ => {
                self.ended = true;
                Ok(None)
            }
        }
    }

    /// Reads the part whole, into memory.
    ///
    /// # Errors
    ///
    /// As of [`chunk`](Self::chunk).
    pub async fn bytes(mut self) -> Result<Bytes, Problem> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let mut whole = BytesMut::from(&*first);
        whole.extend_from_slice(&second);
        while let Some(piece) = self.chunk().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    /// Reads the part whole, as text.
    ///
    /// # Errors
    ///
    /// As of [`chunk`](Self::chunk), and 422 [`UNPROCESSABLE_FORM`] where it is not text in UTF-8.
    pub async fn text(mut self) -> Result<String, Problem> {
        let name = std::mem::take(&mut self.head.name);
        String::from_utf8(self.bytes().await?.into()).map_err(|_| {
            parsed::refused(UNPROCESSABLE_FORM, Location::Body, [name], "it must be text in UTF-8")
        })
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field").field("name", &self.name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
