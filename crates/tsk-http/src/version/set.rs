//! Which versions there are, in the making.

use std::panic::Location;

/// The versions of an API, the oldest first, and how a request names one.
///
/// It is given to a [router](crate::Router::versions), and holds for each route of it. A service has one set of them.
/// Names are of letters, digits, `.`, `_`, `~` and `-`, at most 64 bytes long; there are at most 64 versions. What is
/// wrong with them stops the start.
///
/// ```
/// use tsk_http::version::{Unnamed, Versions};
///
/// let versions = Versions::by_header("x-api-version", ["v1", "v2", "v3"])
///     .deprecated("v1", "2026-03-01")
///     .sunset("v1", "2027-03-01")
///     .link("v1", "https://example.com/from-v1-to-v2")
///     .unnamed(Unnamed::Oldest);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "versions are given to a router"]
pub struct Versions {
    pub(super) by: By,
    pub(super) each: Vec<Said>,
    pub(super) unnamed: Unnamed,
    pub(super) end_at_sunset: bool,
    /// Names that something was said of, and that are none of the versions.
    pub(super) unknown: Vec<String>,
    pub(super) place: &'static Location<'static>,
}

/// How a request names its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum By {
    Path,
    Header(String),
    MediaType,
    Date(String),
}

/// What was said of a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Said {
    pub(super) name: String,
    pub(super) deprecated: Option<String>,
    pub(super) sunset: Option<String>,
    pub(super) link: Option<String>,
}

/// What becomes of a request that names no version, where it is a header that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unnamed {
    /// It is refused, with 400. No client gets to depend on a version that it did not choose.
    #[default]
    Refused,
    /// It gets the oldest version: for an API whose clients were there before its versions were.
    Oldest,
    /// It gets the newest version. It is a client that breaks with every new version; good for one that is released
    /// together with the service.
    Newest,
}

impl Versions {
    /// Versions that are a segment of the path: `/v2/users`.
    ///
    /// The segment is before the paths of the router that has them: nested under `/api`, it is `/api/v2/users`.
    #[track_caller]
    pub fn by_path<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::new(By::Path, names)
    }

    /// Versions that a header names: `x-api-version: v2`.
    #[track_caller]
    pub fn by_header<N: Into<String>>(header: impl Into<String>, names: impl IntoIterator<Item = N>) -> Self {
        Self::new(By::Header(header.into()), names)
    }

    /// Versions that are a parameter of the media type that is accepted: `accept: application/json; version=v2`.
    ///
    /// Of several, the version with the greatest weight is taken that there is. `content-type` may name one, too, which
    /// has to be one of those that are accepted. The answer has it in its `content-type`.
    #[track_caller]
    pub fn by_media_type<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::new(By::MediaType, names)
    }

    /// Versions that are days, such as `2026-01-15`. The header has a day, too, and the newest version that is not after
    /// it is taken: a client sends the day on which it was written.
    #[track_caller]
    pub fn by_date<N: Into<String>>(header: impl Into<String>, days: impl IntoIterator<Item = N>) -> Self {
        Self::new(By::Date(header.into()), days)
    }

    #[track_caller]
    fn new<N: Into<String>>(by: By, names: impl IntoIterator<Item = N>) -> Self {
        let said = |name: N| Said { name: name.into(), ..Said::default() };
        Self {
            by,
            each: names.into_iter().map(said).collect(),
            unnamed: Unnamed::default(),
            end_at_sunset: false,
            unknown: Vec::new(),
            place: Location::caller(),
        }
    }

    /// Says from which day on clients should no longer use a version, such as `2026-03-01`; it begins at midnight, UTC, and
    /// may be one to come. Its answers have `Deprecation` (RFC 9745), and its documents say so.
    pub fn deprecated(self, version: &str, day: impl Into<String>) -> Self {
        self.with(version, |said| said.deprecated = Some(day.into()))
    }

    /// Says on which day a version is expected to end. Its answers have `Sunset` (RFC 8594), and its documents say so.
    ///
    /// It is served after that day, too, until it is taken out or [ends by itself](Self::end_at_sunset).
    pub fn sunset(self, version: &str, day: impl Into<String>) -> Self {
        self.with(version, |said| said.sunset = Some(day.into()))
    }

    /// Says where there is more about the deprecation and the end of a version: an address, which its answers have in
    /// `Link`.
    pub fn link(self, version: &str, url: impl Into<String>) -> Self {
        self.with(version, |said| said.link = Some(url.into()))
    }

    /// Has versions end on the day of their sunset, by the clock of the machine: from then on the answer is 410, with
    /// [`VERSION_ENDED`](super::VERSION_ENDED). By default they are served until somebody takes them out.
    pub fn end_at_sunset(mut self) -> Self {
        self.end_at_sunset = true;
        self
    }

    /// Says what becomes of a request that names no version. Default: it is refused.
    pub fn unnamed(mut self, unnamed: Unnamed) -> Self {
        self.unnamed = unnamed;
        self
    }

    /// Their names, the oldest first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.each.iter().map(|said| &*said.name)
    }

    fn with(mut self, version: &str, say: impl FnOnce(&mut Said)) -> Self {
        match self.each.iter_mut().find(|said| said.name == version) {
            Some(said) => say(said),
            None => self.unknown.push(version.to_owned()),
        }
        self
    }

    /// Whether they are the same, wherever they were written down.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        *self == Self { place: self.place, ..other.clone() }
    }

    pub(crate) fn place(&self) -> &'static Location<'static> {
        self.place
    }
}
