//! What a client says again with each request is judged once, and what it says otherwise is judged anew.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use http::{Request, Response};
use tsk::http::{ETag, Next, access_log, middleware::Chain};
use tsk::prelude::*;

const FIELDS: [&str; 9] = [
    "host: test\r\naccept-encoding: gzip\r\n",
    "host: test\r\naccept-encoding: gzip\r\n",
    "host: test\r\naccept-encoding: zstd\r\n",
    "host: test\r\naccept-encoding: gzip\r\nif-none-match: \"7\"\r\n",
    "host: test\r\naccept-encoding: gzip\r\nif-none-match: \"7\"\r\n",
    "host: test\r\naccept-encoding: gzip\r\nif-none-match: \"8\"\r\n",
    "host: test\r\naccept-encoding: gzip\r\n",
    "host: test\r\naccept: text/plain;q=0.1\r\n",
    "host: te/st\r\naccept-encoding: gzip\r\n",
];

fn app(change: impl FnOnce(&mut Config)) -> App {
    let mut config = Config::default();
    config.http.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.admin.enabled = false;
    change(&mut config);
    let tagged = || async { ([ETag::version(7).into()], "long ".repeat(1000)) };
    App::new(config)
        .routes(Router::new().route(get("/tagged", tagged)).route(get("/plain", || async { "plain" })))
}

/// The answers to requests on one connection, as far as they stay the same.
fn ask(address: SocketAddr, requests: &[String]) -> Vec<(Vec<String>, Vec<u8>)> {
    let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
    let mut answer = |request: &String| {
        stream.get_mut().write_all(request.as_bytes()).unwrap();
        let head = (&mut stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty());
        let varies = |line: &String| line.starts_with("date: ") || line.starts_with("x-request-id: ");
        let head: Vec<_> = head.filter(|line| !varies(line)).collect();
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        stream.read_exact(&mut body).unwrap();
        let mut is_chunked = head.iter().any(|line| line == "transfer-encoding: chunked");
        while is_chunked {
            let mut size = String::new();
            stream.read_line(&mut size).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk).unwrap();
            body.extend_from_slice(&chunk[..size]);
            is_chunked = size > 0;
        }
        (head, body)
    };
    requests.iter().map(&mut answer).collect()
}

/// Serves the application for as long as somebody asks it.
async fn served(app: App, asks: impl FnOnce(SocketAddr) + Send + 'static) {
    let drain = app.drain();
    let bound = app.bind().await.unwrap();
    let address = bound.addresses()[0].tcp().unwrap();
    let serving = tokio::spawn(bound.serve());
    tokio::task::spawn_blocking(move || asks(address)).await.unwrap();
    drain.start();
    serving.await.unwrap().unwrap();
}

async fn agrees(app: App) {
    served(app, |address| {
        let paths = ["/tagged", "/plain", "/nowhere", "/tagged"];
        let requests: Vec<_> = FIELDS
            .iter()
            .flat_map(|fields| paths.map(|path| format!("GET {path} HTTP/1.1\r\n{fields}\r\n")))
            .take(FIELDS.len() * paths.len() - paths.len() + 1)
            .collect();
        let together = ask(address, &requests);
        for (request, together) in requests.iter().zip(together) {
            let alone = ask(address, std::slice::from_ref(request)).remove(0);
            assert_eq!(together, alone, "{request}");
        }
        let statuses = [200, 200, 200, 304, 304, 200, 200, 200, 400];
        let firsts = requests.iter().step_by(paths.len());
        for (request, status) in firsts.zip(statuses) {
            let (head, _) = ask(address, std::slice::from_ref(request)).remove(0);
            assert!(head[0].starts_with(&format!("HTTP/1.1 {status} ")), "{request}{head:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_repeats_fields_is_answered_as_who_does_not() {
    agrees(app(|_| {})).await;
    let logged =
        access_log::Config { to: access_log::Target::File("/dev/null".into()), ..Default::default() };
    agrees(app(|config| config.http.access_log = Some(logged))).await;
}

#[tokio::test]
async fn whoever_repeats_fields_is_logged_as_who_does_not() {
    const FIELDS: [&str; 9] = [
        "host: test\r\nuser-agent: a\r\n",
        "host: test\r\nuser-agent: a\r\n",
        "host: test\r\nuser-agent: a \"quoted\"\r\nx-forwarded-for: 192.0.2.7\r\n",
        "host: test\r\nuser-agent: a \"quoted\"\r\nx-forwarded-for: 192.0.2.7\r\n",
        "host: test\r\nuser-agent: a \"quoted\"\r\nx-forwarded-for: 192.0.2.8\r\n",
        "host: test\r\nuser-agent: b\r\nreferer: /?token=1&page=1\r\n",
        "host: test\r\nuser-agent: b\r\nreferer: /?token=2&page=1\r\n",
        "host: test\r\n",
        "host: test\r\nuser-agent: a\r\n",
    ];
    let requests = FIELDS.map(|fields| {
        ["/plain", "/plain?page=1", "/tagged"].map(|target| format!("GET {target} HTTP/1.1\r\n{fields}\r\n"))
    });
    let bodies = ["1", "22", "333"].map(|body| {
        format!("POST /plain HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    });
    let requests = [requests.as_flattened(), &bodies].concat();
    for format in [access_log::Format::Json, access_log::Format::Text] {
        for headers in [&["user-agent", "referer"][..], &["content-length"]] {
            let together = lines(&[&requests], format, headers).await;
            let alone: Vec<_> = requests.iter().map(std::slice::from_ref).collect();
            assert_eq!(together, lines(&alone, format, headers).await);
            assert_eq!(together.len(), requests.len());
        }
    }
}

/// What is logged of requests, those of a connection together, as far as it stays the same.
async fn lines(connections: &[&[String]], format: access_log::Format, headers: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let (to, headers) =
        (access_log::Target::File(path.clone()), headers.iter().map(ToString::to_string).collect());
    let app = app(|config| {
        config.http.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        config.http.access_log = Some(access_log::Config { to, format, headers, ..Default::default() });
    });
    let connections = connections.iter().map(|requests| requests.to_vec()).collect::<Vec<_>>();
    served(app, move |address| connections.iter().for_each(|requests| drop(ask(address, requests)))).await;
    let text = std::fs::read_to_string(path).unwrap();
    let from = |line: &str| line.find(r#""method""#).or(line.find("GET ")).or(line.find("POST "));
    text.lines().map(|line| line[from(line).unwrap()..].to_owned()).collect()
}

#[tokio::test]
async fn so_are_they_where_middleware_waits() {
    async fn waits(request: Request<Body>, next: Next) -> Response<Body> {
        tokio::task::yield_now().await;
        next.run(request).await
    }
    agrees(app(|_| {}).middleware(waits)).await;
    let outer = tower_layer::layer_fn(|next: Next| Chain::default().middleware(waits).around(next));
    agrees(app(|_| {}).outer_layer(outer)).await;
}
