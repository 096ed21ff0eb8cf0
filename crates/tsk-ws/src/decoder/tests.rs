#![allow(clippy::unwrap_used)]

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{Config, frame};

/// What was decoded, up to the first fault.
type Decoded = (Vec<Event>, Option<Fault>);

fn limits(change: impl FnOnce(&mut Config)) -> Limits {
    let mut config = Config::default();
    change(&mut config);
    Limits::new(&config).unwrap()
}

fn decoded(pieces: &[&[u8]], limits: &Limits) -> Decoded {
    let mut decoder = Decoder::new(Role::Server, None);
    let mut events = Vec::new();
    for mut input in pieces.iter().copied() {
        loop {
            match decoder.decode(&mut input, limits) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(fault) => return (events, Some(fault)),
            }
        }
        assert!(input.is_empty(), "what is not needed yet is kept");
    }
    (events, None)
}

fn code(bytes: &[u8], limits: &Limits) -> Option<CloseCode> {
    decoded(&[bytes], limits).1.map(|fault| fault.code)
}

/// A frame of a client.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [1, 2, 3, 4];
    let mut header = frame::header(OpCode::from(first & 0x0f), first & 0x40 != 0, Some(key));
    header.is_final = first & 0x80 != 0;
    (header.rsv2, header.rsv3) = (first & 0x20 != 0, first & 0x10 != 0);
    let mut bytes = Vec::new();
    frame::write(&header, payload.len(), &mut bytes);
    let at = bytes.len();
    bytes.extend_from_slice(payload);
    mask::apply(&mut bytes[at..], key);
    bytes
}

fn text(text: &str) -> Event {
    Event::Message(Message::text(text))
}

#[test]
fn a_message_may_have_pings_within_it() {
    let bytes = [frame(0x01, b"Hel"), frame(0x89, b"?"), frame(0x80, b"lo"), frame(0x82, b"\xff")].concat();
    let (events, fault) = decoded(&[&bytes], &limits(|_| {}));
    let binary = Event::Message(Message::binary(&b"\xff"[..]));
    assert_eq!((events, fault), (vec![Event::Ping("?".into()), text("Hello"), binary], None));
}

#[test]
fn what_breaks_the_protocol_is_a_fault_with_its_code() {
    use CloseCode::{Invalid, Policy, Protocol, Size};
    let limits = limits(|config| {
        config.max_message = bytesize::ByteSize::b(300);
        config.max_frame = bytesize::ByteSize::b(200);
        config.max_fragments = 3;
    });
    let fragments =
        |count: usize| [frame(0x01, b""), frame(0x00, b"a").repeat(count), frame(0x80, b"")].concat();
    let cases: &[(&str, Vec<u8>, Option<CloseCode>)] = &[
        ("a reserved bit", frame(0xc1, b""), Some(Protocol)),
        ("a reserved bit", frame(0xa1, b""), Some(Protocol)),
        ("a reserved bit", frame(0x91, b""), Some(Protocol)),
        ("a reserved opcode", frame(0x83, b""), Some(Protocol)),
        ("a reserved control opcode", frame(0x8b, b""), Some(Protocol)),
        ("no mask", vec![0x81, 0], Some(Protocol)),
        ("a fragmented ping", frame(0x09, b""), Some(Protocol)),
        ("a long ping", frame(0x89, &[0; 126]), Some(Protocol)),
        ("a ping that fits", frame(0x89, &[0; 125]), None),
        ("a continuation of nothing", frame(0x80, b""), Some(Protocol)),
        ("a message in another", [frame(0x01, b"a"), frame(0x81, b"b")].concat(), Some(Protocol)),
        ("a length of 2^63", vec![0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], Some(Protocol)),
        ("a length of 2^62", vec![0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], Some(Size)),
        ("a length in too many bytes", vec![0x82, 0xfe, 0, 1, 1, 2, 3, 4, 0], Some(Protocol)),
        ("a large frame", frame(0x82, &[0; 201]), Some(Size)),
        ("a frame that fits", frame(0x82, &[0; 200]), None),
        ("a large message", [frame(0x02, &[0; 200]), frame(0x80, &[0; 101])].concat(), Some(Size)),
        ("a message that fits", [frame(0x02, &[0; 200]), frame(0x80, &[0; 100])].concat(), None),
        ("many fragments", fragments(2), Some(Policy)),
        ("fragments that fit", fragments(1), None),
        ("text that is none", frame(0x81, b"\xff"), Some(Invalid)),
        ("text that is cut", frame(0x81, b"\xc3"), Some(Invalid)),
        ("text that is cut in fragments", [frame(0x01, b"a"), frame(0x80, b"\xc3")].concat(), Some(Invalid)),
        ("text that goes on", [frame(0x01, b"\xc3"), frame(0x80, b"\xa4")].concat(), None),
        ("a close code of one byte", frame(0x88, b"\x03"), Some(Protocol)),
        ("a close code that is never sent", frame(0x88, &1005u16.to_be_bytes()), Some(Protocol)),
        ("a close code that is reserved", frame(0x88, &2999u16.to_be_bytes()), Some(Protocol)),
        ("a close code of an application", frame(0x88, &4999u16.to_be_bytes()), None),
        ("a close with a reason that is no text", frame(0x88, b"\x03\xe8\xff"), Some(Invalid)),
    ];
    for (what, bytes, expected) in cases {
        assert_eq!(code(bytes, &limits), *expected, "{what}");
    }
}

#[test]
fn text_is_looked_at_before_it_is_whole() {
    let limits = limits(|_| {});
    assert_eq!(code(&frame(0x01, b"\xce\xba\xff"), &limits), Some(CloseCode::Invalid));
    let cut = frame(0x81, b"\xf4\x90\x80\x80 and more");
    assert_eq!(code(&cut[..8], &limits), Some(CloseCode::Invalid));
}

#[test]
fn nothing_is_reserved_for_what_is_only_announced() {
    let mut decoder = Decoder::new(Role::Server, None);
    let mut input: &[u8] = &[0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4, 0];
    assert_eq!(decoder.decode(&mut input, &limits(|_| {})), Ok(None));
    assert!(decoder.message.unwrap().capacity() < 100);
}

/// Frames as clients send them, and sometimes should not.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let opcode = prop_oneof![4 => Just(0x81), 4 => Just(0x82), 3 => Just(0x01), 3 => Just(0x00), 3 => Just(0x80), 2 => Just(0x89), 1 => Just(0x88), 1 => any::<u8>()];
    let payload = prop_oneof![
        vec(0x20u8..0x7f, 0..40),
        "\\PC{0,40}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..300)
    ];
    vec((opcode, payload).prop_map(|(opcode, payload)| frame(opcode, &payload)), 0..8)
        .prop_map(|frames| frames.concat())
}

proptest! {
    #[test]
    fn a_stream_cut_anywhere_says_the_same(bytes in prop_oneof![frames(), vec(any::<u8>(), 0..64)], cuts in vec(any::<prop::sample::Index>(), 0..6)) {
        let limits = limits(|config| config.max_message = bytesize::ByteSize::b(400));
        let whole = decoded(&[&bytes], &limits);
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect();
        prop_assert_eq!(&decoded(&pieces, &limits), &whole);
        let single: Vec<_> = bytes.chunks(1).collect();
        prop_assert_eq!(decoded(&single, &limits), whole);
    }
}
