//! A server that an input is sent to.

use std::{path::PathBuf, time::Duration};

use bytes::Bytes;
use http::{Request, Response};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    runtime::{self, Runtime},
};
use tower_service::Service;
use tsk_core::{BoxError, Drain};
use tsk_http::{Config, Connection, Listen, Server, server::RequestBody};

pub struct Running {
    runtime: Runtime,
    socket: PathBuf,
    _folder: TempDir,
}

impl Running {
    /// Starts it.
    pub fn start<M, S, B>(make: M) -> Self
    where
        M: Fn(Connection) -> S + Send + Sync + 'static,
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let socket = folder.path().join("socket");
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listen: Listen = format!("unix:{}", socket.display()).parse().expect("a path");
        runtime.block_on(async {
            let config = Config { listen: vec![listen], ..Config::default() };
            let server = Server::bind(&config).await.expect("nobody else listens there");
            tokio::spawn(server.serve(make, Drain::new()));
        });
        Self { runtime, socket, _folder: folder }
    }

    /// Sends bytes, and gives all that is answered until the server closes.
    pub fn exchange(&self, bytes: &[u8]) -> Vec<u8> {
        self.runtime.block_on(async {
            let stream = UnixStream::connect(&self.socket).await.expect("the server listens");
            let (mut read, mut write) = stream.into_split();
            let send = async {
                // The server may have closed before it has read everything.
                let _ = write.write_all(bytes).await;
                let _ = write.shutdown().await;
            };
            let mut answer = Vec::new();
            let receive = async {
                let _ = read.read_to_end(&mut answer).await;
            };
            let both = async { tokio::join!(send, receive) };
            tokio::time::timeout(Duration::from_secs(5), both).await.expect("the server closes");
            answer
        })
    }
}
