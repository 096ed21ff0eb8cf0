//! A service that can work on so many requests at a time, and stays up when more come: `cargo xtask soak overload` asks for
//! three times as much.
//!
//! What there is not enough of, `WORK` says: `wait`, the connections of a pool, which is the default; `compute`, the processor, by
//! work beside the threads that serve; `block`, the processor, by work on them.
//!
//! ```console
//! $ cargo run --release -p tsk --example overloaded
//! ```

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::Semaphore, task::spawn_blocking, time::sleep};
use tsk::prelude::*;

/// What the work needs, such as the connections of a pool to a database.
const AT_A_TIME: usize = 32;
const WORK: Duration = Duration::from_millis(40);
/// What it takes of a processor where it computes.
const BURN: Duration = Duration::from_millis(4);

#[derive(Debug, Clone)]
enum Work {
    Wait(Arc<Semaphore>),
    /// So many rounds.
    Compute(u64),
    Block(u64),
}

impl Work {
    fn from_environment() -> Self {
        match std::env::var("WORK").as_deref() {
            Ok("compute") => Self::Compute(rounds(BURN)),
            Ok("block") => Self::Block(rounds(BURN)),
            _ => Self::Wait(Arc::new(Semaphore::new(AT_A_TIME))),
        }
    }
}

/// What is computed, as often as is said: the same work, however many share the processor.
fn burn(rounds: u64) {
    for round in 0..rounds {
        black_box((0..black_box(1_000)).fold(round, |sum: u64, next: u64| sum.rotate_left(5) ^ next));
    }
}

/// How many rounds take so long with a processor of one's own.
fn rounds(time: Duration) -> u64 {
    const MANY: u64 = 2_000;
    let fastest = (0..20).map(|_| {
        let begun = Instant::now();
        burn(MANY);
        begun.elapsed()
    });
    let fastest = fastest.min().unwrap_or(time);
    (time.as_secs_f64() / fastest.as_secs_f64() * MANY as f64) as u64
}

async fn work(State(work): State<Work>) -> &'static str {
    match work {
        Work::Wait(pool) => {
            let _connection = pool.acquire().await;
            sleep(WORK).await;
        }
        Work::Compute(rounds) => {
            let _ = spawn_blocking(move || burn(rounds)).await;
        }
        Work::Block(rounds) => burn(rounds),
    }
    "done\n"
}

#[tokio::main]
async fn main() -> Result<(), tsk::Error> {
    let routes = Router::new()
        .state(Work::from_environment())
        .route(get("/pay", work).priority(Priority::Critical))
        .route(get("/list", work))
        .route(get("/hints", work).priority(Priority::Sheddable));
    let mut config = Config::load()?;
    config.overload.enabled = true;
    let service = App::new(config).routes(routes).bind().await?;
    for address in service.addresses() {
        println!("listening on {address}");
    }
    service.serve_until_signalled().await?;
    Ok(())
}
