#![allow(clippy::unwrap_used, dead_code)]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tsk_core::{Operation, Problem, operation::Location};

use super::{DeclareAnswers, Status, schemars::JsonSchema};
use crate::{Form, Html, Json, Multipart, Path, Query, Redirect, Route, Router, State, Valid, get, post};

#[derive(Serialize, Deserialize, JsonSchema)]
struct User {
    /// Given by the service.
    id: u64,
    name: String,
    role: Option<Role>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Role {
    Reader,
    Writer,
}

#[derive(Deserialize, JsonSchema)]
struct Page {
    /// How many to skip.
    #[serde(default)]
    offset: u32,
    role: Role,
}

fn described(router: Router) -> Operation {
    router.build().unwrap().table().get(0).operation().clone()
}

fn statuses(operation: &Operation) -> Vec<u16> {
    operation.responses.keys().copied().collect()
}

#[test]
fn a_body_and_an_answer_have_the_schemas_of_their_types() {
    async fn create(State(()): State<()>, Json(user): Json<User>) -> Status<201, Json<User>> {
        Status(Json(user))
    }
    let operation = described(Router::new().state(()).api(post("/users", create)));
    let body = &operation.request.as_ref().unwrap().media["application/json"];
    assert_eq!(body["properties"]["id"]["description"], "Given by the service.");
    assert_eq!(body["required"], json!(["id", "name"]));
    assert_eq!(body["$defs"]["Role"]["enum"], json!(["reader", "writer"]));
    let answer = &operation.responses[&201].content.media["application/json"];
    assert_eq!(answer["properties"]["name"]["type"], "string");
    assert_eq!(statuses(&operation), [201, 400, 408, 413, 415, 422]);
}

#[test]
fn parameters_are_those_of_the_whole_path_and_the_query() {
    async fn find(
        Path((org, id)): Path<(String, u64)>,
        Query(page): Query<Page>,
    ) -> Result<Json<User>, Problem> {
        let _ = (org, id, page);
        Err(Problem::internal("nothing"))
    }
    let users = Router::new().api(get("/users/{id}", find).problem(404, "There is no such user."));
    let operation = described(Router::new().nest("/orgs/{org}", users));
    let parameters: Vec<_> = operation
        .parameters
        .iter()
        .map(|parameter| (parameter.name.as_str(), parameter.location, parameter.required))
        .collect();
    assert_eq!(
        parameters,
        [
            ("org", Location::Path, true),
            ("id", Location::Path, true),
            ("offset", Location::Query, false),
            ("role", Location::Query, true),
        ]
    );
    assert_eq!(operation.parameters[1].schema["type"], "integer");
    assert_eq!(operation.parameters[1].schema["maximum"], u64::MAX);
    assert_eq!(operation.parameters[2].description.as_deref(), Some("How many to skip."));
    // A schema stands by itself: what it refers to is in it.
    let role = &operation.parameters[3].schema;
    assert_eq!(
        role.pointer(role["$ref"].as_str().unwrap().strip_prefix('#').unwrap()).unwrap()["type"],
        "string"
    );
    assert_eq!(statuses(&operation), [200, 400, 404]);
    assert!(operation.fallback.is_some());
}

#[test]
fn what_the_route_says_comes_before_what_its_handler_says() {
    async fn upload(form: Multipart) -> Status<204> {
        drop(form);
        Status(())
    }
    let parts =
        json!({ "type": "object", "properties": { "photo": { "type": "string", "format": "binary" } } });
    let route = post("/photos", upload)
        .summary("Upload a photo")
        .takes("multipart/form-data", parts.clone())
        .problem(413, "A photo has at most 10 MB.")
        .operation_id("uploadPhoto");
    let operation = described(Router::new().api(route));
    assert_eq!(operation.request.unwrap().media["multipart/form-data"], parts);
    assert_eq!(operation.responses[&413].description, "A photo has at most 10 MB.");
    assert_eq!(
        (operation.id.as_deref(), operation.summary.as_deref()),
        (Some("uploadPhoto"), Some("Upload a photo"))
    );
    assert!(operation.responses.contains_key(&204) && !operation.responses.contains_key(&200));
}

#[test]
fn an_optional_body_may_be_absent_and_what_a_handler_answers_itself_is_not_said() {
    async fn patch(body: Option<Json<User>>) -> Html<&'static str> {
        drop(body);
        Html("")
    }
    assert!(described(Router::new().api(post("/", patch))).request.unwrap().optional);

    async fn lenient(query: Result<Query<Page>, Problem>) -> Redirect {
        drop(query);
        Redirect::to("/")
    }
    let operation = described(Router::new().api(get("/", lenient)));
    assert_eq!((operation.parameters.len(), statuses(&operation)), (2, vec![303, 307, 308]));
}

