//! Preconditions and ranges.

use proptest::prelude::*;

use super::*;

const TAG: &str = "\"a-ae1b981da166f00\"";
const WEAK: &str = "W/\"a-ae1b981da166f00\"";
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

fn site() -> Site {
    let site = Site::new();
    site.write("ten.txt", "0123456789");
    site
}

#[tokio::test]
async fn preconditions_are_weighed_in_the_order_of_the_rfc() {
    let site = site();
    let list = format!("\"x,y\", {WEAK} ,, {TAG}");
    let joined = format!("\"x\"{TAG}");
    let commas = format!("\"{TAG}");
    let cases: &[(&[(&str, &str)], u16)] = &[
        // RFC 9110 §13.1.1: strong comparison.
        (&[("if-match", TAG)], 200),
        (&[("if-match", "*")], 200),
        (&[("if-match", &list)], 200),
        (&[("if-match", "\"x\""), ("if-match", TAG)], 200),
        (&[("if-match", WEAK)], 412),
        (&[("if-match", "\"x\"")], 412),
        (&[("if-match", "")], 412),
        (&[("if-match", "\"x\", *")], 412),
        (&[("if-match", TAG.trim_matches('"'))], 412),
        // §13.1.4, and ignored beside If-Match, or if it is no date.
        (&[("if-unmodified-since", LAST_MODIFIED)], 200),
        (&[("if-unmodified-since", AFTER)], 200),
        (&[("if-unmodified-since", BEFORE)], 412),
        (&[("if-unmodified-since", BEFORE), ("if-match", TAG)], 200),
        (&[("if-unmodified-since", "yesterday")], 200),
        (&[("if-unmodified-since", BEFORE), ("if-unmodified-since", BEFORE)], 200),
        // §13.1.2: weak comparison.
        (&[("if-none-match", TAG)], 304),
        (&[("if-none-match", WEAK)], 304),
        (&[("if-none-match", "*")], 304),
        (&[("if-none-match", &list)], 304),
        (&[("if-none-match", "\"x\""), ("if-none-match", TAG)], 304),
        (&[("if-none-match", "\"x\"")], 200),
        (&[("if-none-match", "")], 200),
        (&[("if-none-match", &commas)], 200),
        (&[("if-none-match", "\"x")], 200),
        (&[("if-none-match", &joined)], 200),
        // §13.1.3, in each of the three forms of a date, and ignored beside If-None-Match, or if it is no date.
        (&[("if-modified-since", LAST_MODIFIED)], 304),
        (&[("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT")], 304),
        (&[("if-modified-since", "Sun Nov  6 08:49:37 1994")], 304),
        (&[("if-modified-since", AFTER)], 304),
        (&[("if-modified-since", BEFORE)], 200),
        (&[("if-modified-since", AFTER), ("if-none-match", "\"x\"")], 200),
        (&[("if-modified-since", "tomorrow")], 200),
        (&[("if-modified-since", "Sun, 99 Nov 1994 08:49:37 GMT")], 200),
        // §13.2.2: the first pair before the second, both before the range.
        (&[("if-match", "\"x\""), ("if-none-match", TAG)], 412),
        (&[("if-match", TAG), ("if-none-match", TAG)], 304),
        (&[("if-unmodified-since", BEFORE), ("if-none-match", TAG)], 412),
        (&[("if-none-match", TAG), ("range", "bytes=0-1")], 304),
        (&[("if-match", "\"x\""), ("range", "bytes=90-")], 412),
        (&[("if-match", TAG), ("range", "bytes=0-1")], 206),
    ];
    for (headers, expected) in cases {
        let (get, head) = (site.get_with("/ten.txt", headers).await, site.head("/ten.txt", headers).await);
        assert_eq!(get.status, *expected, "{headers:?}");
        // A range means nothing to a HEAD.
        assert_eq!(head.status, if *expected == 206 { 200 } else { *expected }, "{headers:?}");
    }
}

#[tokio::test]
async fn not_modified_has_the_validators_and_no_content() {
    let answer = site().get_with("/ten.txt", &[("if-none-match", TAG)]).await;
    assert_eq!(answer.status, 304);
    assert_eq!((answer.header("etag"), answer.header("last-modified")), (TAG, LAST_MODIFIED));
    assert_eq!((answer.body.len(), answer.header("content-type")), (0, ""));
}

#[tokio::test]
async fn a_file_without_validators_matches_only_any() {
    let site = site();
    site.touch("ten.txt", UNIX_EPOCH);
    for (name, value, expected) in [
        ("if-match", TAG, 412),
        ("if-match", "*", 200),
        ("if-none-match", TAG, 200),
        ("if-none-match", "*", 304),
        ("if-modified-since", AFTER, 200),
        ("if-unmodified-since", BEFORE, 200),
    ] {
        assert_eq!(site.get_with("/ten.txt", &[(name, value)]).await.status, expected, "{name}: {value}");
    }
}

