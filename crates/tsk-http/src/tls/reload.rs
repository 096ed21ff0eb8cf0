//! Reading certificates again while the server runs.

use std::{future::pending, sync::Arc};

use tokio::sync::watch::{Receiver, Sender, channel};

use super::Acceptor;

/// Has a server read its certificates again: [`Server::reload`](crate::Server::reload).
///
/// ```no_run
/// # async fn run(server: tsk_http::Server) {
/// let reload = server.reload().expect("a listener with TLS");
/// // Later, while the server runs:
/// reload.now();
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Reload(Sender<()>);

impl Reload {
    /// A handle, and what hears of it.
    pub(crate) fn new() -> (Self, Receiver<()>) {
        let (asks, asked) = channel(());
        (Self(asks), asked)
    }

    /// Has all certificates, keys and authorities read again, changed or not. The log says how it went.
    pub fn now(&self) {
        self.0.send_replace(());
    }
}

/// Has an acceptor read its files again once they have changed, or when it is asked to. It ends when nobody is left who
/// could ask.
pub(crate) async fn watch(acceptor: Arc<Acceptor>, mut asked: Receiver<()>) {
    let interval = acceptor.reload_interval();
    loop {
        let elapsed =
            async { if interval.is_zero() { pending().await } else { tokio::time::sleep(interval).await } };
        let forced = tokio::select! {
            asked = asked.changed() => match asked {
                Ok(()) => true,
                Err(_) => return,
            },
            () = elapsed => false,
        };
        let acceptor = Arc::clone(&acceptor);
        // A panic in there is one try that failed.
        let _ = tokio::task::spawn_blocking(move || acceptor.refresh(forced)).await;
    }
}
