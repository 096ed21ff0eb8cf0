//! A network in memory, which can be cut.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{DuplexStream, ReadHalf, WriteHalf, copy, split},
    task::JoinHandle,
};
use tower_service::Service;

use crate::{
    client::{Connector, Settings},
    rooms::{
        Rooms,
        client::{Builder, Client},
    },
};

/// What is between clients and a server.
#[derive(Clone)]
pub(super) struct Network(Arc<Mutex<Inner>>);

struct Inner {
    rooms: Rooms,
    is_down: bool,
    dialed: usize,
    wires: Vec<Wire>,
}

/// Both directions of a connection.
struct Wire {
    up: JoinHandle<Halves>,
    down: JoinHandle<Halves>,
}

type Halves = (ReadHalf<DuplexStream>, WriteHalf<DuplexStream>);

impl Network {
    pub(super) fn new(rooms: &Rooms) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            rooms: rooms.clone(),
            is_down: false,
            dialed: 0,
            wires: Vec::new(),
        })))
    }

    pub(super) fn builder(&self) -> Builder {
        let network = self.clone();
        let connector = Connector::dialing(Settings::default(), move |_| {
            let dialed = network.dial();
            async { dialed }
        });
        Client::builder("ws://chat.test/socket").connector(connector.unwrap())
    }

    pub(super) fn client(&self) -> Client {
        self.builder().connect().unwrap()
    }

    /// Cuts all connections, without a word.
    pub(super) fn cut(&self) {
        for Wire { up, down } in self.inner().wires.drain(..) {
            up.abort();
            down.abort();
        }
    }

    /// From now on there is no connection, or there is again.
    pub(super) fn down(&self, is_down: bool) {
        self.inner().is_down = is_down;
        if is_down {
            self.cut();
        }
    }

    /// Has nothing come from the server any more, which hears as before.
    pub(super) fn mute(&self) {
        for wire in &mut self.inner().wires {
            wire.down.abort();
            // The ends stay open: nobody is told.
            wire.down = tokio::spawn(std::future::pending());
        }
    }

    /// Another server takes the place of this one.
    pub(super) fn replace(&self, rooms: &Rooms) {
        self.inner().rooms = rooms.clone();
        self.cut();
    }

    /// How often somebody has tried to connect.
    pub(super) fn dialed(&self) -> usize {
        self.inner().dialed
    }

    fn dial(&self) -> io::Result<DuplexStream> {
        let mut inner = self.inner();
        inner.dialed += 1;
        if inner.is_down {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (client, near) = tokio::io::duplex(64 * 1024);
        let (far, server) = tokio::io::duplex(64 * 1024);
        let ((from_client, to_client), (from_server, to_server)) = (split(near), split(far));
        let up = tokio::spawn(carry(from_client, to_server));
        let down = tokio::spawn(carry(from_server, to_client));
        inner.wires.push(Wire { up, down });
        tokio::spawn(serve(inner.rooms.clone(), server));
        Ok(client)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }
}

/// Carries what comes until its end, which is passed on.
async fn carry(mut from: ReadHalf<DuplexStream>, mut to: WriteHalf<DuplexStream>) -> Halves {
    let _ = copy(&mut from, &mut to).await;
    let _ = tokio::io::AsyncWriteExt::shutdown(&mut to).await;
    (from, to)
}

async fn serve(rooms: Rooms, stream: DuplexStream) {
    let endpoint = rooms.endpoint();
    let service = service_fn(move |request| {
        let answering = endpoint.clone().call(request);
        async move { Ok::<_, Infallible>(answering.await.unwrap()) }
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}
