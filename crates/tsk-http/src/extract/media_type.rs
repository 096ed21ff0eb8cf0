//! What a request says its body is.

use http::{HeaderMap, StatusCode, header};
use tsk_core::{Problem, problem::Kind};

use super::kind;

/// The request has a body of another media type.
pub const UNSUPPORTED_MEDIA_TYPE: Kind = kind(
    "urn:tsk:problems/unsupported-media-type",
    "Unsupported media type",
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
);

/// The answer to a body that is not said to be of that type.
#[cold]
pub(super) fn unsupported(expected: &str) -> Problem {
    Problem::of(UNSUPPORTED_MEDIA_TYPE).detail(format!("The request must have `content-type: {expected}`."))
}

/// The media type that a body must have, and whether the request says that it has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) media_type: &'static str,
    pub(super) is_there: bool,
}

impl Expected {
    #[inline]
    pub(super) fn check(self) -> Result<(), Problem> {
        if self.is_there { Ok(()) } else { Err(unsupported(self.media_type)) }
    }
}

/// The media type of the body, without its parameters.
pub(super) fn essence(headers: &HeaderMap) -> &[u8] {
    let value = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes()).unwrap_or_default();
    value.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii()
}
