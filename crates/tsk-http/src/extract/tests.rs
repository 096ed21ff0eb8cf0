#![allow(clippy::unwrap_used)]

use serde::{Deserialize, Serialize};

mod optional;
mod places;

use super::*;
use crate::{
    Router, Routes, get, post,
    testing::{ask, send},
};

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
}

#[derive(Deserialize, Serialize)]
struct Named {
    id: u8,
    colour: Colour,
    note: Option<String>,
}

fn paths() -> Routes {
    Router::new()
        .route(get("/one/{id}", |Path(id): Path<u8>| async move { id.to_string() }))
        .route(get("/text/{id}", |Path(id): Path<String>| async move { id }))
        .route(get("/tuple/{a}/{b}", |Path((a, b)): Path<(i16, bool)>| async move { format!("{a} {b}") }))
        .route(get("/named/{colour}/{id}/{note}", |Path(named): Path<Named>| async move { Json(named) }))
        .route(get("/list/{a}/{b}", |Path(list): Path<Vec<u8>>| async move { format!("{list:?}") }))
        .route(get("/wrong/{a}/{b}", |Path(_): Path<u8>| async {}))
        .route(get("/missing/{a}", |Path(_): Path<Named>| async {}))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_path_gives_values_tuples_and_structs() {
    let routes = paths();
    for (path, expected) in [
        ("/one/7", "7"),
        ("/text/%C3%A9t%C3%A9", "été"),
        ("/tuple/-3/true", "-3 true"),
        ("/named/green/9/x%20y", r#"{"id":9,"colour":"green","note":"x y"}"#),
        ("/list/1/2", "[1, 2]"),
    ] {
        assert_eq!(ask(&routes, &format!("GET {path}"), "").await.body, expected, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_path_says_which_parameter_and_why() {
    let routes = paths();
    for (path, detail) in [
        ("/one/256", "`id`: it must be a whole number from 0 to 255."),
        ("/one/-1", "`id`: it must be a whole number from 0 to 255."),
        ("/tuple/1/yes", "`b`: it must be `true` or `false`."),
        ("/named/blue/1/x", "`colour`: it must be one of red, green."),
        ("/text/%FF", "`id`: its percent-encoding is not UTF-8."),
    ] {
        let problem = ask(&routes, &format!("GET {path}"), "").await.problem();
        assert_eq!((&problem["status"], &problem["type"]), (&400.into(), &INVALID_PATH.uri.into()), "{path}");
        assert!(problem["detail"].as_str().unwrap().ends_with(detail), "{problem}");
    }
}

#[tokio::test]
async fn a_handler_that_does_not_fit_its_route_is_not_the_clients_fault() {
    let routes = paths();
    for path in ["/wrong/1/2", "/missing/1"] {
        let answer = ask(&routes, &format!("GET {path}"), "").await;
        assert_eq!(answer.status(), 500, "{path}");
        assert!(!answer.body.contains("handler"), "{}", answer.body);
        assert!(answer.problem()["request_id"].is_string());
    }
}

#[tokio::test]
async fn a_query_gives_structs() {
    #[derive(Deserialize)]
    struct Page {
        #[serde(default)]
        tag: Vec<String>,
        limit: Option<u8>,
    }
    let page = |Query(page): Query<Page>| async move { format!("{:?} {:?}", page.tag, page.limit) };
    let routes = Router::new().route(get("/", page)).build().unwrap();
    assert_eq!(ask(&routes, "GET /", "").await.body, "[] None");
    assert_eq!(ask(&routes, "GET /?tag=a&limit=3&tag=b%26c", "").await.body, "[\"a\", \"b&c\"] Some(3)");
    let problem = ask(&routes, "GET /?limit=300", "").await.problem();
    assert_eq!((&problem["status"], &problem["type"]), (&400.into(), &INVALID_QUERY.uri.into()));
}

fn mirror() -> Routes {
    let mirror = |Json(colour): Json<Colour>| async move { Json(colour) };
    let bytes = |bytes: Bytes| async move { bytes.len().to_string() };
    let text = |text: String| async move { text };
    Router::new()
        .route(post("/json", mirror).body_limit(16))
        .route(post("/bytes", bytes))
        .route(post("/text", text))
        .build()
        .unwrap()
}

#[tokio::test]
async fn json_is_read_and_written() {
    let answer = ask(&mirror(), "POST /json", "\"red\"").await;
    assert_eq!((answer.header("content-type"), &*answer.body), (Some("application/json"), "\"red\""));
}

#[tokio::test]
async fn wrong_json_is_told_apart() {
    let routes = mirror();
    for (body, status, kind) in [
        ("\"red", 400, INVALID_JSON),
        ("\"blue\"", 422, UNPROCESSABLE_JSON),
        ("\"a colour that is too long\"", 413, TOO_LARGE),
    ] {
        let problem = ask(&routes, "POST /json", body).await.problem();
        assert_eq!((&problem["status"], &problem["type"]), (&status.into(), &kind.uri.into()), "{body}");
    }
    let untyped = Request::post("/json").body(Body::from("\"red\"")).unwrap();
    assert_eq!(send(&routes, untyped).await.problem()["type"], UNSUPPORTED_MEDIA_TYPE.uri);
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_before_it_is_read() {
    let unread = Pieces::<Result<http_body::Frame<Bytes>, std::io::Error>>(Default::default());
    let request = Request::post("/json").header("content-length", "17");
    let by_field = request.body(Body::new(http_body_util::StreamBody::new(unread))).unwrap();
    let by_itself = Request::post("/json").body(Body::from("seventeen bytes..")).unwrap();
    for request in [by_field, by_itself] {
        let answer = send(&mirror(), request).await;
        assert_eq!((answer.status(), answer.header("connection")), (413, Some("close")));
        assert_eq!(answer.problem()["limit"], 16);
    }
}

#[tokio::test]
async fn bytes_and_text_are_read_whole() {
    use http_body::Frame;
    let pieces =
        ["one ", "two ", "three"].map(|piece| Ok::<_, std::io::Error>(Frame::data(Bytes::from(piece))));
    let stream = http_body_util::StreamBody::new(Pieces(pieces.into_iter().collect()));
    let answer = send(&mirror(), Request::post("/text").body(stream).unwrap()).await;
    assert_eq!(answer.body, "one two three");
    assert_eq!(ask(&mirror(), "POST /bytes", "").await.body, "0");
    let answer = send(&mirror(), Request::post("/text").body(Body::from(vec![0xff])).unwrap()).await;
    assert_eq!(answer.status(), 400);
}

pub(super) struct Pieces<T>(pub(super) std::collections::VecDeque<T>);

impl<T: Unpin> futures_core::Stream for Pieces<T> {
    type Item = T;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<T>> {
        std::task::Poll::Ready(self.0.pop_front())
    }
}

#[tokio::test]
async fn the_whole_request_can_be_taken() {
    let whole = |request: Request<Body>| async move {
        let context = RequestContext::get(request.extensions()).unwrap().endpoint().to_string();
        format!("{} {} {context}", request.method(), request.uri())
    };
    let routes = Router::new().route(post("/{x}", whole)).build().unwrap();
    assert_eq!(ask(&routes, "POST /y?z", "").await.body, "POST /y?z POST /{x}");
}

proptest::proptest! {
    #[test]
    fn no_parameter_panics(value in "[!-.0-~]{0,30}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let routes = paths();
        for path in ["one", "text", "named/red", "missing"] {
            let uri: Result<http::Uri, _> = format!("/{path}/{value}").parse();
            if let Ok(uri) = uri {
                let request = Request::get(uri).body(Body::empty()).unwrap();
                let status = runtime.block_on(send(&routes, request)).status();
                proptest::prop_assert!([200, 400, 404, 500].contains(&status));
            }
        }
    }
}

#[tokio::test]
async fn a_whole_number_is_an_integer_however_it_is_written() {
    async fn double(Json([a, b]): Json<[u8; 2]>) -> Json<[u16; 2]> {
        Json([u16::from(a) * 2, u16::from(b) * 2])
    }
    let routes = Router::new().route(post("/", double)).build().unwrap();
    for (body, status) in [("[1, 2.0]", 200), ("[1e2, 2]", 200), ("[1.5, 2]", 422), ("[256.0, 2]", 422)] {
        assert_eq!(ask(&routes, "POST /", body).await.status(), status, "{body}");
    }
}
