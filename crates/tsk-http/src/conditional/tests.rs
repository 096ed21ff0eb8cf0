#![allow(clippy::unwrap_used)]

use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;

const NOON: &str = "Sun, 06 Nov 1994 12:00:00 GMT";
const LATER: &str = "Sun, 06 Nov 1994 12:00:01 GMT";
const EARLIER: &str = "Sun, 06 Nov 1994 11:59:59 GMT";

fn preconditions(method: Method, fields: &[(&'static str, &str)]) -> Preconditions {
    let fields = fields.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(name, value);
    }
    Preconditions::of(&method, &headers)
}

fn current() -> Validators {
    // Half a second that a date cannot say.
    let noon = UNIX_EPOCH + Duration::from_millis(784_123_200_500);
    Validators { etag: Some(ETag::version("a")), last_modified: Some(noon) }
}

#[test]
fn are_weighed_in_the_order_of_the_rfc() {
    use Verdict::{Failed, NotModified, Proceed};
    for (fields, read, write, unmade) in [
        (vec![], Proceed, Proceed, Proceed),
        (vec![("if-match", "\"a\"")], Proceed, Proceed, Failed),
        (vec![("if-match", "\"b\"")], Failed, Failed, Failed),
        (vec![("if-match", "*")], Proceed, Proceed, Failed),
        (vec![("if-match", "W/\"a\"")], Failed, Failed, Failed),
        (vec![("if-match", "\"b\""), ("if-match", "\"a\"")], Proceed, Proceed, Failed),
        (vec![("if-none-match", "\"a\"")], NotModified, Failed, Proceed),
        (vec![("if-none-match", "W/\"a\"")], NotModified, Failed, Proceed),
        (vec![("if-none-match", ", \"b\" ,,\t\"a\"")], NotModified, Failed, Proceed),
        (vec![("if-none-match", "\"b\"")], Proceed, Proceed, Proceed),
        (vec![("if-none-match", "*")], NotModified, Failed, Proceed),
        (vec![("if-none-match", "\"b\" x \"a\"")], Proceed, Proceed, Proceed),
        (vec![("if-modified-since", NOON)], NotModified, Proceed, Proceed),
        (vec![("if-modified-since", LATER)], NotModified, Proceed, Proceed),
        (vec![("if-modified-since", EARLIER)], Proceed, Proceed, Proceed),
        (vec![("if-modified-since", "noon")], Proceed, Proceed, Proceed),
        (vec![("if-unmodified-since", NOON)], Proceed, Proceed, Proceed),
        (vec![("if-unmodified-since", EARLIER)], Failed, Failed, Proceed),
        // What is before overrules what is after.
        (vec![("if-match", "\"a\""), ("if-unmodified-since", EARLIER)], Proceed, Proceed, Failed),
        (vec![("if-none-match", "\"b\""), ("if-modified-since", NOON)], Proceed, Proceed, Proceed),
        (vec![("if-match", "\"b\""), ("if-none-match", "\"a\"")], Failed, Failed, Failed),
        (vec![("if-match", "\"a\""), ("if-none-match", "\"a\"")], NotModified, Failed, Failed),
    ] {
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(preconditions(method, &fields).judge(Some(&current())), read, "{fields:?}");
        }
        let put = preconditions(Method::PUT, &fields);
        assert_eq!(put.judge(Some(&current())), write, "{fields:?}");
        assert_eq!(put.judge(None), unmade, "{fields:?}, where there is nothing yet");
        assert_eq!(put.is_empty(), fields.is_empty() || fields[0].1 == "noon");
    }
}

#[test]
fn a_state_without_validators_matches_only_any() {
    let judge =
        |name, value| preconditions(Method::GET, &[(name, value)]).judge(Some(&Validators::default()));
    assert_eq!(judge("if-none-match", "*"), Verdict::NotModified);
    assert_eq!(judge("if-none-match", "\"a\""), Verdict::Proceed);
    assert_eq!(judge("if-match", "*"), Verdict::Proceed);
    assert_eq!(judge("if-match", "\"a\""), Verdict::Failed);
    assert_eq!(judge("if-modified-since", NOON), Verdict::Proceed);
    assert_eq!(judge("if-unmodified-since", EARLIER), Verdict::Proceed);
}

