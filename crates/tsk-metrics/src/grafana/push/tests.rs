#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard},
};

use tsk_core::{
    RouteTable,
    client::{ClientError, Sending},
};

use super::*;
use crate::{
    grafana::{Config, Dashboards},
    rules,
    slo::Slos,
};

/// A Grafana, as its documentation says that it answers: folders and dashboards in memory, versions, conflicts, tokens.
#[derive(Debug, Default)]
struct Fake(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    folders: BTreeMap<String, Value>,
    /// The dashboard, and its folder.
    dashboards: BTreeMap<String, (Value, String)>,
    asked: Vec<String>,
    /// What happens before the next requests are answered.
    trouble: VecDeque<Trouble>,
}

#[derive(Debug)]
enum Trouble {
    /// No connection.
    Away,
    Status(u16),
    /// It is done, and the answer is lost.
    Lost,
    /// Somebody saves a dashboard first.
    Edited(&'static str),
}

impl Fake {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn answer(state: &mut State, request: &Request<Bytes>) -> (u16, Value) {
        if request.headers()[header::AUTHORIZATION] != "Bearer glsa_good" {
            return (401, json!({ "message": "Invalid API key" }));
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let path = request.uri().path();
        match (request.method().as_str(), path) {
            ("POST", "/api/folders") => {
                let uid = body["uid"].as_str().unwrap().to_owned();
                if state.folders.contains_key(&uid) {
                    return (412, json!({ "message": "a folder with the same UID already exists" }));
                }
                state.folders.insert(uid, body.clone());
                (200, body)
            }
            ("POST", "/api/dashboards/db") => Self::save(state, &body),
            ("GET", path) => {
                if let Some(uid) = path.strip_prefix("/api/folders/") {
                    return state.folders.get(uid).map_or_else(not_found, |folder| (200, folder.clone()));
                }
                let uid = path.strip_prefix("/api/dashboards/uid/").unwrap();
                state.dashboards.get(uid).map_or_else(not_found, |(dashboard, folder)| {
                    (200, json!({ "dashboard": dashboard, "meta": { "folderUid": folder } }))
                })
            }
            _ => (405, json!({})),
        }
    }

