#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn framing() -> Framing {
    Framing::new(8 * 1024)
}

/// Follows bytes in pieces of a size, and gives what hyper would read.
fn read(bytes: &[u8], size: usize) -> (Vec<u8>, Framing) {
    let (mut framing, mut bytes) = (framing(), bytes.to_vec());
    for piece in bytes.chunks_mut(size) {
        framing.follow(piece);
        if framing.is_handed() {
            framing.settle(Some(body_behind(piece)));
        }
    }
    (bytes, framing)
}

/// Follows bytes behind a request whose fields were the same.
fn read_again(bytes: &[u8]) -> Option<(Vec<u8>, Framing)> {
    let (mut framing, mut bytes) = (framing(), bytes.to_vec());
    let line = bytes.iter().position(|byte| *byte == b'\n')? + 1;
    framing.follow(&mut [b"GET / HTTP/1.1\r\n", &bytes[line..]].concat());
    let known = framing.number();
    if known == 0 {
        return None;
    }
    framing.place = Place::Start;
    framing.follow(&mut bytes);
    assert!([0, known].contains(&framing.number()));
    if framing.is_handed() {
        framing.settle(Some(body_behind(&bytes)));
    }
    Some((bytes, framing))
}

/// What hyper would say that follows a head.
fn body_behind(head: &[u8]) -> Body {
    let mut framing = framing();
    framing.check(head).unwrap();
    match framing.place {
        Place::Start => Body::None,
        Place::Length(length) => Body::Length(length),
        Place::Chunk(_) => Body::Chunked,
        place => panic!("{place:?}"),
    }
}

/// Where a byte is replaced, the same however the bytes come.
fn refused(bytes: &[u8]) -> Option<usize> {
    // hyper refuses a CR alone before the fault that may be there in a head.
    let has_lone_cr = bytes.windows(2).any(|pair| pair[0] == b'\r' && pair[1] != b'\n');
    let sizes = [1, 2, 3, 7, if has_lone_cr { 7 } else { bytes.len().max(1) }];
    let faults = sizes.map(|size| {
        let (after, framing) = read(bytes, size);
        let fault = bytes.iter().zip(&after).position(|(before, after)| before != after);
        (fault, framing.place, framing.body)
    });
    assert!(faults.iter().all(|fault| *fault == faults[0]), "{faults:?}");
    if !has_lone_cr && let Some((after, framing)) = read_again(bytes) {
        let fault = bytes.iter().zip(&after).position(|(before, after)| before != after);
        assert_eq!((fault, framing.place, framing.body), faults[0], "again");
    }
    faults[0].0
}

#[test]
fn what_belongs_to_a_body_is_left_alone() {
    for bytes in [
        "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\na\n#\0GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length:\t 4 \r\nA: b\r\n\r\na\n#\0",
        "POST / HTTP/1.1\r\ncontent-length: 9\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na\n#\0\r\n0\r\n\r\nGET",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 9\r\n\r\n4;a\r\na\n#\0\r\n0\r\na: b\r\n\r\nGET",
        "\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\nGET / HTTP/1.1\r\nb: #\r\n\r\n",
    ] {
        assert_eq!(refused(bytes.as_bytes()), None, "{bytes:?}");
    }
}

#[test]
fn the_first_byte_that_breaks_a_rule_is_replaced() {
    for bytes in [
        "\u{1}\n",
        "GET / HTTP/1.1\u{1}\n",
        "GET / HTTP/1.1\r\na: b\u{1}\n\r\n",
        "GET / HTTP/1.1\r\na: b\r\n\u{1}\n",
        "GET /\u{1}#a HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 1\r\n\r\n!GET / HTTP/1.1\u{1}\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\n!\r\n0\r\n\r\nGET / HTTP/1.1\u{1}\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n\u{1}x",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5;a=\u{1}\r\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0000000000000000\u{1}0",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: b\u{1}\n",
    ] {
        let at = bytes.find('\u{1}').unwrap();
        let bytes = bytes.replacen('\u{1}', "", 1);
        assert_eq!(refused(bytes.as_bytes()), Some(at), "{bytes:?}");
    }
}

#[test]
fn a_request_line_without_end_is_cut_where_its_target_is_too_long() {
    for (before, size) in [("", 1), ("", 20_000), ("\r\nGET / HTTP/1.1\r\n\r\n", 7)] {
        let mut framing = Framing::new(100);
        let line = [b"GET /", &[b'a'; 10_000][..]].concat();
        let mut kept = 0;
        for piece in [before.as_bytes(), &line].concat().chunks_mut(size) {
            if !framing.is_spoiled() {
                kept += framing.follow(piece);
            }
        }
        assert!(framing.is_spoiled());
        assert_eq!(kept, before.len() + 100 + AROUND_TARGET as usize);
    }
}