#[test]
fn a_handler_refuses_what_it_would_overwrite_unseen() {
    let tag = ETag::version(7);
    let put = |name, value| preconditions(Method::PUT, &[(name, value)]);
    put("if-match", "\"7\"").check(Some(&tag)).unwrap();
    assert_eq!(put("if-match", "\"6\"").check(Some(&tag)).unwrap_err().status(), 412);
    assert_eq!(put("if-none-match", "*").check(Some(&tag)).unwrap_err().status(), 412);
    put("if-none-match", "*").check(None).unwrap();
    // The answer has the tag, and becomes a 304 further out.
    preconditions(Method::GET, &[("if-none-match", "\"7\"")]).check(Some(&tag)).unwrap();
    put("if-match", "\"6\"").require().unwrap();
    assert_eq!(put("if-unmodified-since", NOON).require().unwrap_err().status(), 428);
}

#[test]
fn validators_are_read_as_they_are_written() {
    let mut headers = HeaderMap::new();
    current().write(&mut headers);
    assert_eq!(headers[header::ETAG], "\"a\"");
    assert_eq!(headers[header::LAST_MODIFIED], NOON);
    let read = Validators::of(&headers);
    assert_eq!(read.etag, current().etag);
    headers.append(header::ETAG, "\"b\"".parse().unwrap());
    assert_eq!(Validators::of(&headers).etag, None, "two tags are none");
}

#[test]
fn tags_are_compared_as_the_rfc_has_it() {
    let tag = |text: &str| text.parse::<ETag>().unwrap();
    // RFC 9110 §8.8.3.2, table 3.
    for (a, b, strong, weak) in [
        ("W/\"1\"", "W/\"1\"", false, true),
        ("W/\"1\"", "W/\"2\"", false, false),
        ("W/\"1\"", "\"1\"", false, true),
        ("\"1\"", "\"1\"", true, true),
    ] {
        assert_eq!((tag(a).strong_eq(&tag(b)), tag(a).weak_eq(&tag(b))), (strong, weak), "{a} {b}");
    }
    for text in ["", "a", "\"", "\"a", "a\"", "w/\"a\"", "W/", "\"a\"b", "\"a\" ", "\"a\nb\""] {
        text.parse::<ETag>().unwrap_err();
    }
}

#[test]
fn a_tag_of_content_never_changes() {
    // Clients have it, and other processes give it out.
    assert_eq!(ETag::of("").to_string(), "\"99aa06d3014798d86001c324468d497f\"");
    assert_eq!(ETag::of("hello").weak().to_string(), "W/\"b5e9c1ad071b3e7fc779cfaa5e523818\"");
}

proptest! {
    #[test]
    fn different_versions_have_different_tags(a in "\\PC{0,8}|[ \"%0-9\n]{0,4}", b in "\\PC{0,8}|[ \"%0-9\n]{0,4}") {
        let tags = (ETag::version(&a), ETag::version(&b));
        prop_assert_eq!(tags.0.strong_eq(&tags.1), a == b);
        prop_assert_eq!(&tags.0.to_string().parse::<ETag>().unwrap(), &tags.0);
        prop_assert_eq!(ETag::try_from(&HeaderValue::from(&tags.0)).unwrap(), tags.0);
    }

    #[test]
    fn a_tag_is_found_wherever_it_is_in_a_list(before in "([a-z,]{1,3}){0,3}", after in "[a-z,]{0,3}", weak: bool) {
        let tag = ETag::version("it, is");
        let prefix = if weak { "W/" } else { "" };
        let list = format!("\"{before}\", ,{prefix}{tag},\"{after}\"");
        let match_any = preconditions(Method::GET, &[("if-none-match", &list)]);
        let validators = Validators { etag: Some(tag), last_modified: None };
        prop_assert_eq!(match_any.judge(Some(&validators)), Verdict::NotModified);
        let expected = if weak { Verdict::Failed } else { Verdict::Proceed };
        prop_assert_eq!(preconditions(Method::PUT, &[("if-match", &list)]).judge(Some(&validators)), expected);
    }
}
