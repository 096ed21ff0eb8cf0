//! `cargo xtask bench files`: files, beside nginx.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::machine::{self, Cores};
use super::markdown::{number, spread, table};
use super::measured::Measured;
use super::server::Time;
use super::spread::Spread;
use super::turns::Turns;
use super::wrk::{self, CONNECTIONS, Wrk};
use super::{SETPRIV, TASKSET, WRK, progress};
use crate::{Error, install, step};

/// What is asked for: the name of the file, and its length.
const FILES: [(&str, usize); 3] = [("large", 1 << 30), ("1k", 1 << 10), ("64k", 1 << 16)];
const NAMES: [&str; 2] = ["nginx", "tsk"];
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let Turns { rounds, seconds, priority } = Turns::parse("files", args)?;
    install::ensure(&[SETPRIV, TASKSET, WRK, install::NGINX])?;
    step::run(&mut step::cargo(&["build", "--release", "-p", "tsk-cli"]))?;
    let (cores, _) = machine::prepare(priority)?;
    let folder = folder()?;
    // The client that throws the large file away is this very thread.
    let pid = std::process::id().to_string();
    step::output(Command::new("taskset").args(["--pid", "--cpu-list", &cores.client.to_string(), &pid]))?;
    if priority {
        machine::go_ahead()?;
    }
    let mut measured = Vec::new();
    let mut servers = [Server::nginx(&folder, cores)?, Server::tsk(&folder, cores)?];
    for round in 1..=rounds {
        // Nobody follows the same neighbour each time.
        servers.rotate_left(1);
        for (file, len) in FILES {
            for server in &servers {
                let it = server.measure(file, len, seconds, cores)?;
                progress::step(&format!(
                    "round {round}/{rounds}  {file:<8}{:<8}{:>10} a second {:>10.2} µs{}",
                    server.name,
                    number(it.requests_per_second),
                    it.cpu_micros,
                    it.remark()
                ));
                measured.push((file, server.name, it));
            }
        }
    }
    print!("{}", report(&measured));
    drop(servers);
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn report(measured: &[(&str, &str, Measured)]) -> String {
    let mut rows = Vec::new();
    for (file, len) in FILES {
        let figures = |name: &str, of: fn(&Measured) -> f64| -> Vec<f64> {
            measured.iter().filter(|it| it.0 == file && it.1 == name).map(|it| of(&it.2)).collect()
        };
        for name in NAMES {
            let ratio = |of: fn(&Measured) -> f64| {
                let pairs = figures(name, of).into_iter().zip(figures(NAMES[0], of));
                format!(
                    "{:.2}",
                    Spread::of(pairs.map(|(own, nginx)| own / nginx)).map_or(0.0, |it| it.median)
                )
            };
            let rates = figures(name, |it| it.requests_per_second);
            let megabytes = rates.iter().map(|rate| rate * len as f64 / 1e6).collect::<Vec<_>>();
            rows.push(vec![
                file.to_owned(),
                name.to_owned(),
                spread(Spread::of(rates)),
                spread(Spread::of(megabytes)),
                ratio(|it| it.requests_per_second),
                spread(Spread::of(figures(name, |it| it.cpu_micros))),
                ratio(|it| it.cpu_micros),
                format!("{:.0} %", figures(name, |it| it.waited).into_iter().fold(0.0, f64::max) * 100.0),
            ]);
        }
    }
    let titles =
        ["file", "server", "files/s", "MB/s", "× nginx", "CPU µs a file", "× nginx", "waited at most"];
    let mut text = String::new();
    table(&mut text, &titles, rows.into_iter());
    text
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) name: &'static str,
    pub(super) port: u16,
    pub(super) child: Child,
}

impl Server {
    fn nginx(folder: &Path, cores: Cores) -> Result<Self, Error> {
        let port = free_port()?;
        let folder = folder.display();
        let settings = format!(
            "daemon off; master_process off; error_log {folder}/error.log; pid {folder}/pid;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; sendfile off; keepalive_requests 1000000000; default_type application/octet-stream;\n\
             server {{ listen 127.0.0.1:{port}; root {folder}/public; }} }}\n"
        );
        let path = format!("{folder}/nginx.conf");
        fs::write(&path, settings)?;
        Self::start("nginx", port, &["nginx".into(), "-c".into(), path], cores)
    }

    fn tsk(folder: &Path, cores: Cores) -> Result<Self, Error> {
        let port = free_port()?;
        let program = crate::target_dir()?.join("release/tsk").display().to_string();
        let root = format!("TSK_SITE__ROOT={}", folder.join("public").display());
        let line =
            ["env".into(), root, program, "web".into(), "start".into(), "--port".into(), port.to_string()];
        Self::start("tsk", port, &line, cores)
    }

    pub(super) fn start(name: &'static str, port: u16, line: &[String], cores: Cores) -> Result<Self, Error> {
        // The kernel kills the server when this process dies in a way that runs no destructor.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).args(cores.pin(cores.server)).args(line);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut server = Self { name, port, child: command.spawn()? };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if Instant::now() > deadline || server.child.try_wait()?.is_some() {
                return Err(format!("{name} did not start: {command:?}").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    fn measure(&self, file: &str, len: usize, seconds: u64, cores: Cores) -> Result<Measured, Error> {
        if len == FILES[0].1 {
            return self.download(file, len);
        }
        let url = format!("http://127.0.0.1:{}/{file}", self.port);
        let mut wrk = Wrk::new(CONNECTIONS, seconds, cores).command(&url, &["1"]);
        Measured::of(self.child.id(), &mut wrk, wrk::read)
    }

    /// Reads the file and throws it away.
    fn download(&self, file: &str, len: usize) -> Result<Measured, Error> {
        let (start, before) = (Instant::now(), Time::of(self.child.id())?);
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        write!(stream, "GET /{file} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut buffer = vec![0; 256 * 1024];
        let mut taken = 0;
        loop {
            match stream.read(&mut buffer)? {
                0 => break,
                count => taken += count,
            }
        }
        if taken < len {
            return Err(format!("{}: {taken} bytes of {len}", self.name).into());
        }
        let (elapsed, after) = (start.elapsed().as_secs_f64(), Time::of(self.child.id())?);
        Ok(Measured {
            requests: 1.0,
            requests_per_second: 1.0 / elapsed,
            cpu_micros: (after.ran - before.ran).as_secs_f64() * 1e6,
            waited: (after.waited - before.waited).as_secs_f64() / elapsed,
            latency: None,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already; there is nothing to do about either failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) fn free_port() -> Result<u16, Error> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The files, in memory because they were written just now.
fn folder() -> Result<PathBuf, Error> {
    let folder = crate::target_dir()?.join("bench-files");
    let public = folder.join("public");
    fs::create_dir_all(&public)?;
    let block: Vec<u8> =
        (0..1_u32 << 18).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    for (name, len) in FILES {
        let mut file = File::create(public.join(name))?;
        let mut left = len;
        while left > 0 {
            let count = left.min(block.len());
            file.write_all(&block[..count])?;
            left -= count;
        }
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(3600))?;
    }
    Ok(folder)
}
