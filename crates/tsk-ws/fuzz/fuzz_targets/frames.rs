//! Any frames: what is answered is frames, and the same however they are cut. The first byte says how.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tsk_ws_fuzz::{answer, checked};

fuzz_target!(|input: &[u8]| {
    let Some((&piece, bytes)) = input.split_first() else { return };
    let whole = answer(bytes, usize::MAX, false);
    let cut = answer(bytes, piece.into(), false);
    assert_eq!(checked(&cut, false), checked(&whole, false));
});
