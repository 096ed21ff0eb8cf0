#![allow(clippy::unwrap_used)]

mod conditional;
mod containment;
mod content;
mod options;
mod streaming;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tower_service::Service as _;
use tsk_core::Body;

use super::Files;

/// A directory that is served, with one beside it that is not.
struct Site {
    directory: TempDir,
    files: Files,
}

/// A response, read to its end.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// When every file of a [`Site`] was modified, since 1970; half a second after what a date can say.
const MODIFIED: Duration = Duration::from_millis(784_111_777_500);
const LAST_MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// What no answer may contain.
const SECRET: &str = "this is outside";

impl Site {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        for name in ["public", "outside"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        let files = Files::new(directory.path().join("public")).unwrap();
        let site = Self { directory, files };
        fs::write(site.outside().join("secret.txt"), SECRET).unwrap();
        site
    }

    fn serving(mut self, options: impl FnOnce(Files) -> Files) -> Self {
        self.files = options(self.files);
        self
    }

    fn outside(&self) -> PathBuf {
        self.directory.path().join("outside")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.files.root().join(name)
    }

    /// Writes a file, and the directories on the way to it.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        self.touch(name, UNIX_EPOCH + MODIFIED)
    }

    fn touch(&self, name: &str, modified: SystemTime) -> &Self {
        File::options().write(true).open(self.path(name)).unwrap().set_modified(modified).unwrap();
        self
    }

    fn link(&self, name: &str, to: impl AsRef<Path>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(to, path).unwrap();
        self
    }

    async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let Ok(response) = self.files.clone().call(request.body(()).unwrap()).await;
        response
    }

    async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        Answer::read(self.call(Method::GET, path, headers).await).await
    }

    async fn head(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        Answer::read(self.call(Method::HEAD, path, headers).await).await
    }
}

impl Answer {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, body }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Bytes of which no two stretches are alike.
fn pattern(len: usize) -> Vec<u8> {
    (0..len.div_ceil(4)).flat_map(|i| u32::try_from(i).unwrap().to_be_bytes()).take(len).collect()
}
