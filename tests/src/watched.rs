//! A service whose health is checked.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;
use tsk_core::Drain;
use tsk_health::{Config, Health};

use crate::DEADLINE;

/// Checks that are made on a thread of their own. Stopped when dropped.
#[derive(Debug)]
pub struct Watched {
    /// What they find.
    pub health: Health,
    drain: Drain,
    running: Option<JoinHandle<()>>,
}

impl Watched {
    /// Makes the checks of a configuration, which is in JSON here, and says that the service serves.
    pub fn start(config: Value) -> Self {
        let config: Config = serde_json::from_value(config).expect("sound settings");
        let health = Health::builder().config(&config).build().expect("sound settings");
        health.started();
        let drain = Drain::new();
        let running = thread::spawn({
            let (health, drain) = (health.clone(), drain.clone());
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(health.run(drain));
            }
        });
        Self { health, drain, running: Some(running) }
    }

    /// What is known of a check that measures nothing but its time.
    pub fn check(&self, name: &str) -> Value {
        self.health.detail()["checks"][format!("{name}:responseTime")][0].clone()
    }

    /// Waits until what is said of a check contains a text.
    pub fn until_says(&self, name: &str, text: &str) {
        until(text, || {
            let check = self.check(name);
            check["output"].as_str().is_some_and(|output| output.contains(text)).then_some(()).ok_or(check)
        });
    }

    /// Waits until the service is ready, or is not.
    pub fn until_ready(&self, is_ready: bool) {
        until("readiness", || {
            if self.health.is_ready() == is_ready { Ok(()) } else { Err(self.health.detail()) }
        });
    }

    /// Stops it, and waits until the last is told.
    pub fn stop(mut self) {
        self.drain.start();
        self.running.take().expect("it is stopped once").join().expect("it does not panic");
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.drain.start();
    }
}

/// Asks until there is an answer, and fails with what was there instead when there is none in time.
pub fn until<T, E: std::fmt::Debug>(what: &str, mut ask: impl FnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(other) => assert!(Instant::now() < deadline, "no {what}, but {other:?}"),
        }
        thread::sleep(Duration::from_millis(10));
    }
}
