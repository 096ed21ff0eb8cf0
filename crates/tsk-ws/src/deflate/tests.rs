#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use bytesize::ByteSize;
use proptest::{collection::vec, prelude::*};
use tungstenite::protocol::frame::coding::{Data, OpCode};

use super::*;
use crate::{
    CloseCode, CompressionConfig, Config, Message, Role,
    config::Limits,
    decoder::{Decoder, Event},
    error::Fault,
    frame, mask,
};

fn limits(change: impl FnOnce(&mut Config)) -> Limits {
    let mut config = Config::default();
    config.compression.min_size = ByteSize::b(0);
    change(&mut config);
    Limits::new(&config).unwrap()
}

fn agreement(bits: u8, takeover: bool) -> Agreement {
    let mut headers = http::HeaderMap::new();
    let offer = format!("permessage-deflate; server_max_window_bits={bits}");
    headers.insert(http::header::SEC_WEBSOCKET_EXTENSIONS, offer.parse().unwrap());
    let limits = limits(|config| {
        (config.compression.server_takeover, config.compression.client_takeover) = (takeover, takeover);
    });
    agree(&headers, &limits.deflate.unwrap()).unwrap()
}

/// Frames of a client, the first of which says whether they are compressed.
fn frames(is_deflated: bool, fragments: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, fragment) in fragments.iter().enumerate() {
        let opcode = OpCode::Data(if at == 0 { Data::Binary } else { Data::Continue });
        let mut header = frame::header(opcode, is_deflated && at == 0, Some([9, 8, 7, 6]));
        header.is_final = at + 1 == fragments.len();
        frame::write(&header, fragment.len(), &mut bytes);
        let begin = bytes.len();
        bytes.extend_from_slice(fragment);
        mask::apply(&mut bytes[begin..], [9, 8, 7, 6]);
    }
    bytes
}

fn decode(decoder: &mut Decoder, bytes: &[u8], piece: usize, limits: &Limits) -> Result<Vec<Bytes>, Fault> {
    let mut messages = Vec::new();
    for mut input in bytes.chunks(piece) {
        while let Some(event) = decoder.decode(&mut input, limits)? {
            let Event::Message(Message::Binary(bytes)) = event else { panic!("{event:?} was not sent") };
            messages.push(bytes);
        }
    }
    Ok(messages)
}

fn fault(bytes: &[u8], limits: &Limits) -> Option<CloseCode> {
    let mut decoder = Decoder::new(Role::Server, Some(agreement(15, false)));
    decode(&mut decoder, bytes, 1000, limits).err().map(|fault| fault.code)
}

/// What a program that does not flush would send: all in one block that is said to be the last.
fn finished(payload: &[u8]) -> Vec<u8> {
    let mut compress = flate2::Compress::new(flate2::Compression::best(), false);
    let mut out = Vec::with_capacity(payload.len() + 100);
    compress.compress_vec(payload, &mut out, flate2::FlushCompress::Finish).unwrap();
    out
}

#[test]
fn a_last_block_does_not_end_the_message() {
    let (first, second) = (finished(b"first "), finished(b"second"));
    let bytes = frames(true, &[&first, &second]);
    let mut decoder = Decoder::new(Role::Server, Some(agreement(15, false)));
    let messages = decode(&mut decoder, &bytes, 3, &limits(|_| {})).unwrap();
    assert_eq!(messages, ["first second"]);
}

#[test]
fn a_bomb_is_stopped_by_its_size_and_by_its_ratio() {
    let bomb = compressed(&vec![0; 8 << 20], 15, 9).unwrap();
    assert!(bomb.len() < 10_000);
    let bytes = frames(true, &[&bomb]);
    assert_eq!(fault(&bytes, &limits(|_| {})), Some(CloseCode::Size));
    let large = limits(|config| config.max_message = ByteSize::mib(8));
    assert_eq!(fault(&bytes, &large), Some(CloseCode::Policy));
    let more = limits(|config| {
        config.compression.max_ratio = 10_000;
        config.max_message = ByteSize::mib(8);
    });
    assert_eq!(fault(&bytes, &more), None);
}

