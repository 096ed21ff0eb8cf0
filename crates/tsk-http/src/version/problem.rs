//! What a client is told whose version cannot be served.

use http::StatusCode;
use tsk_core::{Problem, problem::Kind};

use super::{Checked, Refused, checked::LONGEST};

/// The request names no version, or none that there is.
pub const UNKNOWN_VERSION: Kind = Kind {
    uri: "urn:tsk:problems/unknown-version",
    title: "Unknown version",
    status: StatusCode::BAD_REQUEST,
};

/// The version has ended.
pub const VERSION_ENDED: Kind =
    Kind { uri: "urn:tsk:problems/version-ended", title: "The version has ended", status: StatusCode::GONE };

impl Checked {
    /// The answer to a request whose version is not known.
    #[cold]
    pub(crate) fn refuse(&self, refused: &Refused<'_>) -> Problem {
        let how = self.scheme.words();
        let detail = match refused {
            Refused::Unnamed => format!("The request must name a version, {how}."),
            Refused::Several => format!("The request names several versions, {how}; name one."),
            Refused::Early => "The date is before the first version.".into(),
            Refused::Unknown(text) => match std::str::from_utf8(text) {
                Ok(text) if text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                    format!("There is no version `{text}`.")
                }
                _ => "There is no such version.".into(),
            },
        };
        Problem::of(UNKNOWN_VERSION).detail(detail).with("known", self.known())
    }

    /// The answer to a request for what the version does not have, and these have.
    #[cold]
    pub(crate) fn absent(&self, version: usize, live: impl Iterator<Item = usize>) -> Problem {
        let live: Vec<_> = live.map(|version| self.name(version)).collect();
        Problem::new(StatusCode::NOT_FOUND)
            .detail(format!("Version `{}` does not have it; others do.", self.name(version)))
            .with("versions", live)
    }
}