#[test]
fn a_whole_head_is_handed_over() {
    let plain = "GET /a?b HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
    let with = |target: &str, more: &str| format!("POST /{target} HTTP/1.1\r\nHost: a\r\n{more}\r\n");
    let is_handed = |bytes: &str| {
        let mut framing = framing();
        framing.follow(&mut bytes.to_owned().into_bytes());
        framing.is_handed()
    };
    for head in [plain, &with("", "content-length: 5\r\n"), &with("", "Transfer-Encoding: chunked\r\n")] {
        assert!(is_handed(head), "{head:?}");
        for cut in 1..head.len() {
            assert!(!is_handed(&head[..cut]), "{head:?} at {cut}");
        }
        for more in ["0", "\r\n", "0\r\n\r\n", plain] {
            assert!(!is_handed(&format!("{head}{more}")), "{head:?} and {more:?}");
        }
        assert!(!is_handed(&format!("\r\n{head}")));
    }
    for (target, more) in [("#", ""), ("ä", ""), ("", "a: b\n"), ("", "a: b\n\r\n"), ("", "\n"), ("", "\r\n")]
    {
        assert!(
            !is_handed(&with(target, &format!("{more}{more}A: a field behind it\r\n"))),
            "{target} {more:?}"
        );
    }
}

#[test]
fn what_is_behind_a_head_is_as_hyper_says() {
    let with = |body, bytes: &str| {
        let (mut framing, mut bytes) =
            (Framing { place: Place::Handed, ..framing() }, bytes.as_bytes().to_vec());
        framing.settle(body);
        framing.follow(&mut bytes);
        (framing.place, bytes.iter().position(|byte| *byte == NUL))
    };
    assert_eq!(with(Some(Body::None), "GET / HTTP/1.1\n"), (Place::Spoiled, Some(14)));
    assert_eq!(with(Some(Body::Length(3)), "a\n#"), (Place::Start, None));
    assert_eq!(with(Some(Body::Length(3)), "a\n#\n"), (Place::Spoiled, Some(3)));
    assert_eq!(with(Some(Body::Chunked), "1\r\n\n\r\n0\r\n\r\n"), (Place::Start, None));
    assert_eq!(with(Some(Body::Chunked), "g"), (Place::Spoiled, Some(0)));
    assert_eq!(with(None, ""), (Place::Spoiled, None));
}

#[test]
fn a_length_in_a_line_beyond_all_reason_is_refused() {
    for (zeros, is_refused) in [(48, false), (49, true), (500, true)] {
        let head = format!("POST / HTTP/1.1\r\ncontent-length:{}1\r\n\r\n\n", "0".repeat(zeros));
        assert_eq!(refused(head.as_bytes()).is_some(), is_refused, "{zeros}");
    }
}

proptest! {
    #[test]
    fn it_does_not_matter_how_bytes_come(bytes in "(GET|POST|/|#| HTTP/1.1|\r\n|\n|content-length:|transfer-encoding:chunked|0|5|;a=|\"|x|\r){0,30}") {
        refused(bytes.as_bytes());
    }

    #[test]
    fn a_head_in_one_piece_is_read_as_one_in_many(
        lines in "((GET|POST) /[a-z]{0,9}(#|ä)? HTTP/1.1\r?\n(([a-z-]{1,9}|content-length|content-type|transfer-encoding|Upgrade-Insecure|If-None-Match): ?[0-9a-z#ä]{0,20}\r?\n){0,5}\r?\n){1,3}",
    ) {
        refused(lines.as_bytes());
    }

    #[test]
    fn no_more_than_one_byte_is_replaced(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let (after, framing) = read(&bytes, 5);
        let changed = bytes.iter().zip(&after).filter(|(before, after)| before != after).count();
        // It may be one that hyper refuses anyway.
        prop_assert!(changed <= usize::from(framing.is_spoiled()));
    }
}

/// The numbers that what comes by each read has.
fn numbers(reads: &[&str]) -> Vec<u64> {
    let mut framing = framing();
    let mut number = |read: &&str| {
        framing.follow(&mut read.as_bytes().to_vec());
        if framing.is_handed() {
            framing.settle(Some(body_behind(read.as_bytes())));
        }
        framing.number()
    };
    reads.iter().map(&mut number).collect()
}

#[test]
fn fields_have_a_number_for_as_long_as_they_are_the_same() {
    let [a, other_target, b, more] = [
        "GET /a HTTP/1.1\r\nhost: test\r\naccept: a\r\n\r\n",
        "GET /another HTTP/1.1\r\nhost: test\r\naccept: a\r\n\r\n",
        "GET /a HTTP/1.1\r\nhost: test\r\naccept: b\r\n\r\n",
        "GET /a HTTP/1.1\r\nx: y\r\nhost: test\r\naccept: b\r\n\r\n",
    ];
    assert_eq!(numbers(&[a, other_target, b, b, more, a]), [1, 1, 2, 2, 3, 4]);
}