#[tokio::test]
async fn sends_one_range_of_bytes() {
    let site = site();
    for (range, content, content_range) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("Bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=7-99", "789", "bytes 7-9/10"),
        ("bytes=9-18446744073709551615", "9", "bytes 9-9/10"),
        ("bytes=9-99999999999999999999999", "9", "bytes 9-9/10"),
        ("bytes=0-", "0123456789", "bytes 0-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-10", "0123456789", "bytes 0-9/10"),
        ("bytes=-99999999999999999999999", "0123456789", "bytes 0-9/10"),
    ] {
        let answer = site.get_with("/ten.txt", &[("range", range)]).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.body, content, "{range}");
        assert_eq!(answer.header("content-range"), content_range, "{range}");
        assert_eq!(answer.header("content-length"), content.len().to_string(), "{range}");
        assert_eq!((answer.header("etag"), answer.header("last-modified")), (TAG, LAST_MODIFIED), "{range}");
    }
}

#[tokio::test]
async fn ignores_a_range_that_it_does_not_understand() {
    let site = site();
    let many = format!("bytes={}", "0-0,".repeat(10_000));
    for range in [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=4-2",
        "bytes=+1-2",
        "bytes=1-2-3",
        "bytes=1--2",
        "bytes 1-2",
        "bytes=0x1-2",
        "bytes=1 - 2",
        "lines=0-1",
        "items=0-4",
        "none",
        "bytes=0-1, 4-2",
        "bytes=١-٢",
        "bytes=0-1;x",
        &many,
    ] {
        let answer = site.get_with("/ten.txt", &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"0123456789"[..]), "{range:.40}");
        assert_eq!(answer.header("content-range"), "", "{range:.40}");
    }
    let twice = [("range", "bytes=0-1"), ("range", "bytes=2-3")];
    assert_eq!(site.get_with("/ten.txt", &twice).await.status, 200);
}

