//! How the page looks and how it is read, for everybody.

use juniper::{EmptyMutation, EmptySubscription, GraphQLEnum, GraphQLInputObject, RootNode, graphql_object};
use tsk::graphql::GraphQl;
use tsk_tests::Chromium;

use super::{opened, picture, run, served, text_of};

/// How a book is bound.
#[derive(GraphQLEnum)]
enum Binding {
    /// In cloth.
    Hard,
    #[graphql(deprecated = "Nobody prints these.")]
    Stapled,
}

/// What a book is found by.
#[derive(GraphQLInputObject)]
struct Wanted {
    /// A part of the title.
    title: String,
    binding: Option<Binding>,
}

struct Book;

/// A book in the library.
#[graphql_object]
impl Book {
    /// The title on the cover.
    fn title() -> &'static str {
        "Sketch of the Analytical Engine"
    }

    #[graphql(deprecated = "Ask for the title.")]
    fn name() -> &'static str {
        "Sketch"
    }

    fn binding() -> Binding {
        Binding::Hard
    }
}

struct Query;

#[graphql_object]
impl Query {
    /// Finds books.
    fn books(wanted: Wanted, #[graphql(default = 10)] first: i32) -> Vec<Book> {
        let _ = wanted;
        (0..first).map(|_| Book).collect()
    }
}

fn library() -> GraphQl {
    GraphQl::new(RootNode::new(Query, EmptyMutation::<()>::new(), EmptySubscription::<()>::new()))
}

fn follow(browser: &mut Chromium, text: &str) {
    browser.evaluate(&format!(
        "[...document.querySelectorAll('#reading button')].find((one) => one.innerText === '{text}').click()"
    ));
}

fn reads(browser: &mut Chromium, text: &str) {
    browser.until(&format!("{}.includes({})", text_of("reading"), serde_json::json!(text)));
}

#[test]
fn the_schema_is_read_from_type_to_type_and_searched() {
    let service = served(library());
    let mut browser = opened(&service);
    follow(&mut browser, "Query");
    reads(&mut browser, "Finds books.");
    reads(&mut browser, "first: Int! = 10");
    follow(&mut browser, "Book");
    for text in ["A book in the library.", "title: String!", "deprecated: Ask for the title."] {
        reads(&mut browser, text);
    }
    follow(&mut browser, "Binding");
    reads(&mut browser, "deprecated: Nobody prints these.");
    follow(&mut browser, "Back");
    reads(&mut browser, "A book in the library.");
    // Names come before what is only described by that word.
    let found = "[...document.querySelectorAll('#reading li > button')].map((one) => one.innerText).join()";
    for (words, names) in [
        ("TITLE", "Book.title,Wanted.title"),
        ("first", "Query.books(first:)"),
        ("bound", "Binding"),
        ("book", "Book,Book.title,Book.name,Book.binding,Query.books,Binding,Wanted"),
    ] {
        browser.fill("#search", words);
        assert_eq!(browser.evaluate(found), names, "{words}");
    }
    browser.fill("#search", "no such thing");
    reads(&mut browser, "Nothing was found.");
}

#[test]
fn a_field_can_be_asked_for_without_writing_anything() {
    let service = served(library());
    let mut browser = opened(&service);
    follow(&mut browser, "Query");
    browser.evaluate("document.querySelector('[aria-label=\"Ask for books\"]').click()");
    let query = browser.evaluate("document.getElementById('query').value");
    assert_eq!(
        query,
        "query Books($wanted: Wanted!) {\n  books(wanted: $wanted) {\n    title\n    binding\n  }\n}\n"
    );
    browser.evaluate("document.getElementById('run').click()");
    browser.until(&format!("{}.includes('\"binding\": \"HARD\"')", text_of("answers")));
}

