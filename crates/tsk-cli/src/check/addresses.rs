//! Whether the addresses to listen on can be had.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::fs::{Access, access};
use tokio::net::{TcpSocket, lookup_host};
use tsk::http::config::Socket;

use super::Check;
use crate::client::unresolved;
use crate::running::Running;

/// The longest path that a Unix socket may have, on Linux; elsewhere it is a little shorter.
const LONGEST_PATH: usize = 107;

/// Looks at each address, which has the name of its setting.
pub(crate) async fn check(addresses: &[(String, Socket)], running: Option<&Running>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (index, (subject, address)) in addresses.iter().enumerate() {
        let is_free = matches!(address, Socket::Tcp { port: 0, .. });
        let before = addresses[..index].iter().find(|(_, before)| before == address && !is_free);
        if let Some((before, _)) = before {
            checks.push(Check::fail(
                subject,
                format_args!("{address} is that of `{before}` too"),
                "remove one",
            ));
            continue;
        }
        checks.push(match address {
            Socket::Tcp { host, port } => tcp(subject, address, (host, *port), running).await,
            Socket::Unix(path) => unix(subject, path, running),
        });
    }
    checks
}

async fn tcp(subject: &str, address: &Socket, (host, port): (&str, u16), running: Option<&Running>) -> Check {
    let addresses: Vec<_> = match lookup_host((host, port)).await {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            return Check::fail(subject, format_args!("{address}: {}", unresolved(&error)), NAME);
        }
    };
    // As the server does: the first that can be had is enough.
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in &addresses {
        match bind(*address) {
            Ok(_) if port == 0 => return Check::ok(subject, format_args!("{address} takes a free port")),
            Ok(_) => return Check::ok(subject, format_args!("{address} is free")),
            Err(error) => last = error,
        }
    }
    let held = |running: &&Running| addresses.iter().any(|address| running.listens_on_tcp(*address));
    match last.kind() {
        io::ErrorKind::AddrInUse => match running.filter(held) {
            Some(Running { pid: Some(pid), .. }) => {
                Check::ok(subject, format_args!("{address} is held by the running server, process {pid}"))
            }
            Some(_) => foreign(subject, address),
            None => Check::fail(
                subject,
                format_args!("{address} is in use by another program"),
                "stop it, or name another address",
            ),
        },
        io::ErrorKind::PermissionDenied => Check::fail(
            subject,
            format_args!("{address}: this user may not listen on ports below 1024"),
            "name a higher one, or give the program the capability: setcap cap_net_bind_service=+ep",
        ),
        io::ErrorKind::AddrNotAvailable => Check::fail(
            subject,
            format_args!("{address}: this machine does not have the address"),
            "name one that it has, or 0.0.0.0 for all of them",
        ),
        _ => Check::fail(subject, format_args!("{address}: {last}"), "name another address"),
    }
}

fn foreign(subject: &str, address: impl std::fmt::Display) -> Check {
    let message = format_args!("{address} is held by a server that is not of this state directory");
    Check::warn(subject, message, "pass its --state-dir, or stop it before another is started")
}

const NAME: &str = "name an address, or a name that has one";

/// Takes the address as the server would, and gives it back.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1)?.into_std()
}

