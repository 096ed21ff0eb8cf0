//! Whether all servers answer alike, before anything is measured.

use std::collections::BTreeSet;

use super::client::{Answer, Client, request};
use super::server::Server;
use crate::Error;
use crate::peers;

/// Headers whose value differs by nature from one answer to the next, or carries a clock.
const VOLATILE: &[&str] = &["date", "ratelimit", "ratelimit-policy", "x-request-id"];

/// How the headers of one server differ from those of the first, on any route.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) server: &'static str,
    /// Names that it sends besides, that it leaves out, or whose value differs (as `name: value`).
    pub(crate) more: BTreeSet<String>,
    pub(crate) fewer: BTreeSet<String>,
    pub(crate) other: BTreeSet<String>,
}

/// What all servers are asked.
pub(crate) struct Question {
    /// As in `GET /plaintext`.
    pub(crate) title: String,
    /// Its bytes, for the server on a port.
    pub(crate) request: Box<dyn Fn(u16) -> Vec<u8>>,
}

/// Asks every server everything and compares the answers with the first server's. A status or a body that differs
/// is an error: what does not do the same work is not compared. Headers that differ are the servers' own habits, and
/// are given back.
pub(crate) fn check(servers: &[Server], questions: &[Question]) -> Result<Vec<Difference>, Error> {
    let mut differences = Vec::new();
    let mut expected: Option<Vec<Answer>> = None;
    for server in servers {
        let mut client = Client::connect(server.port)?;
        let mut answers = Vec::new();
        for Question { title, request } in questions {
            let answer = client.send(&request(server.port));
            answers.push(answer.map_err(|error| format!("{}, {title}: {error}", server.peer.name))?);
        }
        let Some(expected) = &expected else {
            expected = Some(answers);
            continue;
        };
        let mut difference = Difference {
            server: server.peer.name,
            more: BTreeSet::new(),
            fewer: BTreeSet::new(),
            other: BTreeSet::new(),
        };
        for (Question { title, .. }, (expected, answer)) in
            questions.iter().zip(expected.iter().zip(&answers))
        {
            if (expected.status, &expected.body) != (answer.status, &answer.body) {
                let (wanted, got) =
                    (String::from_utf8_lossy(&expected.body), String::from_utf8_lossy(&answer.body));
                return Err(format!(
                    "{} answers {title} with {} {got:?}, {} with {} {wanted:?}",
                    server.peer.name, answer.status, servers[0].peer.name, expected.status,
                )
                .into());
            }
            difference.add(expected, answer);
        }
        if !(difference.more.is_empty() && difference.fewer.is_empty() && difference.other.is_empty()) {
            differences.push(difference);
        }
    }
    Ok(differences)
}

impl Difference {
    fn add(&mut self, expected: &Answer, answer: &Answer) {
        let value = |answer: &Answer, name: &str| -> Option<String> {
            answer.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
        };
        for (name, wanted) in &expected.headers {
            match value(answer, name) {
                None => drop(self.fewer.insert(name.clone())),
                Some(got) if got != *wanted && !VOLATILE.contains(&name.as_str()) => {
                    self.other.insert(format!("{name}: {got}"));
                }
                Some(_) => {}
            }
        }
        for (name, _) in &answer.headers {
            if value(expected, name).is_none() {
                self.more.insert(name.clone());
            }
        }
    }
}

/// The measured requests and one of each further route.
pub(crate) fn routes() -> Result<Vec<Question>, Error> {
    let echo = std::fs::read(peers::directory().join("echo.json"))?;
    let question = |method: &str, path: &str, body: Vec<u8>| {
        let (method, path) = (method.to_owned(), path.to_owned());
        let title = format!("{method} {path}");
        Question { title, request: Box::new(move |port| request(port, &method, &path, &body)) }
    };
    let mut questions =
        vec![question("GET", "/plaintext", Vec::new()), question("GET", "/users/42", Vec::new())];
    questions.push(question("POST", "/echo", echo));
    for line in std::fs::read_to_string(peers::directory().join("routes.txt"))?.lines() {
        let (method, template) = line.split_once(' ').ok_or("routes.txt: a line without a method")?;
        let segments =
            template.split('/').map(|segment| if segment.starts_with('{') { "7" } else { segment });
        questions.push(question(method, &segments.collect::<Vec<_>>().join("/"), Vec::new()));
    }
    Ok(questions)
}
