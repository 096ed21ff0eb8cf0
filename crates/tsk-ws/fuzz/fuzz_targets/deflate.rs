//! Anything as a compressed message: what is answered is frames, and the same however it is cut. The first byte says how, and
//! whether what follows are frames.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tsk_ws_fuzz::{answer, checked};

fuzz_target!(|input: &[u8]| {
    let Some((&first, payload)) = input.split_first() else { return };
    let mut frame = Vec::new();
    if first & 1 == 0 {
        // The mask is of zeros, so that the payload is what it is.
        frame.extend_from_slice(&[0xc2, 0xfe]);
        frame.extend_from_slice(&(payload.len() as u16).to_be_bytes());
        frame.extend_from_slice(&[0; 4]);
        if payload.len() < 126 {
            frame.splice(1..4, [0x80 | payload.len() as u8]);
        }
    }
    frame.extend_from_slice(payload);
    let whole = answer(&frame, usize::MAX, true);
    let cut = answer(&frame, (first >> 1).into(), true);
    assert_eq!(checked(&cut, true), checked(&whole, true));
});
