//! Directories of files.
//!
//! [`Files`] answers GET and HEAD from one directory, with what RFC 9110 gives to static content: validators,
//! conditional requests and ranges. What is sent is read in pieces, so that a file of any size costs the same memory.
//!
//! A path is refused before the disk is touched if no honest link leads to it, and what is opened is opened below the
//! root, one name at a time and through no symbolic link that was not resolved and compared with the root first.
//!
//! # What is in here, in reading order
//!
//! - `settings`, `cache`: what the methods of [`Files`] set.
//! - `target`: what the path of a request names; `open`: opening it without leaving the root.
//! - `validators`, `conditions`, `ranges`: `ETag` and `Last-Modified`, and what a request may ask of them.
//! - `variants`, `listing`: what was compressed beforehand; what a directory has.
//! - `lookup`: all of that in one go; `media_type`, `multipart`, `answer`: its outcome as a response.
//! - `cached`: what can be had without waiting for a disk; `job`: the rest, on a blocking thread.
//! - `body`: reading on while it is sent.

mod answer;
mod body;
mod cache;
mod cached;
mod conditions;
mod error;
mod job;
mod listing;
mod lookup;
mod media_type;
mod multipart;
mod open;
mod ranges;
mod settings;
mod target;
#[cfg(test)]
mod tests;
mod validators;
mod variants;

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    io,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use http::{HeaderMap, Method, Request, Response, header};
use tower_service::Service;
use tsk_core::{Body, Problem};

pub use self::error::Error;
use self::{
    conditions::Conditions,
    job::Job,
    lookup::{Found, Lookup},
    open::Wait,
    settings::Settings,
    target::Target,
};
use crate::{accept::AcceptEncoding, router::strip::BarePrefix};

/// A service that answers from the files of a directory.
///
/// It takes requests with any body, and reads none. The path of the request is relative to the directory, so mount it
/// where the prefix is taken off: with the router's `nest`, axum's `nest_service`, or alone on a listener.
///
/// ```
/// # async fn serve() -> Result<(), tsk_http::files::Error> {
/// # let public = tempfile::tempdir().unwrap();
/// # std::fs::write(public.path().join("hello.txt"), "hello").unwrap();
/// use tower_service::Service;
/// use tsk_http::Files;
///
/// let mut files = Files::new(public.path())?;
/// let request = http::Request::get("/hello.txt").body(()).unwrap();
/// let Ok(response) = files.call(request).await;
/// assert_eq!(response.status(), 200);
/// assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(serve()).unwrap();
/// ```
///
/// # What is served
///
/// Regular files, and for a directory its `index.html`. A directory is named with a slash at the end; without it the
/// answer is a 308 to the name with the slash. Nothing is listed unless [it is asked for](Self::listing). These are 404, as
/// if they were not there:
///
/// - what begins with a dot, but for `/.well-known/` (RFC 8615);
/// - a symbolic link that leads out of the directory, and one that leads nowhere;
/// - devices, sockets and pipes;
/// - paths with `.` or `..`, an empty segment, a backslash, a control character, an encoded slash, an incomplete
///   escape, or what is not UTF-8; `/file.txt/`, too.
///
/// The rule on dots is for the path of a request. A link may lead to a dot-file within the directory: it is there
/// because somebody wanted it served, and Kubernetes mounts each file of a volume that way.
///
/// # Validators
///
/// `ETag` is made of length and modification time (in nanoseconds, where the file system has them). It is strong,
/// unless the file was modified within the last two seconds: a second change might then leave both as they are
/// (RFC 9110 §8.8.1; two seconds is the coarsest clock of a file system in use). A time before 1981 is taken for one
/// that a build tool put there to say nothing, and gives no validators at all.
///
/// # Caching
///
/// `Cache-Control` is `no-cache`: a copy may be kept, and is used once the server has said that it is still right. See
/// [`max_age`](Self::max_age) and [`immutable`](Self::immutable) for what changes seldom or never.
///
/// # Ranges
///
/// Up to 16 ranges of bytes in a request; several are answered as `multipart/byteranges`, and as one where they overlap
/// or nearly touch. More than 16, another unit, and what is malformed are as if there were no `Range`, as is `If-Range`
/// with any but a strong validator of this very state.
///
/// # Errors
///
/// Problems: 404; 403 where the process may not read; 405 with `Allow`; 412 and 416 as RFC 9110 §13 and §14 have it;
/// 503 where there are no file descriptors left; 500 for anything else. A file that becomes shorter while it is sent
/// ends its body with an error, so that the connection is closed and no client takes the part for the whole.
///
/// # Panics
///
/// `call` panics outside a tokio runtime: what is not in memory is read on its blocking threads.
#[derive(Clone)]
pub struct Files {
    settings: Arc<Settings>,
}

