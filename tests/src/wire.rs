//! A wire between a server and its clients.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

/// Passes on what clients and a server say to each other, until it is cut: then nothing comes through, and nobody is told,
/// as where a network is parted.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug, Default)]
struct State {
    is_cut: bool,
    /// How many clients are connected, and how many there were at the same time at most.
    clients: usize,
    most: usize,
}

impl Wire {
    /// One to that server, on a free port.
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let state = Arc::new((Mutex::new(State::default()), Condvar::new()));
        let wire = Self { address, state: Arc::clone(&state) };
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, state) = (client.expect("a connection"), Arc::clone(&state));
                thread::spawn(move || connect(client, server, &state));
            }
        });
        wire
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Parts clients from the server.
    pub fn cut(&self) {
        lock(&self.state).is_cut = true;
    }

    /// Has everything come through again, also what was said meanwhile.
    pub fn mend(&self) {
        lock(&self.state).is_cut = false;
        self.state.1.notify_all();
    }

    /// How many clients were connected at the same time at most.
    pub fn most_clients(&self) -> usize {
        lock(&self.state).most
    }
}

fn lock(state: &(Mutex<State>, Condvar)) -> MutexGuard<'_, State> {
    state.0.lock().expect("nobody panics with it")
}

fn connect(client: TcpStream, server: SocketAddr, state: &(Mutex<State>, Condvar)) {
    {
        let mut state = lock(state);
        state.clients += 1;
        state.most = state.most.max(state.clients);
    }
    // Where there is no server, the client is told so by the end of its connection.
    if let Ok(server) = TcpStream::connect(server) {
        let both = [(&client, &server), (&server, &client)];
        thread::scope(|scope| {
            for (from, to) in both {
                scope.spawn(|| pass(from, to, state));
            }
        });
    }
    lock(state).clients -= 1;
}

/// Passes on what one side says, until either has gone.
fn pass(mut from: &TcpStream, mut to: &TcpStream, state: &(Mutex<State>, Condvar)) {
    let mut chunk = [0; 16 * 1024];
    loop {
        let length = from.read(&mut chunk).unwrap_or(0);
        let whole = state.1.wait_while(lock(state), |state| state.is_cut).expect("nobody panics with it");
        drop(whole);
        if length == 0 || to.write_all(&chunk[..length]).is_err() {
            break;
        }
    }
    // Either may be closed already.
    for side in [from, to] {
        let _ = side.shutdown(Shutdown::Both);
    }
}
