//! `cargo xtask bench compression`: answers by gzip, beside nginx.

use std::fs;
use std::path::{Path, PathBuf};

use super::client::{self, Client};
use super::files::{Server, free_port};
use super::machine::{self, Cores};
use super::markdown::{number, ratio, spread, table};
use super::measured::Measured;
use super::spread::Spread;
use super::turns::Turns;
use super::wrk::{self, Wrk};
use super::{SETPRIV, TASKSET, WRK, progress};
use crate::{Error, install, peers};

/// What is asked for: the name of the file, and about how long it is.
const FILES: [(&str, usize); 4] = [("2k", 2 << 10), ("16k", 16 << 10), ("64k", 60 << 10), ("1m", 1 << 20)];
const LEVELS: [u32; 2] = [1, 6];
const NAMES: [&str; 2] = ["nginx", "tsk"];
/// Few, so that an answer that takes long to compress is done within a measurement.
const CONNECTIONS: usize = 8;
const PACKAGE: &str = "tsk-compression";

pub(super) fn run(args: &[String]) -> Result<(), Error> {
    let Turns { rounds, seconds, priority } = Turns::parse("compression", args)?;
    install::ensure(&[SETPRIV, TASKSET, WRK, install::NGINX])?;
    peers::build_package(PACKAGE)?;
    let (cores, _) = machine::prepare(priority)?;
    let folder = folder()?;
    let mut measured = Vec::new();
    let mut servers = [nginx(&folder, cores)?, tsk(&folder, cores)?];
    for round in 1..=rounds {
        // Nobody follows the same neighbour each time.
        servers.rotate_left(1);
        for level in LEVELS {
            for (file, _) in FILES {
                for server in &servers {
                    let it = measure(server, &format!("/{level}/{file}"), seconds, cores)?;
                    progress::step(&format!(
                        "round {round}/{rounds}  level {level}  {file:<5}{:<8}{:>9} bytes {:>10.1} µs{}",
                        server.name,
                        it.0,
                        it.1.cpu_micros,
                        it.1.remark()
                    ));
                    measured.push((level, file, server.name, it));
                }
            }
        }
    }
    print!("{}", report(&measured));
    drop(servers);
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// What a server was asked for, and its name; the length of the compressed content in bytes, and what it cost.
type Cell = (u32, &'static str, &'static str, (usize, Measured));

fn report(measured: &[Cell]) -> String {
    let cells = |level, file, name| {
        let of = measured.iter().filter(move |it| (it.0, it.1, it.2) == (level, file, name));
        of.map(|it| it.3).collect::<Vec<_>>()
    };
    let mut rows = Vec::new();
    for level in LEVELS {
        for (file, _) in FILES {
            let nginx = cells(level, file, NAMES[0]);
            for name in NAMES {
                let own = cells(level, file, name);
                let cpu = own.iter().map(|it| it.1.cpu_micros);
                let pairs = own.iter().zip(&nginx);
                let ratios = pairs.map(|(own, nginx)| own.1.cpu_micros / nginx.1.cpu_micros);
                let waited = own.iter().map(|it| it.1.waited).fold(0.0, f64::max);
                rows.push(vec![
                    level.to_string(),
                    file.to_owned(),
                    name.to_owned(),
                    number(own.first().map_or(0.0, |it| it.0 as f64)),
                    spread(Spread::of(cpu)),
                    ratio(Spread::of(ratios)),
                    format!("{:.0} %", waited * 100.0),
                ]);
            }
        }
    }
    let titles = ["level", "JSON", "server", "bytes sent", "CPU µs an answer", "× nginx", "waited at most"];
    let mut text = String::new();
    table(&mut text, &titles, rows.into_iter());
    text
}

fn measure(server: &Server, path: &str, seconds: u64, cores: Cores) -> Result<(usize, Measured), Error> {
    let answer = Client::connect(server.port)?.send(&client::request(server.port, "GET", path, &[]))?;
    let encoding = ("content-encoding".to_owned(), "gzip".to_owned());
    if answer.status != 200 || !answer.headers.contains(&encoding) {
        return Err(format!("{}: {path} is not compressed: {:?}", server.name, answer.headers).into());
    }
    let wrk = Wrk::new(CONNECTIONS, seconds, cores).header("Accept-Encoding", "gzip");
    let mut wrk = wrk.command(&format!("http://127.0.0.1:{}{path}", server.port), &["1"]);
    Ok((answer.body.len(), Measured::of(server.child.id(), &mut wrk, wrk::read)?))
}

fn nginx(folder: &Path, cores: Cores) -> Result<Server, Error> {
    let port = free_port()?;
    let folder = folder.display();
    let levels = LEVELS
        .map(|level| format!("location /{level}/ {{ alias {folder}/public/; gzip_comp_level {level}; }}\n"));
    let settings = format!(
        "daemon off; master_process off; error_log {folder}/error.log; pid {folder}/pid;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; sendfile off; keepalive_requests 1000000000; default_type application/json;\n\
         open_file_cache max=10; gzip on; gzip_types application/json; gzip_min_length 1024;\n\
         server {{ listen 127.0.0.1:{port}; {} }} }}\n",
        levels.concat()
    );
    let path = format!("{folder}/nginx.conf");
    fs::write(&path, settings)?;
    Server::start(NAMES[0], port, &["nginx".into(), "-c".into(), path], cores)
}

fn tsk(folder: &Path, cores: Cores) -> Result<Server, Error> {
    let port = free_port()?;
    let program = peers::program(PACKAGE)?.display().to_string();
    let folder = format!("FOLDER={}", folder.join("public").display());
    let line = ["env".into(), format!("PORT={port}"), "THREADS=1".into(), folder, program];
    Server::start(NAMES[1], port, &line, cores)
}

/// The files: records as services send them, the same in every run.
fn folder() -> Result<PathBuf, Error> {
    let folder = crate::target_dir()?.join("bench-compression");
    let public = folder.join("public");
    fs::create_dir_all(&public)?;
    for (name, len) in FILES {
        let mut records = Records(7);
        let mut text = String::from("[");
        while text.len() < len {
            text.push_str(&records.next());
            text.push(',');
        }
        text.pop();
        text.push(']');
        fs::write(public.join(name), text)?;
    }
    Ok(folder)
}

/// A generator of numbers that look random, and of records made of them.
struct Records(u64);

impl Records {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn word(&mut self) -> &'static str {
        const WORDS: &str = "account active address after agree answer balance before begin blue branch bring cause \
            change city client close colour company contract country customer date deliver detail direct early east \
            energy enough every express family field figure follow garden general give green group happen hard hold \
            home house important industry keep kind large late leave letter line local long market matter member middle \
            money month morning move music nation never night north notice number offer office open order paper part \
            person place plan point power present price product public quality question rather reach reason record \
            report result return right river room school season second service several share short side simple since \
            small south special stand start station story street strong subject summer supply system table third \
            together toward train travel under until value village visit voice water week west while white whole winter \
            without woman word work world write year young";
        let words: Vec<_> = WORDS.split_whitespace().collect();
        words[self.below(words.len() as u64) as usize]
    }

    fn next(&mut self) -> String {
        let note: Vec<_> = (0..4 + self.below(16)).map(|_| self.word()).collect();
        format!(
            r#"{{"id":{},"name":"{} {}","email":"{}{}@example.org","active":{},"score":{}.{},"note":"{}"}}"#,
            self.below(1_000_000),
            self.word(),
            self.word(),
            self.word(),
            self.below(10_000),
            self.below(2) == 0,
            self.below(100),
            self.below(1_000),
            note.join(" ")
        )
    }
}