impl Files {
    /// Serves the directory `root`, which is resolved now and once: a link that later leads elsewhere changes nothing.
    ///
    /// # Errors
    ///
    /// There is no such directory, or it cannot be reached.
    pub fn new(root: impl AsRef<Path>) -> Result<Self, Error> {
        let root = root.as_ref();
        let resolved = root.canonicalize().map_err(|reason| Error::new(root, reason))?;
        match resolved.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                Ok(Self { settings: Arc::new(Settings::new(resolved.into())) })
            }
            Ok(_) => Err(Error::new(root, io::ErrorKind::NotADirectory.into())),
            Err(reason) => Err(Error::new(root, reason)),
        }
    }

    /// Sends `app.js.br`, `app.js.zst` or `app.js.gz` in the place of `app.js` to those who accept that coding, the
    /// one that they like best and of several the smallest. Default: false.
    ///
    /// One that is older than the file, or no smaller, is not sent. It has the media type of the file, and a tag and
    /// ranges of its own. Turn it on where everything in the directory comes from one build: whoever can write
    /// `app.js.br` decides what `app.js` is.
    #[must_use]
    pub fn precompressed(self, is_on: bool) -> Self {
        self.with(|settings| settings.is_precompressed = is_on)
    }

    /// Answers with the `index.html` of the root where a browser goes to a page (`Accept` has `text/html`) that is no
    /// file, for applications that route in the browser. Default: false.
    ///
    /// Scripts, styles, images and `fetch` do not ask for `text/html`; what is missing of those is a 404, and so is,
    /// for everybody, a path that is never served.
    #[must_use]
    pub fn single_page(self, is_on: bool) -> Self {
        self.with(|settings| settings.is_single_page = is_on)
    }

    /// Answers for a directory without an index with a page that links to what is served of it, to 2,000 names at
    /// most. Default: false.
    #[must_use]
    pub fn listing(self, is_on: bool) -> Self {
        self.with(|settings| settings.is_listed = is_on)
    }

    /// How long an answer may be reused without asking, pages (`text/html`) excepted; in whole seconds. Default: zero,
    /// which is `Cache-Control: no-cache`.
    #[must_use]
    pub fn max_age(self, age: Duration) -> Self {
        self.with(|settings| settings.cache.set_max_age(age))
    }

    /// Adds a pattern of paths, relative to the directory, that never stand for other bytes, because the name has a
    /// hash of them: they are sent with `Cache-Control: max-age=31536000, immutable`. Pages are excepted. `*` stands
    /// for any characters, slashes too, and `?` for one byte.
    ///
    /// ```
    /// # let dist = tempfile::tempdir().unwrap();
    /// # let files = tsk_http::Files::new(dist.path())?;
    /// let files = files.immutable("assets/*").immutable("*.????????.js");
    /// # Ok::<(), tsk_http::files::Error>(())
    /// ```
    #[must_use]
    pub fn immutable(self, pattern: impl Into<String>) -> Self {
        self.with(|settings| settings.cache.add_immutable(pattern.into()))
    }

    /// The directory, with every link resolved.
    pub fn root(&self) -> &Path {
        &self.settings.root
    }

    fn with(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(Arc::make_mut(&mut self.settings));
        self
    }

    fn lookup(&self, target: Target, headers: &HeaderMap, is_head: bool) -> Lookup {
        Lookup {
            // Nothing of the request goes along: its parts share the buffer that the connection reads into.
            conditions: Conditions::of(headers),
            accepted: if self.settings.is_precompressed {
                AcceptEncoding::of(headers)
            } else {
                Default::default()
            },
            is_navigation: self.settings.is_single_page && is_navigation(headers),
            settings: self.settings.clone(),
            target,
            is_head,
        }
    }
}

/// Whether a browser is on its way to a page. What it fetches for one does not ask for `text/html`, and to accept
/// anything (`*/*`) is not to ask for it.
fn is_navigation(headers: &HeaderMap) -> bool {
    let mut ranges =
        headers.get_all(header::ACCEPT).iter().flat_map(|it| it.as_bytes().split(|byte| *byte == b','));
    ranges.any(|range| {
        let name = range.split(|byte| *byte == b';').next().unwrap_or_default();
        name.trim_ascii().eq_ignore_ascii_case(b"text/html")
    })
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("settings", &self.settings).finish()
    }
}

impl<B> Service<Request<B>> for Files {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        let is_head = request.method() == Method::HEAD;
        let state = if !is_head && request.method() != Method::GET {
            State::Known { response: Some(answer::wrong_method()) }
        } else if let Some(target) = Target::parse(request.uri(), request.extensions().get::<BarePrefix>()) {
            let lookup = self.lookup(target, request.headers(), is_head);
            match lookup.run(Wait::No) {
                Err(error) if open::would_wait(&error) => {
                    State::Looking { job: Job::spawn(move || lookup.run(Wait::Yes)) }
                }
                Ok(found) => State::Known { response: Some(answer::found(found)) },
                Err(error) => State::Known { response: Some(answer::failed(error)) },
            }
        } else {
            State::Known { response: Some(answer::not_found()) }
        };
        ResponseFuture { state, is_head }
    }
}

/// The answer of [`Files`].
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture {
    state: State,
    is_head: bool,
}

enum State {
    Known { response: Option<Response<Body>> },
    Looking { job: Job<io::Result<Found>> },
}

impl Future for ResponseFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = match &mut self.state {
            State::Known { response } => response.take().expect("not polled after it was ready"),
            State::Looking { job } => match ready!(Pin::new(job).poll(cx)) {
                Ok(Ok(found)) => answer::found(found),
                Ok(Err(error)) => answer::failed(error),
                Err(error) => Problem::internal(error).into(),
            },
        };
        Poll::Ready(Ok(if self.is_head { answer::without_content(response) } else { response }))
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
