//! `Option` and `Result` of arguments, and what is taken of the request's surroundings.

use std::sync::Arc;

use http::Method;
use tsk_core::Peer;

use super::*;
use crate::{Extension, Form, Valid, Validate, validate::Faults};

#[derive(Deserialize, Debug)]
struct Limit {
    limit: u8,
}

impl Validate for Limit {
    fn validate(&self, faults: &mut Faults) {
        faults.at("limit").range(self.limit, 1..=100);
    }
}

#[tokio::test]
async fn an_optional_argument_may_be_absent_but_not_wrong() {
    let query =
        |query: Option<Query<Limit>>| async move { format!("{:?}", query.map(|query| query.0.limit)) };
    let valid = |query: Option<Valid<Query<Limit>>>| async move { query.is_some().to_string() };
    let path = |path: Option<Path<u8>>, _: Method| async move { format!("{:?}", path.map(|path| path.0)) };
    let routes = Router::new()
        .route(get("/query", query))
        .route(get("/valid", valid))
        .route(get("/path", path))
        .route(get("/path/{id}", path))
        .build()
        .unwrap();
    for (target, status, body) in [
        ("/query", 200, "None"),
        ("/query?", 200, "None"),
        ("/query?limit=3", 200, "Some(3)"),
        ("/query?limit=x", 400, ""),
        ("/query?other=1", 400, ""),
        ("/valid", 200, "false"),
        ("/valid?limit=100", 200, "true"),
        ("/valid?limit=101", 422, ""),
        ("/path", 200, "None"),
        ("/path/7", 200, "Some(7)"),
        ("/path/x", 400, ""),
    ] {
        let answer = ask(&routes, &format!("GET {target}"), "").await;
        assert_eq!(answer.status(), status, "{target}");
        assert!(status != 200 || answer.body == body, "{target}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_optional_body_may_be_empty_but_not_wrong() {
    let json = |json: Option<Json<u8>>| async move { format!("{:?}", json.map(|json| json.0)) };
    let form = |form: Option<Form<Limit>>| async move { format!("{:?}", form.map(|form| form.0.limit)) };
    let valid = |Valid(json): Valid<Option<Json<Limit>>>| async move { json.is_some().to_string() };
    let also = |json: Option<Valid<Json<Limit>>>| async move { json.is_some().to_string() };
    let routes = Router::new()
        .route(post("/json", json))
        .route(post("/form", form))
        .route(post("/valid", valid))
        .route(post("/also", also))
        .build()
        .unwrap();
    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";
    for (path, media_type, body, status, expected) in [
        ("/json", JSON, "3", 200, "Some(3)"),
        ("/json", JSON, "", 200, "None"),
        ("/json", "text/plain", "", 200, "None"),
        ("/json", "text/plain", "3", 415, ""),
        ("/json", JSON, "x", 400, ""),
        ("/json", JSON, "\"x\"", 422, ""),
        ("/form", FORM, "limit=3", 200, "Some(3)"),
        ("/form", FORM, "", 200, "None"),
        ("/form", FORM, "limit=x", 422, ""),
        ("/form", JSON, "limit=3", 415, ""),
        ("/valid", JSON, "", 200, "false"),
        ("/valid", JSON, "{\"limit\":5}", 200, "true"),
        ("/valid", JSON, "{\"limit\":0}", 422, ""),
        ("/also", JSON, "", 200, "false"),
        ("/also", JSON, "{\"limit\":5}", 200, "true"),
        ("/also", JSON, "{\"limit\":0}", 422, ""),
    ] {
        let request = Request::post(path).header("content-type", media_type);
        let answer = send(&routes, request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status(), status, "{path} {body}");
        assert!(status != 200 || answer.body == expected, "{path} {body}: {}", answer.body);
    }
    // Nothing tells beforehand that there is nothing in this stream.
    let empty = http_body_util::StreamBody::new(Pieces::<Result<http_body::Frame<Bytes>, std::io::Error>>(
        Default::default(),
    ));
    assert_eq!(send(&routes, Request::post("/json").body(empty).unwrap()).await.body, "None");
}

#[tokio::test]
async fn a_handler_can_answer_for_a_refused_argument() {
    async fn head(path: Result<Path<u8>, Problem>, _: Method) -> String {
        path.map_or_else(|problem| format!("refused: {}", problem.status()), |path| path.0.to_string())
    }
    async fn last(path: Result<Path<u8>, Problem>) -> String {
        head(path, Method::GET).await
    }
    async fn body(json: Result<Json<u8>, Problem>) -> String {
        json.map_or_else(|problem| format!("refused: {}", problem.status()), |json| json.0.to_string())
    }
    let routes = Router::new()
        .route(get("/head/{id}", head))
        .route(get("/last/{id}", last))
        .route(post("/body", body))
        .build()
        .unwrap();
    for (what, sent, expected) in [
        ("GET /head/7", "", "7"),
        ("GET /head/x", "", "refused: 400 Bad Request"),
        ("GET /last/7", "", "7"),
        ("GET /last/x", "", "refused: 400 Bad Request"),
        ("POST /body", "7", "7"),
        ("POST /body", "x", "refused: 400 Bad Request"),
        ("POST /body", "", "refused: 415 Unsupported Media Type"),
    ] {
        assert_eq!(ask(&routes, what, sent).await.body, expected, "{what} {sent}");
    }
}

#[tokio::test]
async fn a_state_that_must_be_there_is_asked_for_at_start_however_it_is_taken() {
    async fn result(_: Result<State<Arc<str>>, Problem>) {}
    async fn optional(state: Option<State<Arc<str>>>) -> String {
        state.map_or_else(|| "none".into(), |state| state.0.to_string())
    }
    async fn needs(_: State<Arc<str>>) {}
    let refused = |router: Router| router.build().unwrap_err().to_string();
    assert!(
        refused(Router::new().route(get("/", result))).contains("needs the state `alloc::sync::Arc<str>`")
    );
    let fallback = refused(Router::new().fallback(needs));
    assert!(fallback.contains("the fallback at") && fallback.contains("needs the state"), "{fallback}");

    let router = || Router::new().route(get("/", optional));
    assert_eq!(ask(&router().build().unwrap(), "GET /", "").await.body, "none");
    let routes = router().state(Arc::<str>::from("there")).build().unwrap();
    assert_eq!(ask(&routes, "GET /", "").await.body, "there");
}

#[tokio::test]
async fn an_extension_is_what_a_layer_put_there() {
    #[derive(Clone)]
    struct Tenant(u32);
    let must = |Extension(tenant): Extension<Tenant>| async move { tenant.0.to_string() };
    let may = |tenant: Option<Extension<Tenant>>| async move { tenant.is_some().to_string() };
    let routes = Router::new().route(get("/must", must)).route(get("/may", may)).build().unwrap();
    let request = |path| Request::get(path).extension(Tenant(7)).body(Body::empty()).unwrap();
    assert_eq!(send(&routes, request("/must")).await.body, "7");
    assert_eq!(send(&routes, request("/may")).await.body, "true");
    assert_eq!(ask(&routes, "GET /may", "").await.body, "false");
    let answer = ask(&routes, "GET /must", "").await;
    assert_eq!(answer.status(), 500);
    assert!(!answer.body.contains("Tenant"), "{}", answer.body);
    let source = answer.response.extensions().get::<Problem>().and_then(std::error::Error::source);
    assert!(source.unwrap().to_string().contains("Tenant"));
}

#[tokio::test]
async fn the_peer_is_the_other_end_of_the_connection() {
    let routes = Router::new().route(get("/", |peer: Peer| async move { peer.to_string() })).build().unwrap();
    assert_eq!(ask(&routes, "GET /", "").await.body, "local");
}
