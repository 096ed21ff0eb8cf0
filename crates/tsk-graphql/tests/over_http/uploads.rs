//! Files that come with operations.

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use juniper::{EmptySubscription, GraphQLInputObject, RootNode, graphql_object};
use proptest::prelude::*;
use serde_json::{Value, json};
use tsk_graphql::{Config, Fault, GraphQl, Upload, Uploads};

use crate::client::{Answer, RESPONSE, post, send};

struct Context(Uploads);

impl juniper::Context for Context {}

struct Query;

#[graphql_object]
#[graphql(context = Context)]
impl Query {
    fn hello() -> &'static str {
        "hello"
    }
}

#[derive(GraphQLInputObject)]
struct Album {
    title: String,
    pictures: Vec<Upload>,
}

struct Mutation;

#[graphql_object]
#[graphql(context = Context)]
impl Mutation {
    fn keep(context: &Context, file: Option<Upload>) -> Result<String, Fault> {
        let Some(file) = file else { return Ok("nothing".to_owned()) };
        let file = context.0.get(file)?;
        let text = String::from_utf8_lossy(&file.content);
        Ok(format!("{:?} {:?} {text}", file.name, file.media_type))
    }

    fn album(context: &Context, album: Album) -> Result<Vec<i32>, Fault> {
        let _ = album.title;
        album
            .pictures
            .into_iter()
            .map(|file| Ok(i32::try_from(context.0.get(file)?.content.len())?))
            .collect()
    }
}

fn config(files: usize) -> Config {
    let mut config = Config::default();
    config.uploads.files = files;
    config
}

fn graphql(config: &Config) -> GraphQl {
    let schema = RootNode::new(Query, Mutation, EmptySubscription::new());
    GraphQl::with_context(schema, |request| Context(Uploads::of(request))).config(config).unwrap()
}

const KEEP: &str = "mutation($file: Upload) { keep(file: $file) }";

fn field(head: &str, content: &str) -> String {
    format!("--line\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
}

fn form(operations: &Value, map: &Value, files: &[(&str, &str)]) -> String {
    let mut form = field("name=\"operations\"", &operations.to_string());
    form.push_str(&field("name=\"map\"", &map.to_string()));
    for (name, content) in files {
        form.push_str(&field(
            &format!("name={name}; filename=\"a \\\"b\\\".txt\"\r\nContent-Type: text/plain"),
            content,
        ));
    }
    form + "--line--\r\n"
}

/// The form of one file.
fn one() -> String {
    let operations = json!({ "query": KEEP, "variables": { "file": null } });
    form(&operations, &json!({ "0": ["variables.file"] }), &[("0", "a text\r\n--lin")])
}

async fn sent_with(graphql: &GraphQl, form: impl Into<Bytes>, name: &str, value: &str) -> Answer {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=\"line\"")
        .header(header::ACCEPT, RESPONSE)
        .header(name, value);
    send(graphql, request.body(Full::new(form.into())).unwrap()).await
}

async fn sent(graphql: &GraphQl, form: impl Into<Bytes>) -> Answer {
    sent_with(graphql, form, "graphql-preflight", "1").await
}

#[tokio::test]
async fn a_file_is_where_its_variable_is() {
    let graphql = graphql(&config(3));
    let answer = sent(&graphql, one()).await;
    let kept = r#"Some("a \"b\".txt") Some("text/plain") "#.to_owned() + "a text\r\n--lin";
    assert_eq!(answer.json(), json!({ "data": { "keep": kept } }));
    let query = "mutation($album: Album!) { album(album: $album) }";
    let variables = json!({ "album": { "title": "x", "pictures": [null, null] } });
    let map = json!({ "b": ["variables.album.pictures.0"], "a": ["variables.album.pictures.1"] });
    let files = [("a", "12345"), ("b", "")];
    let answer = sent(&graphql, form(&json!({ "query": query, "variables": variables }), &map, &files)).await;
    assert_eq!(answer.json(), json!({ "data": { "album": [0, 5] } }));
    let none = form(&json!({ "query": KEEP }), &json!({}), &[]);
    assert_eq!(sent(&graphql, none).await.json()["data"]["keep"], "nothing");
}

