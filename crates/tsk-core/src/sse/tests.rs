use proptest::prelude::*;

use super::*;

/// What an `EventSource` makes of a stream, written after the standard's "interpreting an event stream".
#[derive(Debug, Default, PartialEq)]
struct Parsed {
    events: Vec<(String, String)>,
    last_id: String,
    retry: Option<u64>,
}

fn parse(stream: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let (mut data, mut name) = (String::new(), String::new());
    for line in stream.replace("\r\n", "\n").split(['\r', '\n']) {
        if line.is_empty() {
            if !data.is_empty() {
                data.pop();
                parsed.events.push((std::mem::take(&mut name), std::mem::take(&mut data)));
            }
            name.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = value.to_owned(),
            "data" => data.extend([value, "\n"]),
            "id" if !value.contains('\0') => parsed.last_id = value.to_owned(),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => parsed.retry = value.parse().ok(),
            _ => {}
        }
    }
    parsed
}

fn text(event: Event) -> String {
    String::from_utf8(event.into_bytes().into()).expect("text")
}

#[test]
fn is_written_as_the_standard_has_it() {
    assert_eq!(text(Event::new("a\nb\r\nc\rd")), "data: a\ndata: b\ndata: c\ndata: d\n\n");
    assert_eq!(text(Event::new("")), "data: \n\n");
    assert_eq!(text(Event::comment("a\nb")), ": a\n: b\n\n");
    assert_eq!(text(Event::retry(Duration::from_millis(1_500))), "retry: 1500\n\n");
    let event = Event::json(&["a\nb"]).expect("JSON");
    assert_eq!(text(event), "data: [\"a\\nb\"]\n\n");
    Event::json(&std::collections::HashMap::from([((), 1)])).expect_err("a map without text for keys");
}

proptest! {
    #[test]
    fn no_text_whatever_is_read_as_another_field(
        data in "(\\PC|[\r\n\0: ]|data: |id: ){0,12}",
        name in "(\\PC|[\r\n\0: ]|data: ){0,8}",
        id in "(\\PC|[\r\n\0: ]|\nid: ){0,8}",
        comment in "(\\PC|[\r\n\0: ]|\n\ndata: ){0,8}",
    ) {
        let mut stream = text(Event::comment(comment));
        stream += &text(Event::new(&data).name(&name).id(&id));
        let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
        let expected = Parsed {
            events: vec![(name.replace(['\r', '\n'], ""), lines(&data))],
            last_id: id.replace(['\r', '\n', '\0'], ""),
            retry: None,
        };
        prop_assert_eq!(parse(&stream), expected, "{:?}", stream);
    }
}
