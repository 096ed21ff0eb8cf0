//! Sweeps by a task.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::sync::watch::{Receiver, Sender, channel};

use super::{super::Timer, Sweep};

pub(super) fn start(sweep: Sweep) -> io::Result<Sender<Duration>> {
    let (tell, told) = channel(Duration::ZERO);
    tokio::spawn(run(sweep, Timer::new()?, told));
    Ok(tell)
}

async fn run(mut sweep: Sweep, timer: Timer, mut told: Receiver<Duration>) {
    if told.changed().await.is_err() {
        return;
    }
    loop {
        sweep.interval = *told.borrow_and_update();
        let pause = sweep.go_on(Instant::now());
        let going = tokio::select! {
            told = told.changed() => told.is_ok(),
            // The runtime ends where it fails.
            waited = timer.wait(pause) => waited.is_ok(),
        };
        if !going {
            return;
        }
    }
}
