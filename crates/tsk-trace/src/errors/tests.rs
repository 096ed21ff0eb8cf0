#![allow(clippy::unwrap_used)]

use super::*;
use crate::sample;

fn groups(errors: &Errors) -> Vec<Value> {
    errors.snapshot()["groups"].as_array().unwrap().clone()
}

#[test]
fn errors_that_are_alike_are_one_with_its_count_and_a_trace() {
    let (errors, plans) = (Errors::default(), sample::plans());
    let spans = [(1, "no user 42"), (2, "no user 43"), (3, "no order 7")];
    let spans = spans.map(|(number, message)| sample::failed(number, "NotFound", message));
    errors.take(&spans, &plans);
    let found = groups(&errors);
    assert_eq!(found.len(), 2, "{found:#?}");
    let users = found.iter().find(|group| group["message"] == "no user #").unwrap();
    assert_eq!((&users["type"], &users["count"]), (&json!("NotFound"), &json!(2)));
    assert_eq!(users["route"], "GET /users/{id}");
    assert_eq!(users["trace"], format!("{:032x}", 2));
    assert_eq!(users["first_unix_ms"], spans[0].end / 1_000_000);
}

#[test]
fn an_answer_without_an_exception_is_grouped_by_its_status() {
    let (errors, plans) = (Errors::default(), sample::plans());
    let mut span = sample::server(1);
    span.status = 503;
    errors.take(&[span, sample::server(2)], &plans);
    let found = groups(&errors);
    assert_eq!((found.len(), &found[0]["type"], &found[0]["message"]), (1, &json!("503"), &json!("")));
}

#[test]
fn errors_of_any_number_of_kinds_are_bounded_and_the_frequent_ones_stay() {
    let (errors, plans) = (Errors::default(), sample::plans());
    let name = |mut number: u64| {
        let mut name = String::new();
        while number > 0 {
            name.push(char::from(b'g' + u8::try_from(number % 16).unwrap()));
            number /= 16;
        }
        name
    };
    for number in 1..5000 {
        let hostile = sample::failed(number, &name(number), &"x".repeat(10_000));
        errors.take(&[hostile, sample::failed(number, "Timeout", "database")], &plans);
    }
    let shown = errors.snapshot();
    let found = shown["groups"].as_array().unwrap();
    assert_eq!((found.len(), &shown["forgotten"]), (GROUPS, &json!(5000 - GROUPS)));
    assert_eq!(found.iter().find(|group| group["type"] == "Timeout").unwrap()["count"], 4999);
    assert!(shown.to_string().len() < GROUPS * 600);
}