#[test]
fn blocks_without_content_are_not_read_for_ever() {
    let blocks = [0, 0, 0, 0xff, 0xff].repeat(20_000);
    let limits = limits(|config| config.max_message = ByteSize::kib(1));
    assert_eq!(fault(&frames(true, &[&blocks]), &limits), Some(CloseCode::Size));
}

#[test]
fn what_is_not_compressed_as_it_says_is_a_fault() {
    assert_eq!(fault(&frames(true, &[&[0xff; 40]]), &limits(|_| {})), Some(CloseCode::Invalid));
    let mut decoder = Decoder::new(Role::Server, None);
    let fault = decode(&mut decoder, &frames(true, &[b"a"]), 100, &limits(|_| {})).unwrap_err();
    assert_eq!(fault.code, CloseCode::Protocol, "nothing was agreed on");
}

#[test]
fn only_the_first_frame_says_that_it_is_compressed() {
    let mut bytes = frames(true, &[b"a", b"b"]);
    let second = bytes.len() - 7;
    bytes[second] |= 0x40;
    assert_eq!(fault(&bytes, &limits(|_| {})), Some(CloseCode::Protocol));
}

#[test]
fn who_refers_to_earlier_messages_against_the_agreement_is_not_understood() {
    let both = agreement(15, true);
    let mut compressor = Compressor::default();
    let text = b"the very same words again and again, which need not be written twice".repeat(4);
    let sent: Vec<_> =
        (0..2).map(|_| frames(true, &[&compressor.compress(&text, both, 6).unwrap()])).collect();
    let mut decoder = Decoder::new(Role::Server, Some(agreement(15, false)));
    assert!(decode(&mut decoder, &sent[0], 1000, &limits(|_| {})).is_ok());
    assert!(decode(&mut decoder, &sent[1], 1000, &limits(|_| {})).is_err());
    let mut decoder = Decoder::new(Role::Server, Some(agreement(15, true)));
    let messages = decode(&mut decoder, &sent.concat(), 1000, &limits(|_| {})).unwrap();
    assert_eq!(messages, [&text[..], &text[..]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_compressed_is_read_wherever_it_is_cut(
        messages in vec(prop_oneof![vec(any::<u8>(), 0..3000), vec(0u8..160, 0..20_000), vec(0u8..4, 0..20_000)], 1..4),
        bits in 9u8..=15,
        takeover: bool,
        level in 2u32..=9,
        (fragment, piece) in (1usize..20_000, 1usize..3000),
    ) {
        let agreement = agreement(bits, takeover);
        let limits = limits(|config| {
            config.max_fragments = 100_000;
            config.compression = CompressionConfig { max_ratio: 10_000, ..config.compression.clone() };
        });
        let mut compressor = Compressor::default();
        let mut bytes = Vec::new();
        for message in &messages {
            let deflated = compressor.compress(message, agreement, level);
            let payload = deflated.as_deref().unwrap_or(message);
            let mut fragments: Vec<_> = payload.chunks(fragment).collect();
            if fragments.is_empty() {
                fragments.push(&[]);
            }
            bytes.extend(frames(deflated.is_some(), &fragments));
        }
        let mut decoder = Decoder::new(Role::Server, Some(agreement));
        prop_assert_eq!(decode(&mut decoder, &bytes, piece, &limits).unwrap(), messages);
    }

    #[test]
    fn whatever_is_sent_as_compressed_is_read_the_same_however_it_is_cut(payload in vec(any::<u8>(), 0..300), piece in 1usize..300) {
        let limits = limits(|config| config.max_message = ByteSize::kib(4));
        let bytes = frames(true, &[&payload]);
        let read = |piece| decode(&mut Decoder::new(Role::Server, Some(agreement(15, false))), &bytes, piece, &limits);
        prop_assert_eq!(read(piece), read(bytes.len()));
    }
}
