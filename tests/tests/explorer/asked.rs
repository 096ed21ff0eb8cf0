//! What is asked on the page, and what comes back.

use std::time::{Duration, SystemTime};

use tsk::App;
use tsk::auth::access::Access;
use tsk::auth::jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier};
use tsk_tests::{Application, Chromium, curl};

use super::{config, opened, run, served, text_of};
use crate::graphql::schema;

fn answered(browser: &mut Chromium, text: &str) {
    browser.until(&format!("{}.includes({})", text_of("answers"), serde_json::json!(text)));
}

#[test]
fn queries_and_mutations_are_asked_with_variables_and_headers_and_nobody_else_is() {
    let service = served(schema());
    let mut browser = opened(&service);
    run(&mut browser, "query Greet($name: String) { hello(name: $name) }", r#"{ "name": "Ada" }"#);
    answered(&mut browser, r#""hello": "hello Ada""#);
    browser.until(&format!(
        "/One answer: status 200, .*cost 0 of an estimate of 0/.test({})",
        text_of("status")
    ));
    run(&mut browser, r#"mutation { write(title: "a book") }"#, "");
    answered(&mut browser, r#""write": "a book""#);
    browser.fill("#headers", "X-Caller: somebody\nauthorization: Bearer secret");
    run(&mut browser, "{ caller }", "");
    answered(&mut browser, r#""caller": "somebody""#);
    // By the keyboard alone.
    browser.fill("#query", "{ hello(name: \"the keyboard\") }");
    browser.evaluate(
        "document.getElementById('query').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }))",
    );
    answered(&mut browser, "hello the keyboard");
    let own = service.url("/api/graphql");
    let elsewhere = browser.asked().iter().filter(|url| !url.starts_with(&own) && !url.starts_with("data:"));
    assert_eq!(elsewhere.collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(browser.complaints(), &[] as &[String]);
}

#[test]
fn of_several_operations_the_one_is_run_that_is_chosen() {
    let service = served(schema());
    let mut browser = opened(&service);
    assert_eq!(browser.evaluate("document.getElementById('which').hidden"), true);
    browser.fill("#query", "query A { hello }\n# query C { }\nquery B { hello(name: \"} query D {\") }");
    let offered = "[...document.querySelectorAll('#operation option')].map((one) => one.innerText).join()";
    browser.until(&format!("{offered} === 'query A,query B'"));
    browser
        .evaluate("document.getElementById('operation').value = 'B'; document.getElementById('run').click()");
    answered(&mut browser, "hello } query D {");
    browser.evaluate(
        "document.getElementById('query').setSelectionRange(3, 3); document.getElementById('query').click()",
    );
    assert_eq!(browser.evaluate("document.getElementById('operation').value"), "A");
}

#[test]
fn a_mistake_is_told_with_its_place_in_the_editor() {
    let service = served(schema());
    let mut browser = opened(&service);
    run(&mut browser, "{\n  hello\n  nothing\n}", "");
    browser.until(&format!("{}.includes('GRAPHQL_VALIDATION_FAILED')", text_of("mistakes")));
    browser.evaluate("document.querySelector('#mistakes button').click()");
    let marked = browser.evaluate(
        "(() => { const field = document.activeElement; return field.value.slice(field.selectionStart, field.selectionEnd) })()",
    );
    assert_eq!(marked, "nothing");
    // What is not sent is told as well.
    run(&mut browser, "{ hello }", "{");
    browser.until(&format!("{}.includes('The variables are not JSON')", text_of("mistakes")));
    browser.fill("#headers", "nonsense");
    run(&mut browser, "{ hello }", "");
    browser.until(&format!("{}.includes('A header is a name')", text_of("mistakes")));
}

#[test]
fn subscriptions_come_by_events_and_over_a_socket_until_they_are_stopped() {
    let service = served(schema());
    let mut browser = opened(&service);
    for over in ["events", "socket"] {
        browser.evaluate(&format!("document.getElementById('over').value = '{over}'"));
        run(&mut browser, "subscription Count($to: Int!) { count(to: $to) }", r#"{ "to": 3 }"#);
        browser.until(&format!("{}.startsWith('3 answers')", text_of("status")));
        answered(&mut browser, r#""count": 3"#);
        browser.until("document.getElementById('stop').hidden");
        run(&mut browser, "subscription { forever }", "");
        browser.until("!document.getElementById('stop').hidden");
        browser.evaluate("document.getElementById('stop').click()");
        browser.until(&format!("{}.startsWith('No answer')", text_of("status")));
        // One that is not valid is told why.
        run(&mut browser, "subscription { nothing }", "");
        browser.until(&format!("{}.includes('GRAPHQL_VALIDATION_FAILED')", text_of("mistakes")));
    }
    assert!(browser.asked().iter().all(|url| !url.contains("secret")));
}

#[test]
fn the_answers_of_a_subscription_that_goes_on_are_bounded() {
    let service = served(schema());
    let mut browser = opened(&service);
    run(&mut browser, "subscription { count(to: 250) }", "");
    browser.until(&format!("{}.startsWith('250 answers')", text_of("status")));
    assert_eq!(browser.evaluate("document.querySelectorAll('#answers li').length"), 100);
    answered(&mut browser, r#""count": 250"#);
}

#[test]
fn the_tab_remembers_what_was_asked_and_no_header() {
    let service = served(schema());
    let mut browser = opened(&service);
    browser.fill("#headers", "Authorization: Bearer correct-horse");
    run(&mut browser, "query First { hello }", "");
    answered(&mut browser, "hello you");
    run(&mut browser, "query Second($name: String) { hello(name: $name) }", r#"{ "name": "Bob" }"#);
    answered(&mut browser, "hello Bob");
    browser.open(&service.url("/api/graphql/explorer"));
    let listed = "[...document.querySelectorAll('#history button')].map((one) => one.textContent).join()";
    browser.until(&format!("{listed} === 'query Second,query First'"));
    assert_eq!(browser.evaluate("document.getElementById('variables').value"), r#"{ "name": "Bob" }"#);
    assert_eq!(browser.evaluate("document.getElementById('headers').value"), "");
    let kept = browser
        .evaluate("[document.cookie, localStorage.length, JSON.stringify(sessionStorage).includes('horse')]");
    assert_eq!(kept, serde_json::json!(["", 0, false]));
    browser.evaluate("document.querySelectorAll('#history button')[1].click()");
    assert_eq!(browser.evaluate("document.getElementById('query').value"), "query First { hello }");
    browser.evaluate("document.getElementById('forget').click()");
    assert_eq!(browser.evaluate("document.querySelectorAll('#history button').length"), 0);
}

#[test]
fn where_the_service_asks_who_is_there_a_header_says_it() {
    const ISSUER: &str = "https://id.example.com";
    let key = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let signer = Signer::new(ISSUER, key, Duration::from_secs(600)).expect("a signer");
    let issuer = Issuer::new(ISSUER, Keys::from(&signer)).audience("library");
    let verifier: Verifier = Verifier::new(issuer).expect("a verifier");
    let app = App::new(config()).auth(move |auth| auth.scheme(Bearer::new(verifier.clone()))).graphql_for(
        Access::authenticated(),
        "/api/graphql",
        schema(),
    );
    let service = Application::of(app);
    let mut browser = Chromium::start();
    browser.open(&service.url("/api/graphql/explorer"));
    browser.until("!document.getElementById('trouble').hidden");
    let grant = Grant::new("somebody", "library");
    let token = signer.issue(&grant, &(), SystemTime::now()).expect("a token");
    browser.fill("#headers", &format!("Authorization: Bearer {token}"));
    browser.evaluate("document.getElementById('again').click()");
    browser.until("document.getElementById('reading') !== null && document.getElementById('trouble').hidden");
    run(&mut browser, "subscription { count(to: 2) }", "");
    browser.until(&format!("{}.startsWith('2 answers')", text_of("status")));
    // A page sends no header with a handshake.
    browser.evaluate("document.getElementById('over').value = 'socket'");
    run(&mut browser, "subscription { count(to: 2) }", "");
    browser.until(&format!("{}.includes('It opens no socket for this page.')", text_of("mistakes")));
}

#[test]
fn where_the_schema_may_not_be_asked_for_there_is_no_page() {
    let mut config = config();
    config.graphql.introspection = false;
    let service = Application::of(App::new(config).graphql("/graphql", schema()));
    assert_eq!(curl(&[&service.url("/graphql/explorer")]).status, 404);
    assert_eq!(curl(&[&service.url("/graphql?query=%7Bhello%7D")]).status, 200);
}