#[tokio::test]
async fn no_files_are_taken_unless_that_is_said() {
    let answer = sent(&graphql(&Config::default()), one()).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_form_of_another_site_uploads_nothing() {
    let graphql = graphql(&config(1));
    for (name, value, is_taken) in [
        ("sec-fetch-site", "same-origin", true),
        ("apollo-require-preflight", "true", true),
        ("x-requested-with", "XMLHttpRequest", true),
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("graphql-preflight", "", false),
        ("origin", "https://evil.example", false),
    ] {
        let answer = sent_with(&graphql, one(), name, value).await;
        assert_eq!(
            answer.json()["data"]["keep"].is_string(),
            is_taken,
            "{name}: {value}: {:?}",
            answer.json()
        );
        assert_eq!(answer.status == StatusCode::OK, is_taken);
    }
}

#[tokio::test]
async fn files_are_bounded_in_number_and_size() {
    let operations = json!({ "query": KEEP, "variables": { "file": null, "other": null } });
    let map = json!({ "0": ["variables.file"], "1": ["variables.other"] });
    let two = form(&operations, &map, &[("0", "a"), ("1", "b")]);
    let answer = sent(&graphql(&config(1)), two.clone()).await;
    assert_eq!((answer.status, &*answer.code()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
    assert!(answer.json()["errors"][0]["message"].as_str().unwrap().contains("may have 1 files"));
    // One file in two places is more than one, and what the map does not name is none.
    let map = json!({ "0": ["variables.file", "variables.other"] });
    assert_eq!(
        sent(&graphql(&config(1)), form(&operations, &map, &[("0", "a")])).await.code(),
        "BAD_REQUEST"
    );
    let map = json!({ "0": ["variables.file"] });
    let files = [("0", "a"), ("1", "b")];
    assert_eq!(sent(&graphql(&config(1)), form(&operations, &map, &files)).await.code(), "BAD_REQUEST");
    let mut small = config(2);
    small.uploads.size = bytesize::ByteSize(two.len() as u64 - 1);
    assert_eq!(sent(&graphql(&small), two).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    // The rest of it is as any other request is.
    let mut short = config(1);
    short.body = bytesize::ByteSize(64);
    assert_eq!(sent(&graphql(&short), one()).await.code(), "BAD_REQUEST");
}

#[tokio::test]
async fn what_contradicts_itself_is_refused() {
    let operations = json!({ "query": KEEP, "variables": { "file": null, "text": "x", "list": [null] } });
    let of = |map: Value, files: &[(&str, &str)]| form(&operations, &map, files);
    let at = |path: &str| of(json!({ "0": [path] }), &[("0", "a")]);
    let mut wrong: Vec<String> = [
        "file",
        "variables",
        "variables.",
        "variables.none",
        "variables.text",
        "variables.list",
        "variables.list.1",
        "variables.list.x",
        "variables.file.0",
        "query",
        "operationName",
    ]
    .map(at)
    .into();
    wrong.push(of(json!({ "0": ["variables.file"] }), &[]));
    wrong.push(of(json!({ "0": ["variables.file"] }), &[("1", "a")]));
    wrong.push(of(json!({ "0": ["variables.file"] }), &[("0", "a"), ("0", "b")]));
    wrong.push(of(json!([]), &[]));
    wrong.push(of(json!({ "0": "variables.file" }), &[("0", "a")]));
    wrong.push(form(&json!([{ "query": KEEP }]), &json!({}), &[]));
    wrong.push(
        field("name=\"map\"", "{}") + &field("name=\"operations\"", &operations.to_string()) + "--line--",
    );
    wrong.push(field("filename=\"x\"", "{}") + "--line--");
    wrong.push("--line--".to_owned());
    for form in wrong {
        let answer = sent(&graphql(&config(2)), form.clone()).await;
        assert_eq!((answer.status, &*answer.code()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"), "{form}");
    }
}

#[tokio::test]
async fn who_writes_an_upload_by_hand_is_told_that_it_is_none() {
    let graphql = graphql(&config(1));
    let by_hand = json!({ "query": KEEP, "variables": { "file": "0" } });
    assert_eq!(post(&graphql, &by_hand).await.code(), "BAD_USER_INPUT");
    let literal = json!({ "query": "mutation { keep(file: \"7\") }" });
    assert_eq!(post(&graphql, &literal).await.code(), "BAD_USER_INPUT");
}

proptest! {
    /// What is cut off or changed anywhere is refused or is still a form, and nothing panics.
    #[test]
    fn a_form_that_breaks_off_is_never_taken_for_a_whole_one(at in 0..400_usize, byte in any::<u8>()) {
        let whole = one().into_bytes();
        let at = at % (whole.len() - 6);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let graphql = graphql(&config(1));
            let cut = sent(&graphql, whole[..at].to_vec()).await;
            assert_eq!(cut.code(), "BAD_REQUEST");
            let mut changed = whole.clone();
            changed[at] = byte;
            sent(&graphql, changed).await;
        });
    }
}
