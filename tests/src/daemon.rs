//! Servers of others that a service needs: databases, and who takes alerts.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{Authority, DEADLINE};

/// A server of somebody else's, on free ports of this machine, with a certificate of the authority `authority` where it
/// speaks TLS. Killed when dropped.
#[derive(Debug)]
pub struct Daemon {
    command: Command,
    child: Option<Child>,
    ends_by: &'static str,
    address: SocketAddr,
    /// Where it speaks TLS, if that is elsewhere.
    secure: SocketAddr,
    folder: TempDir,
}

/// The password of the databases.
const PASSWORD: &str = "s3cret";

impl Daemon {
    /// PostgreSQL with a user `tsk` and a database of that name, with TLS for who wants it.
    pub fn postgres() -> Self {
        let folder = folder();
        let (user, port) = (Unprivileged::find(), free_port());
        let data = folder.path().join("data");
        fs::write(folder.path().join("password"), PASSWORD).expect("a folder of our own");
        user.give(folder.path());
        let bin = newest("/usr/lib/postgresql").join("bin");
        let mut init = user.command(&bin.join("initdb"));
        init.arg("-D").arg(&data).args([
            "-U",
            "tsk",
            "--auth=scram-sha-256",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ]);
        init.arg("--pwfile").arg(folder.path().join("password")).current_dir(folder.path());
        let made = init.output().expect("`cargo xtask test` installs PostgreSQL");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut command = user.command(&bin.join("postgres"));
        command.arg("-D").arg(&data).args(["-p", &port.to_string()]).current_dir(folder.path());
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "ssl=on",
            "ssl_cert_file=../server.pem",
            "ssl_key_file=../server.key",
            "log_min_messages=panic",
        ] {
            command.args(["-c", setting]);
        }
        Self::start(command, "QUIT", port, port, folder)
    }

    /// Redis with a password, with TLS on another port.
    pub fn redis() -> Self {
        Self::redis_with(&[])
    }

    /// The same, with more settings.
    pub fn redis_with(settings: &[&str]) -> Self {
        let folder = folder();
        let (port, secure) = (free_port(), free_port());
        let mut command = Command::new("redis-server");
        command.current_dir(folder.path()).args([
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--loglevel",
            "warning",
        ]);
        command.args([
            "--requirepass",
            PASSWORD,
            "--port",
            &port.to_string(),
            "--tls-port",
            &secure.to_string(),
        ]);
        command.args([
            "--tls-cert-file",
            "server.pem",
            "--tls-key-file",
            "server.key",
            "--tls-auth-clients",
            "no",
        ]);
        command.args(["--tls-ca-cert-file", "authority.pem"]).args(settings);
        Self::start(command, "KILL", port, secure, folder)
    }

    /// The Alertmanager of Prometheus, which tells nobody.
    pub fn alertmanager() -> Self {
        let folder = folder();
        let port = free_port();
        let config = "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n";
        fs::write(folder.path().join("alertmanager.yml"), config).expect("a folder of our own");
        let mut command = Command::new("prometheus-alertmanager");
        command.current_dir(folder.path()).args(["--config.file=alertmanager.yml", "--storage.path=data"]);
        command.args([&format!("--web.listen-address=127.0.0.1:{port}"), "--cluster.listen-address="]);
        Self::start(command, "KILL", port, port, folder)
    }

    /// `ends_by` is the signal by which it ends at once. It must be one that the program handles, or that cannot be ignored: who
    /// runs in the background may be made to ignore SIGINT and SIGQUIT, and what it starts does too.
    fn start(mut command: Command, ends_by: &'static str, port: u16, secure: u16, folder: TempDir) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let [address, secure] = [port, secure].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let mut daemon = Self { command, child: None, ends_by, address, secure, folder };
        daemon.run();
        daemon
    }

    /// Starts it, and waits until it listens.
    pub fn run(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let child = self.child.insert(self.command.spawn().expect("`cargo xtask test` installs it"));
        let deadline = Instant::now() + DEADLINE;
        for address in [self.address, self.secure] {
            while TcpStream::connect(address).is_err() {
                assert!(Instant::now() < deadline, "{:?} does not listen", self.command.get_program());
                let ended = child.try_wait().expect("a child can be waited for");
                assert!(ended.is_none(), "{:?} ended: {ended:?}", self.command);
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Ends it, at once.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // As root the child may be another user's, which changes nothing.
            signal(&child, self.ends_by);
            let deadline = Instant::now() + DEADLINE;
            while child.try_wait().expect("a child can be waited for").is_none() {
                assert!(Instant::now() < deadline, "{:?} does not end", self.command.get_program());
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Has it do nothing: connections are made by the system, and nobody answers.
    pub fn pause(&self) {
        signal(self.child.as_ref().expect("it runs"), "STOP");
    }

    /// Has it go on.
    pub fn resume(&self) {
        signal(self.child.as_ref().expect("it runs"), "CONT");
    }

    /// What Redis answers to a command, without the end of the line.
    pub fn redis_cli(&self, words: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &self.address.port().to_string(), "--no-auth-warning"]);
        let output = command.env("REDISCLI_AUTH", PASSWORD).args(words).output();
        let output = output.expect("`cargo xtask test` installs it");
        assert!(output.status.success(), "{command:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port at which it speaks TLS.
    pub fn secure_port(&self) -> u16 {
        self.secure.port()
    }

    /// The password of its user.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// The file of the authority that issued its certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // A paused one takes no other signal. It fails only when it has ended already.
            let _ = Command::new("kill").args(["-s", "CONT", &child.id().to_string()]).status();
            let _ = Command::new("kill").args(["-s", self.ends_by, &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(status.expect("kill is there").success(), "kill -s {name}");
}

/// A folder with a certificate in it, and nothing that others may read.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    Authority::new(folder.path(), "authority").issue("server");
    let mut permissions = fs::metadata(folder.path().join("server.key")).expect("it is there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    fs::set_permissions(folder.path().join("server.key"), permissions).expect("a file of our own");
    folder
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it listens").port()
}

fn newest(folder: &str) -> PathBuf {
    let versions = fs::read_dir(folder).expect("`cargo xtask test` installs it");
    versions.map(|version| version.expect("a folder that can be read").path()).max().expect("a version")
}

/// Who runs PostgreSQL, which root may not.
struct Unprivileged(Option<(u32, u32)>);

impl Unprivileged {
    fn find() -> Self {
        let id = |flags: &[&str]| {
            let output = Command::new("id").args(flags).output().expect("id is there");
            String::from_utf8_lossy(&output.stdout).trim().parse::<u32>().ok()
        };
        let is_root = id(&["-u"]) == Some(0);
        Self(id(&["-u", "postgres"]).zip(id(&["-g", "postgres"])).filter(|_| is_root))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.0 {
            use std::os::unix::process::CommandExt;
            command.uid(user).gid(group);
        }
        command
    }

    /// Gives a folder, and what is in it, to the user.
    fn give(&self, folder: &Path) {
        let Some((user, group)) = self.0 else { return };
        let files =
            fs::read_dir(folder).expect("it is there").map(|file| file.expect("it can be read").path());
        for path in files.chain([folder.to_owned()]) {
            chown(&path, Some(user), Some(group)).expect("root may");
        }
    }
}
