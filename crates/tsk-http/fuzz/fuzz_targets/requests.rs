//! Well-formed requests with any fields, queries and bodies: whatever they hold, it is not the server that fails.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};
use tower_layer::Layer;
use tsk_http::{
    Cookies, Dispatch, Entry, Exit, Files, Form, Html, Json, Multipart, Path, Problem, Query, Router, any,
    get,
    layer::{compress, cors, decompress, security_headers},
    post,
};
use tsk_http_fuzz::{answers, server::Running};

#[derive(Debug, Serialize, Deserialize)]
struct Thing {
    id: Option<u64>,
    name: Option<String>,
    tags: Option<Vec<String>>,
    nested: Option<Box<Thing>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Page {
    page: Option<u32>,
    word: Option<String>,
}

async fn multipart(mut form: Multipart) -> Result<String, Problem> {
    let mut seen = 0;
    while let Some(mut field) = form.next_field().await? {
        seen += field.name().len() + field.file_name().map_or(0, str::len);
        while let Some(piece) = field.chunk().await? {
            seen += piece.len();
        }
    }
    Ok(seen.to_string())
}

async fn cookies(cookies: Cookies) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value};")).collect()
}

fn start() -> Running {
    let folder = tempfile::tempdir().expect("a temporary folder").keep();
    for (name, text) in
        [("a.txt", "0123456789".repeat(300)), ("b/index.html", "<p>".into()), (".hidden", "no".into())]
    {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder of our own");
        std::fs::write(path, text).expect("a file of our own");
    }
    let routes = Router::new()
        .route(get("/paths/{id}/{word}", |Path((id, word)): Path<(u64, String)>| async move {
            format!("{id} {word}")
        }))
        .route(get("/query", |Query(page): Query<Page>| async { Json(page) }))
        .route(post("/json", |Json(thing): Json<Thing>| async { Json(thing) }))
        .route(post("/form", |Form(page): Form<Page>| async { Json(page) }))
        .route(post("/multipart", multipart))
        .route(get("/cookies", cookies))
        .route(any("/text", |text: String| async { Html(text) }))
        .fallback_service(Files::new(&folder).expect("a folder").listing(true).precompressed(true))
        .build()
        .expect("routes without conflicts");
    let compress = compress::CompressLayer::new(&compress::Config::default()).expect("defaults");
    let decompress = decompress::DecompressLayer::new(&decompress::Config::default()).expect("defaults");
    let security =
        security_headers::SecurityHeadersLayer::new(&security_headers::Config::default()).expect("defaults");
    let origins = cors::Config { origins: vec!["https://a.example".into()], ..cors::Config::default() };
    let cors = cors::CorsLayer::new(&origins).expect("an origin").routes(routes.clone());
    Running::start(move |connection| {
        let dispatch = decompress.layer(Dispatch::new(routes.clone(), 1 << 16));
        let exit = Exit::new(security.layer(compress.layer(dispatch)), None);
        Entry::new(cors.layer(exit), routes.clone(), connection)
    })
}

static SERVER: LazyLock<Running> = LazyLock::new(start);

/// Where a request goes, by the first byte of an input.
const LINES: [&str; 16] = [
    "GET /a.txt",
    "HEAD /a.txt",
    "GET /b/",
    "GET /b",
    "GET /",
    "GET /{}",
    "GET /a.txt?{}",
    "GET /paths/{}",
    "GET /query?{}",
    "GET /cookies",
    "POST /json",
    "POST /form",
    "POST /multipart",
    "POST /text",
    "OPTIONS /{}",
    "{} /text",
];

/// Fields that are read, by the first byte of a line.
const NAMES: [&str; 24] = [
    "range",
    "if-range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "accept-encoding",
    "accept",
    "content-type",
    "content-encoding",
    "cookie",
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "access-control-request-private-network",
    "connection",
    "expect",
    "te",
    "x-forwarded-for",
    "forwarded",
    "traceparent",
    "x-request-id",
    "last-event-id",
    "user-agent",
];

// The first byte chooses the target, the first line fills it in; further lines are fields, by their first byte;
// behind an empty line is the body.
fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let end = rest.windows(2).position(|window| window == b"\n\n").unwrap_or(rest.len());
    let (head, body) = (&rest[..end], rest.get(end + 2..).unwrap_or_default());
    let mut lines = head.split(|byte| *byte == b'\n');
    let word: String = lines.next().unwrap_or_default().iter().map(|byte| char::from(byte & 0x7f)).collect();
    let word: String = word.chars().filter(|char| char.is_ascii_graphic() && *char != '#').collect();
    let line = LINES[usize::from(*first) % LINES.len()];
    // A method is a token.
    let word = if line.starts_with('{') {
        word.replace(|char: char| !char.is_ascii_alphabetic(), "X")
    } else {
        word
    };
    let method = if word.is_empty() { "X" } else { &word };
    let line = if line.starts_with('{') { line.replace("{}", method) } else { line.replace("{}", &word) };
    let mut request =
        format!("{line} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {}\r\n", body.len())
            .into_bytes();
    for line in lines.take(12) {
        let Some((first, value)) = line.split_first() else { continue };
        request.extend(NAMES[usize::from(*first) % NAMES.len()].bytes().chain(*b": "));
        request.extend(value.iter().filter(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..)));
        request.extend(b"\r\n");
    }
    request.extend(b"\r\n");
    request.extend(body);
    let answer = SERVER.exchange(&request);
    // The answer to HEAD has no content; nothing is read behind it.
    if !line.starts_with("HEAD ") {
        for answer in answers::read(&answer) {
            assert!(answer.status < 500 || answer.status == 501, "{answer:?}");
        }
    }
});