#[test]
fn each_kind_of_body_has_its_media_type() {
    fn media(route: Route) -> Vec<String> {
        let router = Router::new().route(route);
        described(router).request.map(|content| content.media.into_keys().collect()).unwrap_or_default()
    }
    assert!(media(post("/", |_: Form<Page>| async {}).erased()).is_empty(), "`route` documents nothing");
    let of = |router: Router| described(router).request.unwrap().media.into_keys().next().unwrap();
    assert_eq!(
        of(Router::new().api(post("/", |_: Form<Page>| async {}))),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(of(Router::new().api(post("/", |_: String| async {}))), "text/plain");
    assert_eq!(of(Router::new().api(post("/", |_: bytes::Bytes| async {}))), "application/octet-stream");
}

#[tokio::test]
async fn a_status_is_the_one_of_its_type() {
    let routes = Router::new().api(post("/", || async { Status::<202, _>("later") })).build().unwrap();
    let client = crate::testing::Client::new(routes.service(tsk_core::Peer::Local));
    let response = client.request(http::Method::POST, "/").await;
    assert_eq!((response.status().as_u16(), response.text().await.as_str()), (202, "later"));
}

#[test]
fn a_valid_argument_says_what_happens_to_others() {
    #[derive(Deserialize, JsonSchema)]
    struct Age {
        age: u8,
    }
    impl crate::validate::Validate for Age {
        fn validate(&self, _: &mut crate::validate::Faults) {}
    }
    let operation = described(Router::new().api(get("/", |_: Valid<Query<Age>>| async {})));
    assert_eq!(statuses(&operation), [200, 400, 422]);
    assert_eq!(operation.parameters[0].schema["maximum"], Value::from(255));
}

#[test]
fn what_is_text_on_its_way_is_never_null() {
    #[derive(Deserialize, JsonSchema)]
    struct Filter {
        limit: Option<u32>,
        role: Option<Role>,
        #[serde(default)]
        word: String,
    }
    async fn find(Query(filter): Query<Filter>, Form(form): Form<Filter>) {
        let _ = (filter.limit, filter.role, filter.word, form.limit, form.role, form.word);
    }
    let operation = described(Router::new().api(post("/", find)));
    let form = &operation.request.as_ref().unwrap().media["application/x-www-form-urlencoded"];
    for (limit, role) in [
        (&operation.parameters[0].schema, &operation.parameters[1].schema),
        (&form["properties"]["limit"], &form["properties"]["role"]),
    ] {
        assert_eq!(limit["type"], "integer");
        assert!(role.get("anyOf").is_none() && role["$ref"] == "#/$defs/Role", "{role}");
    }
    assert_eq!(
        (&operation.parameters[2].schema["type"], &form["properties"]["word"]["type"]),
        (&json!("string"), &json!("string"))
    );
    assert!(operation.parameters.iter().all(|parameter| !parameter.required));
}

#[tokio::test]
async fn what_may_be_absent_from_a_query_may_be_empty_and_its_documentation_says_so() {
    #[derive(Deserialize, JsonSchema)]
    struct Page {
        limit: Option<u32>,
        #[serde(default)]
        offset: u32,
        role: Option<Role>,
        word: Option<String>,
    }
    async fn find(Query(page): Query<Page>) -> String {
        format!("{:?} {:?} from {}", page.limit, page.word, page.offset)
    }
    let routes = Router::new().api(get("/", find)).build().unwrap();
    let parameters = &routes.table().get(0).operation().parameters;
    let may_be_empty = |index: usize| parameters[index].schema.get("allowEmptyValue").cloned();
    assert_eq!(may_be_empty(0), Some(json!(true)));
    assert!((1..4).all(|index| may_be_empty(index).is_none()));
    let client = crate::testing::Client::new(routes.service(tsk_core::Peer::Local));
    assert_eq!(client.get("/?limit=&word=").await.text().await, "None Some(\"\") from 0");
    for refused in ["/?offset=", "/?role="] {
        assert_eq!(client.get(refused).await.status(), 400, "{refused}");
    }
}

#[test]
fn what_refers_to_itself_keeps_its_name() {
    #[derive(Serialize, JsonSchema)]
    struct Tree {
        trees: Vec<Tree>,
    }
    let operation = described(Router::new().api(get("/", || async { Json(Tree { trees: Vec::new() }) })));
    let tree = &operation.responses[&200].content.media["application/json"];
    assert_eq!(
        (&tree["title"], &tree["properties"]["trees"]["items"]["$ref"]),
        (&json!("Tree"), &json!("#"))
    );
}