#[test]
fn it_looks_as_it_should_on_screens_of_all_kinds() {
    let service = served(library());
    let mut browser = opened(&service);
    for (name, width, height, is_dark) in [
        ("light", 1440, 900, false),
        ("dark", 1440, 900, true),
        ("narrow", 390, 844, false),
        ("middle", 900, 844, true),
    ] {
        browser.window(width, height, is_dark);
        browser.open(&service.url("/api/graphql/explorer"));
        browser.until("document.getElementById('reading') !== null");
        run(
            &mut browser,
            "query Books($wanted: Wanted!) {\n  books(wanted: $wanted, first: 3) {\n    title\n    binding\n  }\n}",
            "{ \"wanted\": { \"title\": \"engine\" } }",
        );
        browser.until(&format!("{}.includes('Analytical')", text_of("answers")));
        follow(&mut browser, "Query");
        follow(&mut browser, "Book");
        browser.evaluate("document.getElementById('past').open = true");
        let overflow =
            browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(overflow, 0, "{name}: nothing is beyond the edge of the screen");
        picture(&mut browser, name);
    }
    let back = "getComputedStyle(document.body).backgroundColor";
    let dark = browser.evaluate(back);
    browser.window(900, 844, false);
    assert_ne!(browser.evaluate(back), dark);
}

#[test]
fn everything_can_be_reached_by_the_keyboard_and_has_a_name() {
    let service = served(library());
    let mut browser = opened(&service);
    run(&mut browser, "{ nothing }", "");
    browser.until(&format!("{}.includes('GRAPHQL_VALIDATION_FAILED')", text_of("mistakes")));
    browser.evaluate("document.getElementById('past').open = true");
    follow(&mut browser, "Query");
    let all = browser.evaluate(
        "[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')] \
         .filter((one) => one.checkVisibility() && one.tabIndex >= 0).length",
    );
    let all = all.as_u64().expect("a number");
    assert!(all > 15, "{all}");
    browser.evaluate("window.reached = new Set(); document.activeElement.blur()");
    for _ in 0..all + 2 {
        browser.press("Tab", 9);
        browser.evaluate(
            "document.activeElement === document.body || window.reached.add(document.activeElement)",
        );
    }
    // A browser lets the keyboard into parts that scroll, too.
    let missed = browser.evaluate(
        "[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')] \
         .filter((one) => one.checkVisibility() && one.tabIndex >= 0 && !window.reached.has(one)).map((one) => one.outerHTML)",
    );
    assert_eq!(missed, serde_json::json!([]));
    let unnamed = browser.evaluate(
        "[...window.reached].filter((one) => one.tagName !== 'SECTION') \
         .filter((one) => (one.ariaLabel || one.labels?.[0]?.innerText || one.innerText || '') === '') \
         .map((one) => one.outerHTML)",
    );
    assert_eq!(unnamed, serde_json::json!([]), "each has a name");
    // The focus goes where a link leads, and the way back has it too.
    follow(&mut browser, "Book");
    assert_eq!(browser.evaluate("document.activeElement.innerText"), "type Book");
}

#[test]
fn a_screen_reader_is_told_what_is_where_and_what_came_of_a_request() {
    let service = served(library());
    let mut browser = opened(&service);
    for (what, expression) in [
        ("landmarks", "['header', 'main'].every((name) => document.querySelectorAll(name).length === 1)"),
        (
            "sections have names",
            "[...document.querySelectorAll('section')].every((one) => \
             document.getElementById(one.getAttribute('aria-labelledby')).innerText !== '')",
        ),
        (
            "fields have labels",
            "[...document.querySelectorAll('input, select, textarea')].every((one) => one.labels.length > 0)",
        ),
        (
            "headings are in their order",
            "[...document.querySelectorAll('h1, h2, h3')].map((one) => one.tagName).join().startsWith('H1,H2,H2,H2,H3')",
        ),
        ("what comes is announced", "document.getElementById('status').getAttribute('role') === 'status'"),
    ] {
        assert_eq!(browser.evaluate(expression), true, "{what}");
    }
}