#[test]
fn requests_that_come_together_have_a_number_where_all_have_the_same_fields() {
    let a = "GET /a HTTP/1.1\r\nhost: test\r\naccept: a\r\n\r\n";
    let b = "GET /a HTTP/1.1\r\nhost: test\r\naccept: b\r\n\r\n";
    assert_eq!(numbers(&[&a.repeat(2), a, &a.repeat(16)]), [1, 1, 1]);
    assert_eq!(numbers(&[a, &format!("{a}{b}"), &format!("{b}{a}")]), [1, 0, 0]);
    let (first, rest) = a.split_at(9);
    assert_eq!(numbers(&[a, &format!("{a}{first}"), rest, a]), [1, 0, 0, 2]);
}

#[test]
fn the_length_of_a_body_may_be_another() {
    let post = |length: &str, body: &str| {
        format!("POST /a HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\naccept: a\r\n\r\n{body}")
    };
    let [a, b, none] = [post("5", "a\n#\n\n"), post("0012", "twelve bytes"), post("0", "")];
    assert_eq!(numbers(&[&a, &b, &none, &format!("{b}{none}{a}")]), [1, 1, 1, 1]);
    let (first, rest) = b.split_at(b.len() - 5);
    assert_eq!(numbers(&[&a, first, rest, &a]), [1, 1, 0, 1]);
    let get = "GET /a HTTP/1.1\r\nhost: test\r\naccept: a\r\n\r\n";
    assert_eq!(numbers(&[get, &a, get, &b, &format!("{a}{get}")]), [1, 2, 1, 2, 0]);
    for odd in ["5 ", "+5", "", "5, 5", "00000000000000000005", "5\r\ncontent-length: 5"] {
        assert_eq!(numbers(&[&a, &post(odd, "")]), [1, 0], "{odd}");
    }
    let chunked = "POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(numbers(&[chunked, "0\r\n\r\n", chunked]), [0, 0, 0]);
}

proptest! {
    #[test]
    fn who_repeats_fields_is_read_as_who_does_not(
        bodies in proptest::collection::vec(proptest::option::of("[ab\r\n#]{0,12}"), 1..9),
        cuts in proptest::collection::vec(1_usize..300, 0..30),
        spoils in proptest::option::of(0_usize..600),
    ) {
        let request = |body: &Option<String>| match body {
            Some(body) => format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}", body.len()),
            None => "GET / HTTP/1.1\r\nhost: a\r\naccept: text/plain, text/html\r\n\r\n".to_owned(),
        };
        let mut bytes = bodies.iter().map(request).collect::<String>().into_bytes();
        if let Some(byte) = spoils.and_then(|at| bytes.get_mut(at)) {
            *byte = b'#';
        }
        let (alone, by_byte) = read(&bytes, 1);
        let (mut framing, mut rest, mut cuts) = (framing(), &mut bytes[..], cuts.into_iter());
        while !rest.is_empty() {
            let cut = cuts.next().unwrap_or(200).min(rest.len());
            let (piece, behind) = rest.split_at_mut(cut);
            framing.follow(piece);
            if framing.is_handed() {
                framing.settle(Some(body_behind(piece)));
            }
            rest = behind;
        }
        prop_assert_eq!(framing.place, by_byte.place);
        prop_assert_eq!(bytes, alone);
    }
}

#[test]
fn fields_that_are_too_long_are_not_remembered() {
    let head = |fields: usize| format!("GET /a HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(fields - 7));
    for (length, is_remembered) in [(1024, true), (1025, false)] {
        let mut framing = framing();
        framing.follow(&mut head(length).into_bytes());
        assert_eq!(framing.number() != 0, is_remembered, "{length}");
    }
}

#[test]
fn fields_that_never_come_again_are_not_remembered_for_long() {
    let mut framing = framing();
    let mut number = |field: usize| {
        framing.follow(&mut format!("GET /a HTTP/1.1\r\nhost: test\r\na: {field}\r\n\r\n").into_bytes());
        let number = framing.number();
        framing.place = Place::Start;
        number
    };
    for field in 0..7 {
        assert_ne!(number(field), 0);
    }
    // Those that do are, for as long again.
    assert_eq!(number(6), number(6));
    for field in 10..18 {
        assert_ne!(number(field), 0);
    }
    assert_eq!(number(18), 0);
    assert_eq!(number(18), 0);
}
