//! What sockets cost on which nothing is said.

use std::thread::sleep;
use std::time::Duration;

use super::load::Running;
use super::{Cores, Crowd, NAMES, Time, number, progress, start, table};
use crate::Error;
use crate::bench::server;

/// For how long heartbeats are watched: each socket is asked twice, by the default of every half minute.
const WATCHED: Duration = Duration::from_secs(60);

/// The bytes that a socket holds, by server, and the share of a core that asking whether they are there takes of us: none of the
/// others asks.
pub(super) fn measure(crowd: Crowd, cores: Cores) -> Result<String, Error> {
    let mut rows = Vec::new();
    // The floor holds what it reads into.
    for name in NAMES.into_iter().filter(|name| *name != "floor") {
        let bytes = resident(name, crowd.idle, cores)?;
        progress::step(&format!("idle  {name:<20}{bytes:>9.0} bytes a socket"));
        rows.push(vec![name.to_owned(), number(bytes)]);
    }
    let mut text = String::from("\n");
    table(&mut text, &["server", "bytes an idle socket"], rows.into_iter());
    let share = heartbeats(crowd.heartbeats, cores)? * 100.0;
    text.push_str(&format!(
        "\n{} idle sockets with heartbeats: {share:.2} % of one core\n",
        crowd.heartbeats
    ));
    Ok(text)
}

/// What a socket holds that has said something and is idle, in bytes.
fn resident(name: &'static str, sockets: usize, cores: Cores) -> Result<f64, Error> {
    let server = start(name, cores)?;
    let hold = |sockets: usize| -> Result<Running, Error> {
        let held = Running::start(&server, "idle", &[sockets.to_string()], cores)?;
        // Collectors of garbage take their time.
        sleep(Duration::from_millis(500));
        Ok(held)
    };
    // What the first allocate once and for all is not a socket's.
    let warm = hold(200)?;
    let before = server::resident(server.child.id())?;
    let held = hold(sockets)?;
    let after = server::resident(server.child.id())?;
    drop((warm, held));
    Ok((after as f64 - before as f64) / sockets as f64)
}

/// The share of a core.
fn heartbeats(sockets: usize, cores: Cores) -> Result<f64, Error> {
    let server = start("tsk", cores)?;
    let held = Running::start(&server, "idle", &[sockets.to_string()], cores)?;
    let before = Time::of(server.child.id())?;
    sleep(WATCHED);
    let after = Time::of(server.child.id())?;
    drop(held);
    Ok((after.ran - before.ran).as_secs_f64() / WATCHED.as_secs_f64())
}
