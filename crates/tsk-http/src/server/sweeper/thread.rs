//! Sweeps on a thread of their own.

use std::{
    io,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use super::Sweep;

pub(super) fn start(sweep: Sweep) -> io::Result<Sender<Duration>> {
    let (tell, told) = channel();
    thread::Builder::new().name("tsk-sweeper".into()).spawn(move || run(sweep, &told))?;
    Ok(tell)
}

fn run(mut sweep: Sweep, told: &Receiver<Duration>) {
    let Ok(interval) = told.recv() else { return };
    sweep.interval = interval;
    loop {
        match told.recv_timeout(sweep.go_on(Instant::now())) {
            Ok(interval) => sweep.interval = interval,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
