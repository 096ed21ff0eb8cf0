//! A server that does what a test says, and no more of HTTP than it must.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// What a server does with a request.
pub(crate) enum Answer {
    /// With that status, and the connection is kept.
    Status(u16),
    /// With 200, and the connection is closed without a word.
    Last,
    /// Never.
    Silence,
    /// With what no HTTP is.
    Nonsense,
}

/// Serves on a port of its own until the test process ends. Of a request, `answer` gets the first line.
pub(crate) fn serve(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, answer) = (stream.unwrap(), Arc::clone(&answer));
            // That a client goes is how it ends.
            thread::spawn(move || connection(stream, &*answer).ok());
        }
    });
    address
}

fn connection(mut stream: TcpStream, answer: &dyn Fn(&str) -> Answer) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(first) = request(&mut reader)? {
        let (status, is_last) = match answer(&first) {
            Answer::Status(status) => (status, false),
            Answer::Last => (200, true),
            Answer::Silence => continue,
            Answer::Nonsense => return stream.write_all(b"220 smtp.example.com\r\n\r\n"),
        };
        stream.write_all(format!("HTTP/1.1 {status} X\r\ncontent-length: 5\r\n\r\nhello").as_bytes())?;
        if is_last {
            break;
        }
    }
    Ok(())
}

/// The first line of the next request, all of which is read.
fn request(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    io::copy(&mut reader.take(length), &mut io::sink())?;
    Ok(Some(first.trim_end().to_owned()))
}
