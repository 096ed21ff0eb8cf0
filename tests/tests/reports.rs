//! Reports of what a real Prometheus has scraped, again and again, to wherever they are to be.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tsk::http::{Router, get};
use tsk_tests::{Application, Prometheus, curl, tsk, until};

/// A service that Prometheus has scraped, and a folder with its settings.
struct Scraped {
    prometheus: Prometheus,
    folder: TempDir,
    _service: Application,
}

impl Scraped {
    fn start() -> Self {
        let service =
            Application::start_with_admin(Router::new().route(get("/users/{id}", || async { "ada" })));
        let prometheus = Prometheus::scrape(service.admin(), &["/metrics"]);
        // Of a second before: a report ends with a whole second.
        until("a rate", || {
            curl(&[&service.url("/users/42")]);
            let rates = prometheus.eval("rate(http_server_request_duration_seconds_count[1m] offset 1s) > 0");
            if rates.is_empty() { Err("no rate") } else { Ok(()) }
        });
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("tsk.toml"), "grafana.title = \"Shop\"\n").expect("a folder of our own");
        Self { prometheus, folder, _service: service }
    }

    /// Reports of the last hour, one a second.
    fn report(&self, place: &[&str]) -> Reporting {
        let mut command = Command::new(tsk());
        command.args([
            "grafana",
            "report",
            "--span",
            "1h",
            "--every",
            "1s",
            "--prometheus",
            &self.prometheus.url(),
        ]);
        command.args(place).current_dir(self.folder.path()).stdin(Stdio::null()).stderr(Stdio::piped());
        Reporting(command.spawn().expect("it was built"))
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Ended when dropped.
struct Reporting(Child);

impl Drop for Reporting {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The body of the next request, which is answered so.
fn take(listener: &TcpListener, status: &str) -> String {
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut reader = BufReader::new(stream.try_clone().expect("a second descriptor"));
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a head");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    answer(&mut stream, status);
    String::from_utf8(body).expect("text")
}

fn answer(stream: &mut TcpStream, status: &str) {
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").expect("it reads");
}

/// What the service has counted is in it, as a picture.
fn is_whole(report: &str) -> bool {
    report.starts_with("<!doctype html>")
        && report.contains("<h1>Shop</h1>")
        && report.contains("GET /users/{id}")
        && report.contains("<polyline")
        && report.trim_end().ends_with("</html>")
}

#[test]
fn a_webhook_that_refuses_one_is_sent_the_next() {
    let scraped = Scraped::start();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let hook = format!("http://{}/hook", listener.local_addr().expect("it listens"));
    let mut reporting = scraped.report(&["--webhook", &hook]);
    assert!(is_whole(&take(&listener, "503 Service Unavailable")));
    let mut complaints = BufReader::new(reporting.0.stderr.take().expect("it is piped"));
    let mut line = String::new();
    complaints.read_line(&mut line).expect("a line");
    assert_eq!(line, format!("tsk: error: {hook} answers 503 Service Unavailable to the report\n"));
    for _ in 0..2 {
        assert!(is_whole(&take(&listener, "204 No Content")));
    }
}

#[test]
fn a_file_is_written_anew_and_each_mail_is_sent() {
    let scraped = Scraped::start();
    let file = scraped.path().join("report.html");
    let reporting = scraped.report(&["--output", "report.html"]);
    for _ in 0..2 {
        let report = until("a report", || fs::read_to_string(&file));
        assert!(is_whole(&report), "{report}");
        fs::remove_file(&file).expect("it is there");
    }
    drop(reporting);
    let sendmail = scraped.path().join("sendmail");
    let mails = scraped.path().join("mails");
    fs::create_dir(&mails).expect("a folder of our own");
    // A mail is there once all of it is.
    fs::write(&sendmail, "#!/bin/sh\ncat > mails/.$$\nmv mails/.$$ mails/$$\n").expect("a folder of our own");
    fs::set_permissions(&sendmail, fs::Permissions::from_mode(0o755)).expect("a file of our own");
    let _reporting = scraped.report(&["--mail", "team@example.org", "--sendmail", "./sendmail"]);
    let sent = until("two mails", || {
        let names = fs::read_dir(&mails).expect("it is there").map(|entry| entry.expect("a name").path());
        let sent: Vec<_> = names
            .filter(|path| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b".")))
            .collect();
        if sent.len() >= 2 { Ok(sent) } else { Err(sent) }
    });
    for path in sent {
        let mail = fs::read_to_string(path).expect("it is there");
        let (head, body) = mail.split_once("\n\n").expect("a head and a body");
        assert!(head.starts_with("To: team@example.org\nSubject: Shop: report\n"), "{head}");
        assert!(is_whole(body), "{body}");
    }
}
