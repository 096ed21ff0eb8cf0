//! Connections that can be cut.

use std::{
    io,
    net::Shutdown,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, sleep},
};
use tsk_ws::client::{Connector, Settings};

/// The longest that a client is kept off.
const OFF: Duration = Duration::from_secs(2);

/// How long a connection is left alone at most, once it is there.
const ON: Duration = Duration::from_secs(6);

/// All connections.
#[derive(Clone, Default)]
pub(super) struct Wires(Arc<Inner>);

#[derive(Default)]
struct Inner {
    ends: Mutex<Vec<Arc<End>>>,
    cuts: AtomicUsize,
}

/// The end of a client: its connection, if there is one, and when there may be another.
pub(super) struct End {
    is_cut: Mutex<Arc<AtomicBool>>,
    stream: Mutex<Option<std::net::TcpStream>>,
    back: Mutex<Instant>,
    /// When it is next cut.
    due: Mutex<Instant>,
}

impl Wires {
    /// What makes the connections of one client, and cuts them.
    pub(super) fn end(&self) -> (Connector, Arc<End>) {
        let now = Instant::now();
        let end = Arc::new(End {
            is_cut: Mutex::default(),
            stream: Mutex::default(),
            back: Mutex::new(now),
            due: Mutex::new(now + ON.mul_f64(fastrand::f64())),
        });
        lock(&self.0.ends).push(Arc::clone(&end));
        let dialing = Arc::clone(&end);
        let connector = Connector::dialing(Settings::default(), move |target| {
            let end = Arc::clone(&dialing);
            async move { end.dial((&*target.host, target.port)).await }
        });
        (connector.expect("no file is read by default"), end)
    }

    /// Cuts connections for so long, each at moments of its own.
    pub(super) async fn cut_at_random(&self, time: Duration) {
        let over = Instant::now() + time;
        while Instant::now() < over {
            let now = Instant::now();
            for end in lock(&self.0.ends).iter().filter(|end| *lock(&end.due) <= now) {
                *lock(&end.due) = now + ON.mul_f64(fastrand::f64());
                self.cut(end);
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Cuts a connection, if there is one, and has none made for a while.
    pub(super) fn cut(&self, end: &End) {
        if end.cut(Instant::now() + OFF.mul_f64(fastrand::f64())) {
            self.0.cuts.fetch_add(1, SeqCst);
        }
    }

    pub(super) fn cuts(&self) -> usize {
        self.0.cuts.load(SeqCst)
    }
}

impl End {
    async fn dial(&self, address: (&str, u16)) -> io::Result<Wire> {
        if Instant::now() < *lock(&self.back) {
            return Err(io::ErrorKind::NetworkUnreachable.into());
        }
        let stream = TcpStream::connect(address).await?.into_std()?;
        *lock(&self.stream) = Some(stream.try_clone()?);
        let is_cut = Arc::<AtomicBool>::default();
        *lock(&self.is_cut) = Arc::clone(&is_cut);
        Ok(Wire { stream: TcpStream::from_std(stream)?, is_cut })
    }

    /// Cuts the connection: what has come and was not read is lost. `false` where there is none.
    fn cut(&self, back: Instant) -> bool {
        *lock(&self.back) = back;
        lock(&self.is_cut).store(true, SeqCst);
        lock(&self.stream).take().is_some_and(|stream| stream.shutdown(Shutdown::Both).is_ok())
    }
}

/// A connection that can be cut.
pub(super) struct Wire {
    stream: TcpStream,
    is_cut: Arc<AtomicBool>,
}

impl Wire {
    fn check(&self) -> io::Result<()> {
        if self.is_cut.load(SeqCst) { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
