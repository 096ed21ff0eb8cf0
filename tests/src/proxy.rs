//! Proxies in front of a server.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::DEADLINE;

/// A proxy that listens on a Unix socket, and keeps its connection to the server. Killed when dropped.
#[derive(Debug)]
pub struct Proxy {
    child: Child,
    folder: TempDir,
}

impl Proxy {
    /// nginx, which passes bodies on as they come.
    pub fn nginx(server: SocketAddr) -> Self {
        let config = format!(
            "daemon off; master_process off; worker_processes 1; pid pid; error_log stderr crit;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
  upstream server {{ server {server}; keepalive 1; }}
  server {{
    listen unix:socket;
    location / {{
      proxy_pass http://server;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_set_header Host $host;
      proxy_request_buffering off;
    }}
  }}
}}"
        );
        Self::start(&config, "nginx", &["-p", ".", "-e", "stderr", "-c", "config"])
    }

    /// HAProxy, which shares one connection among all clients.
    pub fn haproxy(server: SocketAddr) -> Self {
        let config = format!(
            "defaults
  mode http
  timeout connect 60s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend clients
  bind unix@socket
  default_backend server
backend server
  server server {server} maxconn 1
"
        );
        Self::start(&config, "haproxy", &["-db", "-q", "-f", "config"])
    }

    fn start(config: &str, program: &str, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("config"), config).expect("a temporary folder can be written to");
        let mut command = Command::new(program);
        command.args(args).current_dir(folder.path()).stdin(Stdio::null());
        let child = command.spawn().expect("`cargo xtask test` installs the proxies");
        let mut proxy = Self { child, folder };
        let deadline = Instant::now() + DEADLINE;
        while UnixStream::connect(proxy.socket()).is_err() {
            assert!(Instant::now() < deadline, "the proxy does not listen");
            assert!(proxy.child.try_wait().expect("a child can be waited for").is_none(), "the proxy ended");
            thread::sleep(Duration::from_millis(10));
        }
        proxy
    }

    fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join("socket")
    }

    /// A connection whose reads and writes have a deadline.
    pub fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.socket()).expect("the proxy listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline above zero");
        stream.set_write_timeout(Some(DEADLINE)).expect("a deadline above zero");
        stream
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
