//! Redis, and what speaks its protocol.

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use tsk_core::{
    Check,
    check::{Checking, Finding},
};

use crate::{
    tls::{self, Tls},
    url::Url,
};

/// Whether a server of Redis answers to PING, which it does not while it loads its data, cannot write it, or has no master.
///
/// It speaks the three commands that it needs itself (`AUTH`, `PING`, `QUIT`, in RESP 2), over a connection of its own.
pub struct Redis {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    user: Option<String>,
    password: Option<String>,
}

/// The longest line of a server that is read.
const LINE: usize = 1024;

impl Redis {
    /// A server at `redis://user:password@host:port`, or with TLS at `rediss://…`.
    ///
    /// # Errors
    ///
    /// A URL that is none of these, in a line.
    pub fn new(url: &Url, tls: Tls) -> Result<Self, String> {
        let wrong =
            || "it is no URL of Redis; write redis://:password@host:6379, or rediss:// for TLS".to_owned();
        let parts = url.parts().ok_or_else(wrong)?;
        let tls = match parts.scheme {
            "redis" => None,
            "rediss" => Some((tls.connector()?, tls::name(parts.host)?)),
            _ => return Err(wrong()),
        };
        let (host, port) = (parts.host.to_owned(), parts.port.unwrap_or(6379));
        Ok(Self { host, port, tls, user: parts.user, password: parts.password })
    }

    async fn look(&self) -> Result<(), String> {
        let stream = TcpStream::connect((&*self.host, self.port)).await;
        let stream = stream.map_err(|error| format!("there is no connection: {error}"))?;
        match &self.tls {
            None => self.speak(stream).await,
            Some((connector, name)) => self.speak(tls::connect(connector, name.clone(), stream).await?).await,
        }
    }

    async fn speak(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<(), String> {
        if let Some(password) = &self.password {
            let arguments = ["AUTH"].into_iter().chain(self.user.as_deref()).chain([password.as_str()]);
            expect(&mut stream, &command(arguments), "OK").await?;
        }
        expect(&mut stream, &command(["PING"]), "PONG").await?;
        // So that it is not taken for one that was lost; it works either way.
        let _ = stream.write_all(&command(["QUIT"])).await;
        Ok(())
    }
}

/// A command as an array of bulk strings, in which nothing needs to be escaped.
fn command<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let words: Vec<&str> = words.into_iter().collect();
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    bytes
}

async fn expect(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    command: &[u8],
    answer: &str,
) -> Result<(), String> {
    stream.write_all(command).await.map_err(|error| error.to_string())?;
    let line = line(stream).await?;
    match line.split_at_checked(1) {
        Some(("+", said)) if said == answer => Ok(()),
        Some(("-", said)) => Err(said.to_owned()),
        _ => Err("what answers does not speak as Redis does".to_owned()),
    }
}

/// One line, without its end. An answer is one, and nothing is behind it until the next command, so that reading ahead of
/// it takes nothing away.
async fn line(stream: &mut (impl AsyncRead + Unpin)) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(64);
    while !bytes.ends_with(b"\r\n") {
        if bytes.len() >= LINE {
            return Err("what answers does not speak as Redis does".to_owned());
        }
        let mut chunk = [0; 64];
        match stream.read(&mut chunk).await {
            Ok(0) => return Err("the connection was closed".to_owned()),
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
            Err(error) => return Err(error.to_string()),
        }
    }
    bytes.truncate(bytes.len() - 2);
    String::from_utf8(bytes).map_err(|_| "what answers does not speak as Redis does".to_owned())
}

impl Check for Redis {
    fn check(&self) -> Checking<'_> {
        Box::pin(async move { self.look().await.map_or_else(Finding::fail, |()| Finding::pass()) })
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::net::TcpListener;

    use super::*;

    /// What is found where a server answers so, and what it was asked.
    async fn found(answers: &[&str], user: &str) -> (Finding, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::from(format!("redis://{user}{}", listener.local_addr().unwrap()));
        let redis = Redis::new(&url, Tls::new(None).unwrap()).unwrap();
        let serve = async {
            let mut stream = listener.accept().await.unwrap().0;
            let mut asked = Vec::new();
            for answer in answers {
                let mut chunk = [0; 256];
                let length = stream.read(&mut chunk).await.unwrap();
                asked.extend_from_slice(&chunk[..length]);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            String::from_utf8(asked).unwrap()
        };
        tokio::join!(redis.check(), serve)
    }

    #[tokio::test]
    async fn says_who_it_is_and_pings() {
        let (finding, asked) = found(&["+OK\r\n", "+PONG\r\n"], "me:p%20w@").await;
        assert_eq!(finding, Finding::pass());
        assert_eq!(asked, "*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$3\r\np w\r\n*1\r\n$4\r\nPING\r\n");
        let (finding, asked) = found(&["+PONG\r\n"], "").await;
        assert_eq!((finding, asked.as_str()), (Finding::pass(), "*1\r\n$4\r\nPING\r\n"));
    }

    #[tokio::test]
    async fn what_the_server_says_is_told() {
        let (finding, _) = found(&["-LOADING Redis is loading the dataset in memory\r\n"], "").await;
        assert_eq!(finding, Finding::fail("LOADING Redis is loading the dataset in memory"));
        let (finding, _) = found(&["-WRONGPASS invalid username-password pair\r\n"], ":x@").await;
        assert_eq!(finding, Finding::fail("WRONGPASS invalid username-password pair"));
    }

    #[tokio::test]
    async fn what_does_not_speak_so_is_told_apart_and_not_read_without_end() {
        let endless = "x".repeat(64 * 1024);
        for answer in ["HTTP/1.1 400 Bad Request\r\n", "+NO\r\n", "\r\n", endless.as_str()] {
            let (finding, _) = found(&[answer], "").await;
            assert_eq!(finding, Finding::fail("what answers does not speak as Redis does"), "{answer:.20}");
        }
    }

    #[test]
    fn a_url_of_something_else_is_refused_without_showing_it() {
        for url in ["http://a", "redis://", "a:6379", "redis://:xyzzy/@a"] {
            let error = Redis::new(&Url::from(url), Tls::new(None).unwrap()).unwrap_err();
            assert!(error.starts_with("it is no URL of Redis") && !error.contains("xyzzy"), "{error}");
        }
    }
}