    fn save(state: &mut State, body: &Value) -> (u16, Value) {
        let (uid, folder) = (body["dashboard"]["uid"].as_str().unwrap(), body["folderUid"].as_str().unwrap());
        if !state.folders.contains_key(folder) {
            return (400, json!({ "message": "folder not found" }));
        }
        let present = state.dashboards.get(uid).map(|(dashboard, _)| dashboard["version"].as_u64());
        if present.is_some_and(|version| version != body["dashboard"]["version"].as_u64())
            && body["overwrite"] != true
        {
            return (
                412,
                json!({ "message": "The dashboard has been changed by someone else", "status": "version-mismatch" }),
            );
        }
        let mut dashboard = body["dashboard"].clone();
        let version = present.flatten().unwrap_or(0) + 1;
        dashboard["version"] = version.into();
        dashboard["id"] = 7.into();
        // It brings the form up to date, and adds what it misses.
        dashboard["schemaVersion"] = 42.into();
        dashboard["panels"][0]["pluginVersion"] = "13.2.3".into();
        state.dashboards.insert(uid.to_owned(), (dashboard, folder.to_owned()));
        (200, json!({ "id": 7, "uid": uid, "status": "success", "version": version }))
    }
}

fn not_found() -> (u16, Value) {
    (404, json!({ "message": "not found" }))
}

impl HttpClient for Fake {
    fn send(&self, request: Request<Bytes>) -> Sending {
        let state = &mut *self.state();
        state.asked.push(format!("{} {}", request.method(), request.uri().path()));
        let trouble = state.trouble.pop_front();
        if let Some(Trouble::Edited(uid)) = trouble {
            let (dashboard, _) = state.dashboards.get_mut(uid).unwrap();
            let version = dashboard["version"].as_u64().unwrap() + 1;
            (dashboard["version"], dashboard["title"]) = (version.into(), "Mine".into());
        }
        let answer = match trouble {
            Some(Trouble::Away) => Err(ClientError::connect("refused")),
            Some(Trouble::Status(status)) => {
                let answer = Response::builder().status(status).header("retry-after", "7");
                Ok(answer.body(Bytes::new()).unwrap())
            }
            Some(Trouble::Lost) => {
                Self::answer(state, &request);
                Err(ClientError::timeout())
            }
            Some(Trouble::Edited(_)) | None => {
                let (status, body) = Self::answer(state, &request);
                Ok(Response::builder().status(status).body(Bytes::from(body.to_string())).unwrap())
            }
        };
        Box::pin(std::future::ready(answer))
    }
}

fn dashboards() -> Dashboards {
    let counted = crate::Config::default();
    Dashboards::new(
        &Config::default(),
        &RouteTable::default(),
        &Slos::default(),
        &rules::Config::default(),
        &counted,
    )
}

fn push(fake: &Arc<Fake>) -> Push {
    let client: Arc<dyn HttpClient> = Arc::clone(fake) as _;
    Push::new(client, "http://grafana.example/", "glsa_good", ("shop", "Shop")).unwrap()
}

async fn all(push: &Push) -> Result<Vec<Pushed>, PushError> {
    push.folder().await?;
    let mut pushed = Vec::new();
    for dashboard in dashboards().all() {
        pushed.push(push.dashboard(dashboard).await?);
    }
    Ok(pushed)
}

fn writes(fake: &Fake) -> usize {
    fake.state().asked.iter().filter(|asked| asked.starts_with("POST")).count()
}

#[tokio::test(start_paused = true)]
async fn what_is_there_as_it_should_be_is_left_alone() {
    let fake = Arc::new(Fake::default());
    let first = all(&push(&fake)).await.unwrap();
    assert!(first.iter().all(|pushed| pushed.change == Change::Created), "{first:?}");
    let written = writes(&fake);
    assert_eq!(written, 1 + first.len());
    let second = all(&push(&fake)).await.unwrap();
    assert!(second.iter().all(|pushed| pushed.change == Change::Unchanged), "{second:?}");
    assert_eq!(writes(&fake), written, "the second time writes nothing");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_tells_what_it_would_do_and_does_nothing() {
    let fake = Arc::new(Fake::default());
    let told = all(&push(&fake).dry(true)).await.unwrap();
    assert!(told.iter().all(|pushed| pushed.change == Change::Created) && writes(&fake) == 0);
    all(&push(&fake)).await.unwrap();
    let written = writes(&fake);
    {
        let mut state = fake.state();
        let (dashboard, folder) = state.dashboards.get_mut("tsk-overview").unwrap();
        dashboard["title"] = "Mine".into();
        *folder = "elsewhere".into();
    }
    let told = all(&push(&fake).dry(true)).await.unwrap();
    assert_eq!(told[0].change, Change::Updated);
    assert_eq!(
        told[0].differences,
        ["title: \"Mine\", should be \"Service: overview\"", "folder: \"elsewhere\", should be \"shop\""]
    );
    assert_eq!(writes(&fake), written);
    assert_eq!(all(&push(&fake)).await.unwrap()[0].change, Change::Updated);
    let state = fake.state();
    let (dashboard, folder) = &state.dashboards["tsk-overview"];
    assert_eq!(
        (&dashboard["title"], &dashboard["version"], &**folder),
        (&"Service: overview".into(), &2.into(), "shop")
    );
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_has_changed_meanwhile_is_not_overwritten_unasked() {
    let fake = Arc::new(Fake::default());
    all(&push(&fake)).await.unwrap();
    let overview = &dashboards().all()[0].clone();
    fake.state().dashboards.get_mut("tsk-overview").unwrap().0["refresh"] = "1h".into();
    // The dashboard is read, and then somebody saves it.
    let edited = |fake: &Fake| {
        let harmless = Trouble::Edited("tsk-health");
        fake.state().trouble.extend([harmless, Trouble::Edited("tsk-overview")]);
    };
    edited(&fake);
    let error = push(&fake).dashboard(overview).await.unwrap_err();
    assert!(
        error.is_conflict() && error.to_string().contains("somebody has changed it meanwhile"),
        "{error}"
    );
    assert_eq!(fake.state().dashboards["tsk-overview"].0["title"], "Mine");
    edited(&fake);
    push(&fake).overwriting(true).dashboard(overview).await.unwrap();
    assert_eq!(fake.state().dashboards["tsk-overview"].0["title"], "Service: overview");
}

#[tokio::test(start_paused = true)]
async fn what_may_work_later_is_tried_again() {
    let fake = Arc::new(Fake::default());
    fake.state().trouble.extend([Trouble::Away, Trouble::Status(503), Trouble::Status(429)]);
    let before = tokio::time::Instant::now();
    assert_eq!(all(&push(&fake)).await.unwrap()[0].change, Change::Created);
    assert_eq!(before.elapsed(), Duration::from_millis(500) + 2 * Duration::from_secs(7));
    // What was done is not done twice, whether or not the answer has come.
    fake.state().dashboards.clear();
    let overview = &dashboards().all()[0].clone();
    {
        let mut state = fake.state();
        state.trouble.push_back(Trouble::Status(503));
        state.trouble.push_back(Trouble::Lost);
    }
    push(&fake).dashboard(overview).await.unwrap();
    fake.state().trouble.extend((0..4).map(|_| Trouble::Away));
    let error = push(&fake).folder().await.unwrap_err();
    assert_eq!(error.to_string(), "http://grafana.example: there is no connection: refused");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_no_conflict() {
    let fake = Arc::new(Fake::default());
    push(&fake).folder().await.unwrap();
    let overview = &dashboards().all()[0].clone();
    push(&fake).dashboard(overview).await.unwrap();
    fake.state().dashboards.get_mut("tsk-overview").unwrap().0["refresh"] = "1h".into();
    // It is read; it is saved, and the answer is lost; the second attempt has a version that is no more.
    fake.state().trouble.extend([Trouble::Edited("tsk-overview"), Trouble::Lost]);
    let pushed = push(&fake).dashboard(overview).await.unwrap();
    assert_eq!(pushed.change, Change::Updated);
    assert_eq!(fake.state().dashboards["tsk-overview"].0["refresh"], "30s");
}

#[tokio::test(start_paused = true)]
async fn who_may_not_is_told_what_to_do_and_the_token_to_nobody() {
    let fake = Arc::new(Fake::default());
    let client: Arc<dyn HttpClient> = Arc::clone(&fake) as _;
    let push = Push::new(client, "http://grafana.example", "glsa_bad", ("shop", "Shop")).unwrap();
    let error = push.folder().await.unwrap_err().to_string();
    assert_eq!(
        error,
        "http://grafana.example: the folder: 401: Invalid API key; the token is another, or has expired"
    );
    assert!(!format!("{push:?}").contains("glsa_bad"));
}
