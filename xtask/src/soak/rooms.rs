//! A thousand clients of rooms, forced off and on at random: each hears every message once, in order, or a gap event.

use std::fs;
use std::process::Command;

use super::server::Server;
use crate::{Error, Usage, step};

/// Both kinds keep their history: one as much as anybody misses, the other too little for most.
const ROOMS: &str = r#"
[[room]]
topic = "kept:*"
join = "everyone"
push = "everyone"
history = { count = 10000, age = "1h", bytes = "16 MiB" }
remember = 10000

[[room]]
topic = "short:*"
join = "everyone"
push = "everyone"
history = { count = 3 }
remember = 10000
"#;

const CLIENTS: usize = 1000;
const SECONDS: u64 = 60;

pub(super) fn run(options: &[String]) -> Result<(), Error> {
    let seconds = seconds(options)?;
    let build = [
        "build",
        "--release",
        "--locked",
        "-p",
        "tsk-ws",
        "--features",
        "client",
        "--example",
        "many_clients",
    ];
    step::run(&mut step::cargo(&build))?;
    // A connection, and what it is cut by.
    let wanted = 2 * CLIENTS + 500;
    let open = super::allow_open_files(wanted)?;
    if open < wanted {
        return Err(
            format!("this takes {wanted} open files, and {open} are allowed: raise `ulimit -n`").into()
        );
    }
    let folder = super::folder("rooms")?;
    fs::write(folder.join("tsk.toml"), ROOMS)?;
    let server = Server::start(&folder)?;
    let mut clients = Command::new(crate::target_dir()?.join("release/examples/many_clients"));
    clients.arg(format!("ws://{}/socket", server.address));
    step::run(clients.args([CLIENTS.to_string(), seconds.to_string()]))?;
    println!(
        "the server had {} MiB at most, and ran for {:.1?}",
        server.memory("VmHWM")? / 1024,
        server.cpu_time()?
    );
    server.stop()
}

fn seconds(options: &[String]) -> Result<u64, Error> {
    match options {
        [] => Ok(SECONDS),
        [flag, number] if flag == "--seconds" => {
            let seconds = number.parse().ok().filter(|seconds| *seconds > 0);
            Ok(seconds.ok_or_else(|| Usage("--seconds takes a number, 1 or more".into()))?)
        }
        [option, ..] => Err(Usage(format!("`soak rooms` takes `--seconds N`, and not `{option}`")).into()),
    }
}