fn unix(subject: &str, path: &Path, running: Option<&Running>) -> Check {
    let shown = path.display();
    if path.as_os_str().len() > LONGEST_PATH {
        return Check::fail(
            subject,
            format_args!(
                "unix:{shown} is longer than the {LONGEST_PATH} bytes that a socket's path may have"
            ),
            "choose a shorter one",
        );
    }
    match path.symlink_metadata() {
        Ok(metadata) if !metadata.file_type().is_socket() => Check::fail(
            subject,
            format_args!("there is a file at `{shown}`, and it is no socket"),
            "remove it, or name another path",
        ),
        Ok(_) => match UnixStream::connect(path) {
            Ok(_) => match running.filter(|running| running.listens_on_unix(path)) {
                Some(Running { pid: Some(pid), .. }) => Check::ok(
                    subject,
                    format_args!("unix:{shown} is held by the running server, process {pid}"),
                ),
                Some(_) => foreign(subject, format_args!("unix:{shown}")),
                None => Check::fail(
                    subject,
                    format_args!("unix:{shown} is in use by another program"),
                    "stop it, or name another path",
                ),
            },
            Err(_) => Check::ok(subject, format_args!("unix:{shown} was left behind, and will be replaced")),
        },
        Err(_) => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let parent = parent.unwrap_or(Path::new("."));
            match access(parent, Access::WRITE_OK | Access::EXEC_OK) {
                Ok(()) => Check::ok(subject, format_args!("unix:{shown} can be made")),
                Err(error) => Check::fail(
                    subject,
                    format_args!(
                        "unix:{shown} cannot be made in `{}`: {}",
                        parent.display(),
                        io::Error::from(error)
                    ),
                    "make the directory, or let this user write to it",
                ),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::net::UnixListener;

    use tempfile::TempDir;

    use super::super::Verdict;
    use super::*;

    async fn one(address: &str, running: Option<&Running>) -> (Verdict, String) {
        let check = check(&[("x".to_owned(), address.parse().unwrap())], running).await.remove(0);
        (check.verdict, check.message)
    }

    #[tokio::test]
    async fn a_port_that_somebody_has_is_not_free() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let (verdict, message) = one(&address.to_string(), None).await;
        assert_eq!((verdict, message), (Verdict::Fail, format!("{address} is in use by another program")));

        let ours = Running { pid: Some(7), listeners: vec![format!("http://{address}")], admin: None };
        let (verdict, message) = one(&address.to_string(), Some(&ours)).await;
        assert_eq!(
            (verdict, message),
            (Verdict::Ok, format!("{address} is held by the running server, process 7"))
        );

        let all = Running {
            pid: Some(7),
            listeners: vec![format!("http://0.0.0.0:{}", address.port())],
            admin: None,
        };
        assert_eq!(one(&address.to_string(), Some(&all)).await.0, Verdict::Ok);

        let somebody = Running { pid: None, listeners: vec![format!("http://{address}")], admin: None };
        assert_eq!(one(&address.to_string(), Some(&somebody)).await.0, Verdict::Warn);

        drop(taken);
        assert_eq!(one(&address.to_string(), None).await.0, Verdict::Ok);
    }

    #[tokio::test]
    async fn an_address_can_be_had_once_and_free_ports_often() {
        let both = |address: &str| {
            [("a".to_owned(), address.parse().unwrap()), ("b".to_owned(), address.parse().unwrap())]
        };
        let checks = check(&both("unix:/tmp/never-made.sock"), None).await;
        assert_eq!(checks[1].message, "unix:/tmp/never-made.sock is that of `a` too");
        assert_eq!(checks[1].verdict, Verdict::Fail);
        let checks = check(&both("127.0.0.1:0"), None).await;
        assert!(checks.iter().all(|check| check.verdict == Verdict::Ok));
    }

    #[tokio::test]
    async fn an_address_of_another_machine_cannot_be_had() {
        let (verdict, message) = one("192.0.2.1:80", None).await;
        assert_eq!(verdict, Verdict::Fail);
        assert!(message.contains("does not have"), "{message}");
    }

    #[tokio::test]
    async fn a_socket_is_free_if_nobody_listens_there() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("a.sock");
        let address = format!("unix:{}", path.display());
        let verdict = async |running| one(&address, running).await.0;
        assert_eq!(verdict(None).await, Verdict::Ok);
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(verdict(None).await, Verdict::Fail);
        let ours = Running { pid: Some(7), listeners: vec![address.clone()], admin: None };
        assert_eq!(verdict(Some(&ours)).await, Verdict::Ok);
        drop(listener);
        assert_eq!(verdict(None).await, Verdict::Ok, "left behind");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "").unwrap();
        assert_eq!(verdict(None).await, Verdict::Fail, "no socket");

        let nowhere = format!("unix:{}/gone/a.sock", directory.path().display());
        assert_eq!(one(&nowhere, None).await.0, Verdict::Fail);
        let long = format!("unix:{}/{}", directory.path().display(), "x".repeat(LONGEST_PATH));
        assert_eq!(one(&long, None).await.0, Verdict::Fail);
    }
}