#[tokio::test]
async fn a_range_beyond_the_end_is_told_the_length() {
    let site = site();
    let digits = format!("bytes={}-", "9".repeat(10_000));
    for range in
        [&digits, "bytes=10-", "bytes=90-,91-", "bytes=10-20", "bytes=99999999999999999999999-", "bytes=-0"]
    {
        let answer = site.get_with("/ten.txt", &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-range")), (416, "bytes */10"), "{range}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

/// The parts of a multipart body, each with its head.
fn parts(answer: &Answer) -> Vec<(String, Bytes)> {
    let media_type = answer.header("content-type");
    let boundary =
        media_type.strip_prefix("multipart/byteranges; boundary=").unwrap_or_else(|| panic!("{media_type}"));
    let text = answer.body.iter().map(|byte| char::from(*byte)).collect::<String>();
    let text = format!("\r\n{text}");
    let text = text.strip_suffix(&format!("\r\n--{boundary}--\r\n")).expect("the last boundary");
    let delimiter = format!("\r\n--{boundary}\r\n");
    let parts = text.split(&delimiter).skip(1);
    let bytes = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    parts
        .map(|part| part.split_once("\r\n\r\n").map(|(head, body)| (head.to_owned(), bytes(body))).unwrap())
        .collect()
}

#[tokio::test]
async fn sends_several_ranges_as_parts() {
    let site = site();
    let content = pattern(700_000);
    site.write("a.txt", &content);
    let answer = site.get_with("/a.txt", &[("range", "bytes=650000-, 0-0,200000-599999,-0,900000-")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-range")), (206, ""));
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert!(answer.header("etag").starts_with('"'));
    let parts = parts(&answer);
    for ((head, body), range) in parts.iter().zip([650_000..700_000, 0..1, 200_000..600_000]) {
        let content_range = format!("content-range: bytes {}-{}/700000", range.start, range.end - 1);
        assert_eq!(*head, format!("content-type: text/plain; charset=utf-8\r\n{content_range}"));
        assert!(body == &content[range.clone()], "{range:?}: {} bytes", body.len());
    }
    assert_eq!(parts.len(), 3);

    let other = site.get_with("/a.txt", &[("range", "bytes=0-0,-1")]).await;
    assert_eq!(self::parts(&other).len(), 2);
    assert_ne!(other.header("content-type"), answer.header("content-type"), "a boundary nobody can foresee");
}

#[tokio::test]
async fn several_ranges_that_come_to_one_are_sent_as_one() {
    let site = site();
    for (range, content, content_range) in [
        ("bytes=0-1,5-6", "0123456", "bytes 0-6/10"),
        ("bytes=0-5,3-9", "0123456789", "bytes 0-9/10"),
        ("bytes=90-,4-5", "45", "bytes 4-5/10"),
    ] {
        let answer = site.get_with("/ten.txt", &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-range")), (206, content_range), "{range}");
        assert_eq!(
            (answer.body.as_ref(), answer.header("content-type")),
            (content.as_bytes(), "text/plain; charset=utf-8")
        );
    }
}

#[tokio::test]
async fn a_head_has_no_ranges() {
    let site = site();
    for range in ["bytes=0-0", "bytes=0-0,-1", "bytes=90-"] {
        let answer = site.head("/ten.txt", &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-length")), (200, "10"), "{range}");
    }
}

#[tokio::test]
async fn an_empty_file_has_no_range_but_its_last_bytes() {
    let site = site();
    site.write("empty.txt", "");
    for (range, expected) in [("bytes=0-", 416), ("bytes=0-0", 416), ("bytes=-0", 416), ("bytes=-5", 200)] {
        assert_eq!(site.get_with("/empty.txt", &[("range", range)]).await.status, expected, "{range}");
    }
}

#[tokio::test]
async fn a_range_is_of_the_state_that_the_client_knows() {
    let site = site();
    let if_range = async |value: &str| {
        let headers = [("range", "bytes=0-1"), ("if-range", value)];
        site.get_with("/ten.txt", &headers).await.status.as_u16()
    };
    for (value, expected) in [
        (TAG, 206),
        (LAST_MODIFIED, 206),
        (WEAK, 200),
        ("\"x\"", 200),
        (BEFORE, 200),
        (AFTER, 200),
        ("", 200),
        ("*", 200),
        ("nonsense", 200),
        (&format!("{TAG}, {TAG}"), 200),
    ] {
        assert_eq!(if_range(value).await, expected, "{value}");
    }
    // Where the state differs, it does not matter whether the range would be there.
    let beyond = [("range", "bytes=90-"), ("if-range", "\"x\"")];
    assert_eq!(site.get_with("/ten.txt", &beyond).await.status, 200);
    let twice = [("range", "bytes=0-1"), ("if-range", TAG), ("if-range", TAG)];
    assert_eq!(site.get_with("/ten.txt", &twice).await.status, 200);
}

#[tokio::test]
async fn a_weak_validator_is_not_enough_for_a_range() {
    let site = site();
    let ahead = SystemTime::now() + Duration::from_secs(3600);
    site.touch("ten.txt", ahead);
    let answer = site.get("/ten.txt").await;
    for value in [answer.header("etag"), answer.header("etag").trim_start_matches("W/")] {
        let headers = [("range", "bytes=0-1"), ("if-range", value)];
        assert_eq!(site.get_with("/ten.txt", &headers).await.status, 200, "{value}");
    }
    assert_eq!(site.get_with("/ten.txt", &[("range", "bytes=0-1")]).await.status, 206);
    assert_eq!(site.get_with("/ten.txt", &[("if-none-match", answer.header("etag"))]).await.status, 304);
}

proptest! {
    #[test]
    fn any_range_is_the_slice_of_it(start in 0_u64..700_000, end in 0_u64..800_000, kind in 0..3) {
        thread_local! {
            static SITE: (Site, Vec<u8>, tokio::runtime::Runtime) = {
                let (site, content) = (Site::new(), pattern(650_001));
                site.write("a.bin", &content);
                (site, content, tokio::runtime::Builder::new_current_thread().build().unwrap())
            };
        }
        SITE.with(|(site, content, runtime)| {
            let (range, expected) = match kind {
                0 => (format!("bytes={start}-{end}"), start..end + 1),
                1 => (format!("bytes={start}-"), start..u64::MAX),
                _ => (format!("bytes=-{end}"), (650_001_u64.saturating_sub(end))..u64::MAX),
            };
            let answer = runtime.block_on(site.get_with("/a.bin", &[("range", &range)]));
            if kind == 0 && start > end {
                prop_assert_eq!(answer.status, 200, "{}", range);
            } else if expected.start >= 650_001 {
                prop_assert_eq!(answer.status, 416, "{}", range);
            } else {
                let slice = &content[expected.start as usize..expected.end.min(650_001) as usize];
                prop_assert_eq!(answer.status, 206, "{}", range);
                prop_assert!(answer.body == slice, "{}: {} bytes for {}", range, answer.body.len(), slice.len());
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_condition_whatever_is_too_much(
        name in prop::sample::select(vec!["if-match", "if-none-match", "if-range", "if-modified-since", "range"]),
        value in "([ ,*\"W/\t-]|bytes=|[0-9]{1,25}|\\PC){0,30}",
    ) {
        let Ok(value) = http::HeaderValue::try_from(&value) else { return Ok(()) };
        let mut headers = HeaderMap::new();
        headers.insert(name, value.clone());
        headers.append("range", http::HeaderValue::from_static("bytes=0-1"));
        let conditions = crate::files::conditions::Conditions::of(&headers);
        let _ = conditions.judge(&crate::conditional::Validators::default(), 10, false);
    }
}
