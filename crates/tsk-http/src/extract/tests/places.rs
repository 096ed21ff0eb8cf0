//! Where a refused value is wrong, as clients are told.

use serde_json::{Value, json};
use std::num::NonZeroU8;

use super::*;
use crate::{Faults, Form, Valid, Validate, validate::VALIDATION_FAILED};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    payment: Option<Payment>,
}

#[derive(Deserialize)]
struct Line {
    sku: String,
    quantity: u8,
}

#[derive(Deserialize)]
enum Payment {
    Card { number: u64 },
}

impl Validate for Order {
    fn validate(&self, faults: &mut Faults) {
        faults.at("lines").nested(&self.lines);
        if let Some(Payment::Card { number }) = &self.payment {
            faults.at("payment").at("Card").at("number").range(*number, 1000..);
        }
    }
}

impl Validate for Line {
    fn validate(&self, faults: &mut Faults) {
        faults.at("sku").length(&self.sku, 1..=5);
        faults.at("quantity").range(self.quantity, 1..);
    }
}

fn orders() -> Routes {
    Router::new()
        .route(post("/json", |Json(_): Json<Order>| async {}))
        .route(post("/valid", |Valid(Json(_)): Valid<Json<Order>>| async {}))
        .build()
        .unwrap()
}

#[tokio::test]
async fn json_of_another_form_is_pointed_at() {
    let routes = orders();
    for (body, pointer, detail) in [
        (r#"{"lines":[{"sku":"tea","quantity":1},{"sku":"tea"}]}"#, "/lines/1", "missing field `quantity`"),
        (r#"{"lines":[{"sku":1}]}"#, "/lines/0/sku", "invalid type: integer `1`, expected a string"),
        (
            r#"{"payment":{"Card":{"number":-1}}}"#,
            "/payment/Card/number",
            "invalid value: integer `-1`, expected u64",
        ),
        (r#"{"payment":{"Cash":{}}}"#, "/payment", "unknown variant `Cash`, expected `Card`"),
        (r#"{"a/b":1}"#, "/a~1b", "unknown field `a/b`, expected `lines` or `payment`"),
        ("[3]", "/0", "invalid type: integer `3`, expected a sequence"),
        ("3", "", "invalid type: integer `3`, expected struct Order"),
    ] {
        let problem = ask(&routes, "POST /json", body).await.problem();
        assert_eq!((&problem["status"], &problem["location"]), (&json!(422), &json!("body")), "{body}");
        assert_eq!(problem["errors"], json!([{ "pointer": pointer, "detail": detail }]), "{body}");
    }
}

#[tokio::test]
async fn a_long_value_is_not_sent_back_whole() {
    let body = format!(r#"{{"lines":[{{"sku":"a","quantity":"{}\n"}}]}}"#, "x".repeat(10_000));
    let answer = ask(&orders(), "POST /json", &body).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.body.len() < 1_000, "{}", answer.body);
}

#[tokio::test]
async fn json_may_nest_128_deep() {
    #[derive(Deserialize)]
    struct Any(#[allow(dead_code, reason = "parsed and dropped")] Value);
    let routes = Router::new().route(post("/", |Json(_): Json<Any>| async {})).build().unwrap();
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(ask(&routes, "POST /", &nested(127)).await.status(), 200);
    for body in [nested(128), "[".repeat(1_000_000), "{\"a\":".repeat(200_000)] {
        let problem = ask(&routes, "POST /", &body).await.problem();
        assert_eq!((&problem["status"], &problem["type"]), (&json!(400), &json!(INVALID_JSON.uri)));
    }
    assert_eq!(ask(&routes, "POST /", &"9".repeat(1_000)).await.status(), 400, "no number that large");
}

#[tokio::test]
async fn every_fault_of_a_body_is_listed() {
    let body = r#"{"lines":[{"sku":"","quantity":0},{"sku":"coffee","quantity":1}],"payment":{"Card":{"number":7}}}"#;
    let problem = ask(&orders(), "POST /valid", body).await.problem();
    let expected = json!({
        "type": VALIDATION_FAILED.uri, "title": VALIDATION_FAILED.title, "status": 422,
        "detail": "The body is not valid: `/lines/0/sku`: must have at least 1 character, has 0; and there are 3 more faults.",
        "location": "body", "total": 4,
        "errors": [
            { "pointer": "/lines/0/sku", "detail": "must have at least 1 character, has 0" },
            { "pointer": "/lines/0/quantity", "detail": "must be at least 1, is 0" },
            { "pointer": "/lines/1/sku", "detail": "must have at most 5 characters, has 6" },
            { "pointer": "/payment/Card/number", "detail": "must be at least 1000, is 7" },
        ],
    });
    assert_eq!(problem, expected);
    assert_eq!(ask(&orders(), "POST /valid", "{}").await.status(), 200);
    assert_eq!(ask(&orders(), "POST /valid", "[[1]]").await.problem()["type"], UNPROCESSABLE_JSON.uri);
}

#[derive(Deserialize)]
struct Page {
    limit: Option<u8>,
    #[serde(default)]
    tag: Vec<u8>,
}

impl Validate for Page {
    fn validate(&self, faults: &mut Faults) {
        faults.at("limit").range(self.limit.unwrap_or(10), 1..=100);
        faults.at("tag").items(self.tag.len(), ..=2);
    }
}

#[tokio::test]
async fn parameters_are_named() {
    struct Id(u8);
    impl<'de> Deserialize<'de> for Id {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            u8::deserialize(deserializer).map(Self)
        }
    }
    impl Validate for Id {
        fn validate(&self, faults: &mut Faults) {
            faults.at("id").require(self.0.is_multiple_of(2), "must be even");
        }
    }
    let routes = Router::new()
        .route(get("/page", |Valid(Query(_)): Valid<Query<Page>>| async {}))
        .route(get("/nonzero/{id}", |Path(_): Path<NonZeroU8>| async {}))
        .route(get("/even/{id}", |Valid(Path(_)): Valid<Path<Id>>| async {}))
        .build()
        .unwrap();
    for (target, status, location, pointer, detail) in [
        ("/page?limit=300", 400, "query", "/limit", "number too large to fit in target type"),
        ("/page?limit=3&tag=1&tag=b", 400, "query", "/tag/1", "invalid digit found in string"),
        ("/page?limit=200", 422, "query", "/limit", "must be at most 100, is 200"),
        ("/nonzero/0", 400, "path", "/id", "invalid value: integer `0`, expected a nonzero u8"),
        ("/nonzero/x", 400, "path", "/id", "it must be a whole number from 0 to 255"),
        ("/even/3", 422, "path", "/id", "must be even"),
    ] {
        let problem = ask(&routes, &format!("GET {target}"), "").await.problem();
        assert_eq!(
            (&problem["status"], &problem["location"]),
            (&json!(status), &json!(location)),
            "{target}"
        );
        assert_eq!(problem["errors"], json!([{ "pointer": pointer, "detail": detail }]), "{target}");
    }
    assert_eq!(ask(&routes, "GET /page?limit=100&tag=1&tag=2", "").await.status(), 200);
    assert_eq!(ask(&routes, "GET /even/4", "").await.status(), 200);
}

fn form(body: &str) -> Request<Body> {
    let request =
        Request::post("/").header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    request.body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test]
async fn form_data_is_read() {
    let page =
        |Valid(Form(page)): Valid<Form<Page>>| async move { format!("{:?} {:?}", page.limit, page.tag) };
    let routes = Router::new().route(post("/", page).body_limit(30)).build().unwrap();
    assert_eq!(
        send(&routes, form("tag=1&limit=7&tag=+2".replace('+', "").as_str())).await.body,
        "Some(7) [1, 2]"
    );
    assert_eq!(send(&routes, form("")).await.body, "None []");
    let problem = send(&routes, form("tag=1&tag=b")).await.problem();
    assert_eq!(
        problem,
        json!({
            "type": UNPROCESSABLE_FORM.uri, "title": UNPROCESSABLE_FORM.title, "status": 422,
            "detail": "The body is not what was expected: `/tag/1`: invalid digit found in string.",
            "location": "body", "errors": [{ "pointer": "/tag/1", "detail": "invalid digit found in string" }],
        })
    );
    let problem = send(&routes, form("tag=1&tag=2&tag=3&limit=0")).await.problem();
    assert_eq!((&problem["type"], &problem["total"]), (&json!(VALIDATION_FAILED.uri), &json!(2)));
    assert_eq!(send(&routes, form(&"tag=1&".repeat(10))).await.status(), 413);
    let untyped = Request::post("/").body(Body::from("tag=1")).unwrap();
    let problem = send(&routes, untyped).await.problem();
    assert_eq!(problem["type"], UNSUPPORTED_MEDIA_TYPE.uri);
    assert_eq!(problem["detail"], "The request must have `content-type: application/x-www-form-urlencoded`.");
}
